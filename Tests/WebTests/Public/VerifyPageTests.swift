import Domain
import Foundation
import Sealing
import TestSupport
import Testing

@Suite("A reader recounts the number")
struct VerifyPageTests {
    private static let path = "/en/actions/baku-2017/verify"

    private func opened() async throws -> Installation {
        let site = try await Installation()
        _ = try await site.number()
        return site
    }

    private func hash(_ bytes: some Sequence<UInt8>) -> String {
        "'sha256-\(Data(digest(Array(bytes))).base64EncodedString())'"
    }

    @Test("The page brings its script and style itself, and its policy lets nothing else run")
    func policy() async throws {
        let site = try await opened()
        let page = try await site.browser.get(Self.path)
        let script = try #require(page.text.firstMatch(of: /(?s)<script>(.*?)<\/script>/)).output.1
        let style = try #require(page.text.firstMatch(of: /(?s)<style>(.*?)<\/style>/)).output.1
        let policy = try #require(page.headers["content-security-policy"])
        #expect(policy.hasPrefix("default-src 'none'; script-src \(hash(script.utf8)); "))
        #expect(policy.contains("style-src \(hash(style.utf8)); connect-src 'self'; "))
        #expect(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"))
        #expect(page.text.contains(digest(Array(script.utf8)).hex))
        for word in [" src=", "stylesheet", " style=", "@import", "url("] {
            #expect(!page.text.contains(word), "\(word)")
        }
        #expect(page.headers["cache-control"] == "public, max-age=30, must-revalidate")
    }

    @Test("The same as a file: what its hash says, its own policy, and one address to ask")
    func file() async throws {
        let site = try await opened()
        let page = try await site.browser.get(Self.path)
        let file = try await site.browser.get("\(Self.path).html")
        #expect(
            file.headers["content-disposition"]
                == "attachment; filename=\"outcry-verify-baku-2017.html\"")
        #expect(page.text.contains(digest(file.body).hex))
        let log = "https://rights.example/actions/baku-2017/log/"
        #expect(file.text.contains("data-log=\"\(log)\""))
        #expect(file.text.contains("connect-src \(log); "))
        #expect(!file.text.contains("href=") && !file.text.contains("data-number"))
    }

    @Test("The file stays the same when the number does not: hashes can be compared")
    func fileIsStable() async throws {
        let site = try await opened()
        let (page, file) = (
            try await site.browser.get(Self.path), try await site.browser.get("\(Self.path).html")
        )
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        #expect(try await site.number() == 1)
        #expect(try await site.browser.get(Self.path).body != page.body)
        #expect(try await site.browser.get("\(Self.path).html").body == file.body)
    }

    @Test(
        "Every language has it, names the others, and leaves no place unfilled",
        arguments: ["en", "az", "ru", "ar", "fr"])
    func languages(language: String) async throws {
        let site = try await opened()
        for path in ["verify", "verify.html"] {
            let page = try await site.browser.get("/\(language)/actions/baku-2017/\(path)")
            #expect(page.status == 200)
            #expect(page.text.contains("<html lang=\"\(language)\""))
            let visible = page.text.replacing(/data-[a-z]+="[^"]*"/, with: "")
            for gap in ["{number}", "{address}", "{index}", "verify."] {
                let lines = visible.split(separator: "\n").filter { $0.contains(gap) }
                let own = lines.filter { !$0.contains("verify.js") && !$0.contains("verify.html") }
                #expect(own.isEmpty, "\(language) \(gap)")
            }
        }
        let page = try await site.browser.get("/\(language)/actions/baku-2017/verify")
        let address = "https://rights.example/\(language)/actions/baku-2017/verify"
        #expect(page.text.contains("rel=\"canonical\" href=\"\(address)\""))
        #expect(page.text.contains("hreflang=\"x-default\""))
    }

    @Test("Without a ledger there is nothing to recount, and without an action nothing at all")
    func nothing() async throws {
        let site = try await Installation(open: false)
        #expect(try await site.browser.get(Self.path).status == 404)
        #expect(try await site.browser.get("/en/actions/none/verify").status == 404)
        #expect(try await site.browser.get("/en/actions/none/verify.html").status == 404)
    }

    @Test("Of a stopped action the page says no word, and the ledger can still be checked")
    func stopped() async throws {
        let site = try await opened()
        try await site.move(to: .stopped)
        _ = try await site.number()
        for path in [Self.path, "\(Self.path).html"] {
            let page = try await site.browser.get(path)
            #expect(page.status == 200 && !page.text.contains("let them go home"))
        }
        #expect(try await site.browser.get(Self.path).text.contains("content=\"noindex\""))
    }
}
