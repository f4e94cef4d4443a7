import Domain
import Sealing
import Storage
import TestSupport
import Testing

@Suite("What was handed over, and to whom")
struct DeliveryTests {
    private static let hash = String(repeating: "0f", count: 32)
    private static let day = Day(year: 2027, month: 1, day: 15)

    private static func delivery(to target: String = "president") -> DeliveryStatement {
        DeliveryStatement(
            slug: "baku-2017", day: day, target: target, what: .names, number: 1, size: 2,
            hash: hash)
    }

    private static func receipt(
        _ result: DeliveryReceipt.Result, by: String = "", note: String = ""
    ) -> DeliveryReceipt {
        DeliveryReceipt(
            slug: "baku-2017", day: day, target: "president", result: result, hash: hash, by: by,
            note: note)
    }

    /// A site with one signature, whose ledger has these statements.
    private func site(_ statements: [String]) async throws -> Installation {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        _ = try await site.number()
        let action = try #require(try await site.store.read { try $0.actions().first?.id })
        try await site.store.write { transaction in
            for text in statements {
                try transaction.queueStatement(
                    LedgerEntry(
                        .statement, a: digest(Array(text.utf8)), b: LedgerEntry.number(0)),
                    statement: text, of: action)
            }
        }
        _ = try await site.number()
        return site
    }

    @Test("A delivery stands among the days as soon as the ledger says so, in every language")
    func shown() async throws {
        let site = try await site([
            Self.delivery().statement,
            Self.receipt(.received, by: "<i>Reception</i>", note: "At noon & in the rain")
                .statement,
        ])
        for language in ["en", "az", "ru", "ar", "fr"] {
            let page = try await site.browser.get("/\(language)/actions/baku-2017").text
            #expect(page.contains(Self.hash), "\(language)")
            #expect(page.contains("<time datetime=\"2027-01-15\">"), "\(language)")
            #expect(page.contains("&lt;i&gt;Reception&lt;/i&gt;") && !page.contains("<i>Rec"))
        }
        let page = try await site.browser.get("/en/actions/baku-2017").text
        #expect(page.contains("1 signature, with the name of whoever agreed to that."))
        #expect(page.contains("stands in the ledger as entry 2:"))
        #expect(page.contains("At noon &amp; in the rain"))
        let next = try #require(page.firstRange(of: "The action stays open."))
        let delivered = try #require(page.firstRange(of: Self.hash))
        #expect(delivered.lowerBound < next.lowerBound, "what comes next stands last")
    }

    @Test("One that was refused is shown all the same, and one that waits only where one checks")
    func refused() async throws {
        let site = try await site([
            Self.delivery().statement, Self.receipt(.refused).statement,
            Self.delivery(to: "minister").statement,
        ])
        let page = try await site.browser.get("/en/actions/baku-2017").text
        #expect(page.contains(": refused.") && !page.contains("minister"))
        let verify = try await site.browser.get("/en/actions/baku-2017/verify").text
        #expect(verify.contains(": refused.") && verify.contains("minister"))
        #expect(verify.contains("not handed over yet"))
        let data = try await site.browser.get("/en/actions/baku-2017.json").text
        #expect(data.contains("\"result\":\"refused\"") && data.contains("\"what\":\"names\""))
    }

    @Test("A receipt that is about nothing on record says nothing of what was in it")
    func stray() async throws {
        let site = try await site([Self.receipt(.received).statement])
        let page = try await site.browser.get("/en/actions/baku-2017").text
        #expect(page.contains(": received.") && !page.contains(Self.hash))
    }

    @Test("A text that only looks like such a statement is shown nowhere")
    func others() async throws {
        let text = Self.delivery().statement + "and more\n"
        let site = try await site([text])
        for path in ["", "/verify", ".json"] {
            let page = try await site.browser.get("/en/actions/baku-2017\(path)").text
            #expect(!page.contains(Self.hash), "\(path)")
        }
    }

    @Test("Of a stopped action no delivery is shown any more")
    func stopped() async throws {
        let site = try await site([
            Self.delivery().statement, Self.receipt(.received, by: "Reception").statement,
        ])
        try await site.move(to: .stopped)
        try await site.refresh()
        for path in ["", "/verify", ".json"] {
            let page = try await site.browser.get("/en/actions/baku-2017\(path)").text
            #expect(!page.contains(Self.hash) && !page.contains("Reception"), "\(path)")
        }
    }
}
