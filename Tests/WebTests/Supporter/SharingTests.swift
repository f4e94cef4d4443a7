import Domain
import Foundation
import Press
import TestSupport
import Testing

@testable import Web

@Suite("A supporter passes it on")
struct SharingTests {
    private let path = "/en/actions/baku-2017/fediverse"

    @Test("A server's name becomes a link, and nothing is kept of it")
    func link() async throws {
        let site = try await Installation()
        let form = try await site.browser.get(path)
        #expect(form.status == 200 && form.text.contains("name=\"server\""))
        let page = try await site.browser.post(path, ["server": "@leyla@Mastodon.Social"])
        #expect(page.status == 200 && page.headers["cache-control"] == "no-store")
        #expect(page.text.contains("href=\"https://mastodon.social/share?text="))
        #expect(page.text.contains("https%3A%2F%2Frights.example%2Fen%2Factions%2Fbaku-2017\""))
        #expect(!page.text.contains("leyla"))
    }

    @Test(
        "What is no server is refused at its field",
        arguments: ["", "mastodon", "a b.example", "javascript:alert(1)", "-x.example", "1.2.3.4"])
    func refused(server: String) async throws {
        let site = try await Installation()
        let page = try await site.browser.post(path, ["server": server])
        #expect(page.status == 422 && page.text.contains("<title>Error:"))
        #expect(page.text.contains("href=\"#server\"") && page.text.contains("id=\"server-error\""))
        #expect(!page.text.contains("href=\"https://mast"))
    }

    @Test(
        "A server is found in whatever one copies",
        arguments: [
            ("mastodon.social", "mastodon.social"),
            (" https://Mastodon.Social/@me ", "mastodon.social"),
            ("me@social.example", "social.example"),
            ("@me@bücher.example", "xn--bcher-kva.example"),
        ])
    func server(typed: String, host: String) {
        #expect(FediverseRoutes.server(typed) == host)
    }

    @Test("An action that is over is not passed on")
    func over() async throws {
        let site = try await Installation()
        try await site.move(to: .closed)
        #expect(try await site.browser.get(path).status == 409)
        #expect(try await site.browser.post(path, ["server": "a.example"]).status == 409)
        #expect(try await site.browser.get("/en/actions/no/fediverse").status == 404)
    }

    @Test("The counted page has the links, the code for a camera, and the waiting tab's name")
    func counted() async throws {
        let site = try await Installation()
        let answer = try await site.sign(email: "leyla@example.org")
        let waiting = try await site.browser.get(try #require(answer.location))
        let counted = try await site.browser.post(
            "/c", ["secret": try #require(site.mails.last?.secret)])
        for text in [
            "https://wa.me/?text=", "https://t.me/share/url?", "mailto:?subject=", "\(path)\"",
            "<svg class=\"qr\"",
        ] {
            #expect(counted.text.contains(text), "\(text)")
        }
        let code = try #require(QRCode("https://rights.example/en/actions/baku-2017"))
        #expect(counted.text.contains(code.path))
        #expect(waiting.text.contains("data-waiting=\"baku-2017\""))
        #expect(counted.text.contains("data-confirmed=\"baku-2017\""))
    }

    @Test("The module is small, and every page allows it and no other script")
    func module() async throws {
        let site = try await Installation()
        let page = try await site.browser.get("/en/actions/baku-2017")
        let policy = page.headers["content-security-policy"] ?? ""
        #expect(policy.contains("script-src 'self';") && !policy.contains("unsafe"))
        #expect(policy.contains("require-trusted-types-for 'script'"))
        let script = try await site.browser.get(
            "/outcry.js", headers: ["Accept-Encoding": "gzip"])
        #expect(script.headers["content-type"] == "text/javascript; charset=utf-8")
        #expect(script.body.count < 6_000 && script.body.count > 500)
    }
}
