import Domain
import Mail
import Storage
import TestSupport
import Testing
import Web

@Suite("An action changes its state")
struct StateTests {
    private func page(_ site: Installation) async throws -> String {
        try await site.browser.get("/en/actions/baku-2017").text
    }

    @Test("A draft is for nobody, and with a preview for this machine only")
    func draft() async throws {
        let site = try await Installation(open: false)
        #expect(try await site.browser.get("/en/actions/baku-2017").status == 404)
        #expect(try await site.browser.get("/en/actions/baku-2017.json").status == 404)
        #expect(try await site.browser.get("/actions/baku-2017/count.json").status == 404)
        #expect(try await !site.browser.get("/en/").text.contains("baku-2017"))
        try await site.importAction(Installation.sample() ?? [], preview: true)
        let preview = try await site.browser.get("/en/actions/baku-2017")
        #expect(preview.status == 200 && preview.text.contains("This is a draft"))
        #expect(preview.headers["cache-control"] == "no-store")
        #expect(!preview.text.contains("name=\"email\""))
        let forwarded = try await site.browser.get(
            "/en/actions/baku-2017", headers: ["X-Forwarded-For": "203.0.113.9"])
        #expect(forwarded.status == 404)
        #expect(try await site.sign(email: "ada@example.org").status == 404)
    }

    @Test("Paused: no names are taken, and it goes on when it is opened again")
    func paused() async throws {
        let site = try await Installation()
        try await site.move(to: .paused)
        #expect(try await page(site).contains("This action is paused since"))
        #expect(try await !page(site).contains("name=\"email\""))
        #expect(try await site.sign(email: "ada@example.org").status == 409)
        try await site.move(to: .open)
        #expect(try await site.sign(email: "ada@example.org").status == 303)
    }

    @Test("Won: the outcome stands on top with its source, and nothing is asked any more")
    func won() async throws {
        let site = try await Installation()
        #expect(try await !page(site).contains("id=\"outcome\""))
        try await site.move(to: .won)
        let text = try await page(site)
        #expect(text.contains("notice won") && text.contains("id=\"outcome\""))
        #expect(text.contains("2 October 2017"))
        #expect(!text.contains("name=\"email\"") && !text.contains("Then, a letter"))
        #expect(try await site.browser.get("/en/").text.contains("How it ended"))
    }

    @Test("Closed: it says since when, and takes what was under way for one day")
    func closed() async throws {
        let site = try await Installation()
        try await site.sign(email: "ada@example.org")
        try await site.sign(email: "bob@example.org")
        let (ada, bob) = (site.mails.all[0].secret, site.mails.all[1].secret)
        try await site.move(to: .closed)
        #expect(try await page(site).contains("This action was closed on"))
        #expect(try await site.browser.post("/c", ["secret": ada]).status == 200)
        site.clock.advance(by: 86_401)
        let late = try await site.browser.post("/c", ["secret": bob])
        #expect(late.status == 409)
        #expect(try await site.number() == 1)
    }

    @Test("Stopped: nothing of it is said any more, anywhere, and nothing counts")
    func stopped() async throws {
        let site = try await Installation()
        let waiting = try await site.sign(email: "ada@example.org")
        let mail = try #require(site.mails.last)
        try await site.move(to: .stopped)
        for path in [
            "/en/actions/baku-2017", "/en/actions/baku-2017.json", "/en/",
        ] {
            let text = try await site.browser.get(path).text
            for word in ["Aliyev", "let them go home", "detain", "2 October", "state."] {
                #expect(!text.contains(word), "\(path): \(word)")
            }
        }
        #expect(try await page(site).contains("This action was stopped"))
        #expect(try await site.browser.get(mail.link).status == 409)
        #expect(try await site.browser.get(try #require(waiting.location)).status == 409)
        #expect(site.services.mayMail(try #require(mail.action)) == false)
        #expect(try await site.browser.post("/c", ["secret": mail.secret]).status == 409)
        #expect(try await site.number() == 0)
        await #expect(throws: (any Error).self) { try await site.move(to: .open) }
    }

    @Test("After a stop, who was counted sees the code again and nothing else")
    func stoppedAfterwards() async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "ada@example.org")
        let secret = try #require(site.mails.last?.secret)
        #expect(counted.text.contains("WhatsApp"))
        try await site.move(to: .stopped)
        let again = try await site.browser.post("/c", ["secret": secret])
        #expect(again.withdrawalCode == counted.withdrawalCode)
        for word in ["WhatsApp", "Azerbaijan", "let them go home", "Free at once"] {
            #expect(!again.text.contains(word), "\(word)")
        }
    }

    @Test("A stop that the server has not yet noticed still counts nothing")
    func stoppedBesides() async throws {
        let site = try await Installation()
        try await site.sign(email: "ada@example.org")
        let secret = try #require(site.mails.last?.secret)
        _ = try await site.store.write { try $0.run("UPDATE action SET state = 'stopped'") }
        #expect(try await site.browser.post("/c", ["secret": secret]).status == 409)
        #expect(try await site.number() == 0)
    }
}
