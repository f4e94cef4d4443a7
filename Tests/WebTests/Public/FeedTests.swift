import Domain
import Foundation
import FoundationXML
import TestSupport
import Testing
import Web

@Suite("A machine looks for actions")
struct FeedTests {
    @Test("There is a feed in each language, as Atom and as JSON")
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
    }

    private func feed(_ site: Installation) async throws -> [[String: Any]] {
        let json = try await site.browser.get("/en/feed.json")
        let feed = try JSONSerialization.jsonObject(with: Data(json.body)) as? [String: Any]
        let items = try #require(feed?["items"] as? [[String: Any]])
        let ids = try await site.browser.get("/en/feed.atom").text.matches(of: /<id>([^<]+)<\/id>/)
            .dropFirst().map { String($0.output.1) }
        #expect(items.compactMap { $0["id"] as? String } == ids)
        #expect(Set(ids).count == ids.count)
        return items
    }

    private let address = "https://rights.example/en/actions/baku-2017"

    @Test("Whoever follows hears of the end and of corrections, each under an id that stays")
    func events() async throws {
        let site = try await Installation()
        let opened = try await feed(site)
        #expect(opened.count == 1 && opened[0]["id"] as? String == address)
        site.clock.advance(days: 1)
        try await site.importAction(
            Installation.sample(replacing: "value: 83", with: "value: 84", in: "action.yaml"))
        site.clock.advance(days: 1)
        try await site.move(to: .won)
        let won = try await feed(site)
        #expect(
            Set(won.compactMap { $0["id"] as? String })
                == [address, "\(address)#won", "\(address)#version-2"])
        let news = try #require(won.first { $0["id"] as? String == "\(address)#won" })
        #expect((news["title"] as? String)?.hasPrefix("Won: ") == true)
        #expect((news["content_text"] as? String)?.isEmpty == false)
        #expect(won.last?["id"] as? String == "\(address)#version-2", "newest first")
        site.clock.advance(days: 1)
        try await site.move(to: .delivered)
        let delivered = try await feed(site)
        #expect(delivered.contains { $0["id"] as? String == "\(address)#delivered" })
    }

    @Test("Of a stopped action nothing is left but that it was stopped, in place of what was there")
    func stopped() async throws {
        let site = try await Installation()
        try await site.importAction(Installation.sample() ?? [], slug: "second")
        for slug in ["baku-2017", "second"] { try await site.move(to: .stopped, slug: slug) }
        let items = try await feed(site)
        #expect(items.count == 1, "nobody ever saw the draft")
        #expect(items[0]["id"] as? String == address)
        #expect(items[0]["title"] as? String == "This action was stopped")
        let atom = try await site.browser.get("/en/feed.atom").text
        for word in ["Baku", "Azerbaijan", "arrest"] { #expect(!atom.contains(word)) }
        #expect(try await !site.browser.get("/sitemap.xml").text.contains("baku-2017"))
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
