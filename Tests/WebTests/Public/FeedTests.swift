import Domain
import Foundation
import FoundationXML
import TestSupport
import Testing
import Web

@Suite("A machine looks for actions")
struct FeedTests {
    @Test("There is a feed in each language, as Atom and as JSON, without what was stopped")
    func feeds() async throws {
        let site = try await Installation()
        try await site.importAction(Installation.sample() ?? [], slug: "second", open: true)
        for language in ["en", "az", "ru", "ar", "fr"] {
            let atom = try await site.browser.get("/\(language)/feed.atom")
            #expect(atom.headers["content-type"]?.hasPrefix("application/atom+xml") == true)
            #expect(atom.text.contains("xml:lang=\"\(language)\""))
            #expect(atom.text.contains("/\(language)/actions/second</id>"))
            #expect(!atom.text.contains("{claim"))
            let json = try await site.browser.get("/\(language)/feed.json")
            let feed = try #require(
                JSONSerialization.jsonObject(with: Data(json.body)) as? [String: Any])
            #expect(feed["home_page_url"] as? String == "https://rights.example/\(language)/")
            let items = try #require(feed["items"] as? [[String: Any]])
            #expect(items.count == 2 && items.allSatisfy { $0["content_text"] is String })
        }
        try await site.move(to: .stopped, slug: "second")
        #expect(try await !site.browser.get("/en/feed.atom").text.contains("second"))
        #expect(try await !site.browser.get("/en/feed.json").text.contains("second"))
        #expect(try await !site.browser.get("/sitemap.xml").text.contains("second"))
    }

    @Test("The map of the site has every page in every language")
    func sitemap() async throws {
        let site = try await Installation()
        let map = try await site.browser.get("/sitemap.xml").text
        for language in ["en", "az", "ru", "ar", "fr"] {
            for path in ["/", "/how-we-count", "/privacy", "/actions/baku-2017"] {
                #expect(map.contains("<loc>https://rights.example/\(language)\(path)</loc>"))
            }
        }
        #expect(XMLParser(data: Data(map.utf8)).parse())
        let robots = try await site.browser.get("/robots.txt").text
        #expect(robots.contains("Disallow: /c/") && robots.contains("/sitemap.xml"))
    }

    @Test("Whom to tell of a hole is said once it is known")
    func security() async throws {
        let site = try await Installation()
        #expect(try await site.browser.get("/.well-known/security.txt").status == 404)
        var services = site.services
        services.securityContact = "mailto:security@rights.example"
        let text = try await Browser(buildRouter(services)).get("/.well-known/security.txt").text
        #expect(text.contains("Contact: mailto:security@rights.example\n"))
        #expect(text.contains("\nExpires: 2027-"))
    }
}
