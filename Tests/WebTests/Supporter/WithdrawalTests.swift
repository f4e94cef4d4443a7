import Domain
import Mail
import Storage
import TestSupport
import Testing

@Suite("A supporter takes the name back")
struct WithdrawalTests {
    private func withdraw(_ site: Installation, code: String) async throws -> Browser.Answer {
        try await site.browser.post("/en/withdrawals", ["withdrawal": code])
    }

    @Test("With the code: record and tag are gone, the number falls by one, once")
    func byCode() async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        _ = try await site.signAndConfirm(email: "ada@example.org")
        let typed = counted.withdrawalCode.lowercased().replacing(" ", with: "-")
        let first = try await withdraw(site, code: typed)
        #expect(first.status == 200 && first.text.contains("Your name is gone"))
        #expect(try await site.number() == 1)
        #expect(try await withdraw(site, code: typed).body == first.body)
        #expect(try await site.number() == 1)
        #expect(try await site.entries().map(\.kind) == [.open, .sign, .sign, .withdraw])
        let tags = try await site.store.read {
            try $0.rows("SELECT count(tag) AS n FROM record")[0]
        }
        #expect(try tags.integer("n") == 1)
        #expect(try await site.pledges().count == 1)
    }

    @Test("Whoever has taken the name back may sign again")
    func signAgain() async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        _ = try await withdraw(site, code: counted.withdrawalCode)
        let again = try await site.signAndConfirm(email: "leyla@example.org")
        #expect(again.withdrawalCode != counted.withdrawalCode && !again.withdrawalCode.isEmpty)
        #expect(try await site.number() == 1)
    }

    @Test("A wrong code changes nothing and says so")
    func wrongCode() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        let unknown = try await withdraw(site, code: String(repeating: "A", count: 26))
        #expect(unknown.status == 422 && unknown.text.contains("Nothing was changed"))
        let short = try await withdraw(site, code: "ABC")
        #expect(short.status == 422 && short.text.contains("26 letters"))
        let nothing = try await site.browser.post(
            "/en/withdrawals", ["withdrawal": "", "email": " "])
        #expect(nothing.status == 422)
        #expect(try await site.number() == 1)
    }

    @Test(
        "The code works after the action has closed, and after it was stopped",
        arguments: [
            ActionState.closed, .won, .stopped,
        ])
    func afterTheEnd(state: ActionState) async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        try await site.move(to: state)
        site.clock.advance(days: 20)
        #expect(try await withdraw(site, code: counted.withdrawalCode).status == 200)
        #expect(try await site.number() == 0)
    }

    @Test("By mail: one link, one use, and looking changes nothing")
    func byMail() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        let sent = try await site.browser.post("/en/withdrawals", ["email": "LEYLA+y@example.org"])
        #expect(sent.status == 200 && sent.text.contains("If this address is counted"))
        let mail = try #require(site.mails.last)
        #expect(!mail.isSilent && mail.link.hasPrefix("/w/"))
        for _ in 0..<20 { _ = try await site.browser.get(mail.link) }
        #expect(try await site.number() == 1)
        #expect(try await site.browser.get(mail.link).text.contains("Baku: let them go home"))
        let done = try await site.browser.post("/w", ["secret": mail.secret])
        #expect(done.status == 200 && done.text.contains("Your name is gone"))
        #expect(try await site.number() == 0)
        #expect(try await site.browser.post("/w", ["secret": mail.secret]).status == 404)
        #expect(try await site.browser.get(mail.link).status == 404)
        #expect(try await site.entries().map(\.kind) == [.open, .sign, .removedOnRequest])
    }

    @Test("Asking by mail tells nobody who signed: same answer, same rows, same jobs")
    func sameWork() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        let known = try await site.browser.post("/en/withdrawals", ["email": "leyla@example.org"])
        let other = try await site.browser.post("/en/withdrawals", ["email": "other@example.org"])
        #expect(known.body == other.body && known.headers == other.headers)
        let jobs = site.mails.all.suffix(2)
        #expect(jobs.map(\.isSilent) == [false, true])
        #expect(Set(jobs.map(\.text.count)).count == 1)
        let sizes = try await site.store.read {
            try $0.rows("SELECT length(sealed) AS size FROM pending")
        }
        #expect(Set(try sizes.map { try $0.integer("size") }).count == 1 && sizes.count == 2)
    }

    @Test("Of several actions one may be kept")
    func several() async throws {
        let site = try await Installation()
        try await site.importAction(Installation.sample() ?? [], slug: "second", open: true)
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        _ = try await site.signAndConfirm(email: "leyla@example.org", slug: "second")
        _ = try await site.browser.post("/en/withdrawals", ["email": "leyla@example.org"])
        let mail = try #require(site.mails.last)
        let page = try await site.browser.get(mail.link).text
        let ids = page.matches(of: /name="action" value="([0-9a-f]{32})"/).map {
            String($0.output.1)
        }
        #expect(ids.count == 2)
        let none = try await site.browser.post("/w", ["secret": mail.secret, "choice": "yes"])
        #expect(none.status == 422 && none.text.contains("Choose at least one"))
        let unknown = try await site.browser.post(
            "/w",
            ["secret": mail.secret, "choice": "yes", "action": String(repeating: "0", count: 32)])
        #expect(unknown.status == 422)
        #expect(try await site.number() == 1)
        let second = try await site.store.read { try $0.action(slug: "second")?.id.description }
        _ = try await site.browser.post(
            "/w", ["secret": mail.secret, "action": try #require(second)])
        #expect(try await site.number() == 1)
        #expect(try await site.number(slug: "second") == 0)
    }

    @Test("By mail only while the action is open; a confirmation link takes nothing back")
    func limits() async throws {
        let site = try await Installation()
        try await site.sign(email: "leyla@example.org")
        let secret = try #require(site.mails.last?.secret)
        #expect(try await site.browser.post("/w", ["secret": secret]).status == 404)
        #expect(try await site.browser.post("/c", ["secret": secret]).status == 200)
        try await site.move(to: .closed)
        let answer = try await site.browser.post("/en/withdrawals", ["email": "leyla@example.org"])
        #expect(answer.status == 200 && site.mails.last?.isSilent == true)
    }
}
