import Domain
import Ledger
import Sealing
import Storage
import TestSupport
import Testing
import Web

@Suite("A reporter asks how the number comes about")
struct CountPageTests {
    private func page(_ site: Installation, _ language: String = "en") async throws -> String {
        _ = try await site.number()
        return try await site.browser.get("/\(language)/how-we-count").text
    }

    private func row(_ name: String, _ value: String) -> String {
        "<tr><th scope=\"row\">\(name)</th><td>\(value)</td></tr>"
    }

    @Test("Every action says what its ledger adds up to, and leads to the recount")
    func rows() async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        _ = try await site.signAndConfirm(email: "ada@example.org")
        _ = try await site.signAndConfirm(email: "rosa@example.org")
        _ = try await site.browser.post(
            "/en/withdrawals", ["withdrawal": counted.withdrawalCode])
        let text = try await page(site)
        #expect(text.contains(row("Counted: the public number", "2")))
        #expect(text.contains(row("Taken back with the code", "1")))
        #expect(text.contains(row("Taken back through a mailed link", "0")))
        #expect(text.contains(row("Entries in the ledger", "5")))
        let action = try #require(try await site.store.read { try $0.actions().first?.id })
        let standing = try #require(site.services.ledger.standing(of: action))
        #expect(text.contains("\(standing.root.base64.prefix(12))…"))
        #expect(text.contains("<a href=\"/actions/baku-2017/log/checkpoint\">15 January 2027, "))
        #expect(text.contains(" UTC</a>"))
        #expect(text.contains("<a href=\"/en/actions/baku-2017/verify\">Recount it yourself</a>"))
        #expect(!text.contains("Set aside:") && !text.contains("On paper"))
    }

    @Test("What is set aside stands by its reason, and paper apart, once there is any")
    func asideAndPaper() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "ada@example.org")
        _ = try await site.signAndConfirm(email: "bot@example.org", more: ["website": "x"])
        let action = try #require(try await site.store.read { try $0.actions().first?.id })
        _ = try await site.number()
        try await site.store.write { transaction in
            _ = try transaction.judge(
                .setAside, JudgedSignatures(flag: .honeypot, days: nil), of: action,
                statement: "Set aside.", digest: { digest($0) })
            try transaction.queueStatement(
                LedgerEntry(.paper, a: digest(Array("Sheets".utf8)), b: LedgerEntry.number(1_234)),
                statement: "Sheets", of: action)
        }
        let text = try await page(site)
        #expect(text.contains(row("Counted: the public number", "1")))
        #expect(
            text.contains(row("Set aside: a field was filled in that people do not see", "1")))
        #expect(
            text.contains("On paper, a number of its own</th><td>1,234 <small>Counted by hand by"))
        #expect(!text.contains("throw-away"))
    }

    @Test("It says what it proves and what not, and nobody has to believe the server any more")
    func words() async throws {
        let site = try await Installation()
        let text = try await page(site)
        for words in [
            "A fixed list", "Nobody dropped", "Every removal marked",
            "Everyone shown the same list", "That an entry is a person",
            "The number stands for confirmed mailboxes; pending ones are not in it",
        ] {
            #expect(text.contains(words), "\(words)")
        }
        #expect(!text.contains("for now you have to believe"))
    }

    @Test("An action that was stopped is not in the table")
    func stopped() async throws {
        let site = try await Installation()
        try await site.move(to: .stopped)
        #expect(!(try await page(site).contains("actions/baku-2017")))
    }

    @Test("The page follows the ledger, in every language")
    func follows() async throws {
        let site = try await Installation()
        for language in ["en", "az", "ru", "ar", "fr"] {
            let before = try await page(site, language)
            _ = try await site.signAndConfirm(email: "\(language)@example.org")
            let after = try await page(site, language)
            #expect(before != after)
            for gap in ["{number}", "{date}", "{time}", "count."] {
                #expect(!after.contains(gap), "\(language) \(gap)")
            }
        }
    }
}
