import Domain
import Ledger
import Sealing
import Storage
import TestSupport
import Testing

@Suite("A supporter looks for the own entry in the ledger")
struct ReceiptTests {
    private func ask(
        _ site: Installation, _ code: String, more: KeyValuePairs<String, String> = [:]
    ) async throws -> Browser.Answer {
        let all = [("withdrawal", code)] + more.map { ($0.key, $0.value) }
        let body = all.map { "\($0.0)=\($0.1.filter { $0 != " " })" }.joined(separator: "&")
        return try await site.browser.post("/en/receipts", body: body)
    }

    @Test("The page says that nobody needs it and what the file is, before anything is asked")
    func form() async throws {
        let site = try await Installation()
        let page = try await site.browser.get("/en/receipts/new")
        #expect(page.status == 200 && page.headers["cache-control"] == "no-store")
        #expect(page.text.contains("Nobody needs this"))
        #expect(page.text.contains("it is evidence that you signed"))
        #expect(page.text.contains("names nobody"))
        #expect(page.text.contains("content=\"noindex\""))
    }

    @Test("With the code: which entry of how many, and a receipt that proves it")
    func entry() async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        _ = try await site.signAndConfirm(email: "ada@example.org")
        #expect(try await site.number() == 2)
        let page = try await ask(site, counted.withdrawalCode)
        #expect(page.status == 200 && page.headers["cache-control"] == "no-store")
        let place = try #require(page.text.firstMatch(of: /You are entry (\d+) of (\d+)/)).output
        #expect(place.2 == "3")

        let file = try await ask(site, counted.withdrawalCode, more: ["download": "yes"])
        #expect(file.headers["content-type"] == "text/plain; charset=utf-8")
        #expect(file.headers["cache-control"] == "no-store")
        #expect(
            file.headers["content-disposition"]
                == "attachment; filename=\"outcry-receipt-baku-2017.tlog-proof\"")
        let proof = try #require(LedgerProof(file.body))
        #expect(proof.index == Int(place.1).map { $0 - 1 })
        let checkpoint = try #require(Checkpoint(text: proof.checkpoint.text))
        let entry = try await site.entries()[proof.index]
        #expect(entry.kind == .sign && proof.holds(for: entry, in: checkpoint))
    }

    @Test("Looking changes nothing, however often")
    func lookingOnly() async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        #expect(try await site.number() == 1)
        let first = try await ask(site, counted.withdrawalCode)
        for _ in 0..<5 { #expect(try await ask(site, counted.withdrawalCode).body == first.body) }
        #expect(try await site.number() == 1)
        #expect(try await site.entries().count == 2)
    }

    @Test("Counted a moment ago: when the ledger has it")
    func waiting() async throws {
        let site = try await Installation()
        _ = try await site.number()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        for more: KeyValuePairs<String, String> in [[:], ["download": "yes"]] {
            let page = try await ask(site, counted.withdrawalCode, more: more)
            #expect(page.status == 200 && page.text.contains("not yet in the ledger"))
            #expect(page.text.contains("Within 60 seconds at the latest"))
        }
    }

    @Test("Taken back: says so, and gives no receipt")
    func takenBack() async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        #expect(try await site.number() == 1)
        _ = try await site.browser.post(
            "/en/withdrawals", ["withdrawal": counted.withdrawalCode])
        for more: KeyValuePairs<String, String> in [[:], ["download": "yes"]] {
            let page = try await ask(site, counted.withdrawalCode, more: more)
            #expect(page.status == 200 && page.text.contains("This signature was taken back"))
            #expect(!page.text.contains("You are entry"))
        }
    }

    @Test(
        "A wrong code says what is wrong with it, as for withdrawals",
        arguments: [
            ("", "Enter the code"), ("ABC", "26 letters"),
            (String(repeating: "A", count: 26), "No signature has this code"),
        ])
    func wrong(code: String, words: String) async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        let page = try await ask(site, code)
        #expect(page.status == 422 && page.text.contains(words))
        #expect(page.text.contains("value=\"\(code)\""))
    }

    @Test("No address shows anything: only the form asks")
    func onlyByForm() async throws {
        let site = try await Installation()
        let counted = try await site.signAndConfirm(email: "leyla@example.org")
        _ = try await site.number()
        let code = counted.withdrawalCode.filter { $0 != " " }
        let page = try await site.browser.get("/en/receipts/new?withdrawal=\(code)&download=yes")
        #expect(page.body == (try await site.browser.get("/en/receipts/new").body))
        #expect(try await site.browser.get("/en/receipts?withdrawal=\(code)").status == 405)
        let foreign = try await site.browser.post(
            "/en/receipts", ["withdrawal": code], headers: ["Sec-Fetch-Site": "cross-site"])
        #expect(foreign.status == 403)
    }

    @Test("Guessing is slowed down like every other form")
    func limit() async throws {
        let site = try await Installation(signLimit: 2)
        for _ in 0..<2 { #expect(try await ask(site, "A").status == 422) }
        let page = try await ask(site, "A")
        #expect(page.status == 429 && page.headers["retry-after"] != nil)
    }
}

@Suite("What the page “You are counted” says of the number")
struct CountedNumberTests {
    @Test("The first ones stand before any number; later ones read the published one")
    func first() async throws {
        let site = try await Installation()
        _ = try await site.number()
        let first = try await site.signAndConfirm(email: "leyla@example.org")
        #expect(first.text.contains("Yours is among the first names"))
        #expect(first.text.contains("We now tell the"))
        #expect(!first.text.contains("That many of us"))
        #expect(try await site.number() == 1)
        let second = try await site.signAndConfirm(email: "ada@example.org")
        #expect(second.text.contains("<b>1</b> counted mailbox"))
        #expect(second.text.contains("That many of us"))
    }

    @Test("It says when the number takes one in, and leads quietly to the own entry")
    func when() async throws {
        let site = try await Installation()
        let page = try await site.signAndConfirm(email: "leyla@example.org")
        #expect(page.text.contains("Within 60 seconds at the latest, the public number takes"))
        #expect(page.text.contains("<a href=\"/en/receipts/new\">"))
        let leaving = try await site.browser.get("/en/withdrawals/new")
        #expect(leaving.text.contains("<a href=\"/en/receipts/new\">"))
    }
}
