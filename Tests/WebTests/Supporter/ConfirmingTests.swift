import Domain
import Mail
import TestSupport
import Testing

@Suite("A supporter confirms")
struct ConfirmingTests {
    @Test("A second confirmation with the same link says the same, also after a restart")
    func again() async throws {
        let site = try await Installation()
        let first = try await site.signAndConfirm(email: "leyla@example.org")
        let secret = try #require(site.mails.last?.secret)
        #expect(first.withdrawalCode.count > 26)
        let second = try await site.browser.post("/c", ["secret": secret])
        #expect(second.body == first.body)
        // Once the ledger has the name, the page says the new number, and the same code.
        #expect(try await site.number() == 1)
        let third = try await site.browser.post("/c", ["secret": secret])
        #expect(third.withdrawalCode == first.withdrawalCode)
        let restarted = try await site.restarted()
        #expect(try await restarted.post("/c", ["secret": secret]).body == third.body)
        #expect(try await site.number() == 1)
        site.clock.advance(days: 2)
        let late = try await site.browser.post("/c", ["secret": secret])
        #expect(late.status == 404)
    }

    @Test("Used, expired and unknown links get one and the same page")
    func onePage() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        let used = try #require(site.mails.last?.secret)
        try await site.sign(email: "ada@example.org")
        let expired = try #require(site.mails.last?.secret)
        site.clock.advance(days: 3)
        let unknown = String(repeating: "A", count: 43)
        let pages = try await [used, expired, unknown].async { secret in
            let post = try await site.browser.post("/c", ["secret": secret])
            let get = try await site.browser.get("/c/\(secret)")
            #expect(post.status == 404 && get.status == 404)
            return post.body + get.body
        }
        #expect(Set(pages).count == 1)
    }

    @Test("The link shows what is about to be signed, and looking counts nothing")
    func looking() async throws {
        let site = try await Installation()
        try await site.sign(
            name: "Leyla", email: "leyla@example.org", more: ["show": "target", "updates": "yes"])
        let link = try #require(site.mails.last?.link)
        for method in ["GET", "HEAD"] {
            for _ in 0..<50 {
                _ = try await site.browser.send(method, link, headers: [:], body: "")
            }
        }
        #expect(try await site.number() == 0)
        let page = try await site.browser.get(link)
        #expect(
            page.text.contains("<bdi>Leyla</bdi>") && page.text.contains("yes, to the President"))
        #expect(page.text.contains("yes, at this address"))
    }

    @Test("Whoever holds the mailbox may lower what was chosen, never raise it")
    func lowering() async throws {
        let site = try await Installation()
        try await site.sign(
            email: "leyla@example.org", more: ["show": "target", "updates": "yes"])
        let secret = try #require(site.mails.last?.secret)
        _ = try await site.browser.post(
            "/c", ["secret": secret, "show": "count", "updates": "no"])
        try await site.sign(email: "ada@example.org")
        let other = try #require(site.mails.last?.secret)
        _ = try await site.browser.post(
            "/c", ["secret": other, "show": "target", "updates": "yes"])
        for pledge in try await site.pledges() {
            #expect(pledge.show == .count && pledge.email == nil)
        }
    }

    @Test("Fifty confirmations of one mailbox at once count one")
    func parallel() async throws {
        let site = try await Installation()
        var secrets: [String] = []
        for number in 0..<10 {
            try await site.sign(email: "leyla+\(number)@example.org")
            secrets.append(try #require(site.mails.last?.secret))
        }
        let answers = try await withThrowingTaskGroup(of: Browser.Answer.self) { group in
            for index in 0..<50 {
                let secret = secrets[index % 10]
                group.addTask { try await site.browser.post("/c", ["secret": secret]) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 })
        #expect(try await site.number() == 1)
        let codes = Set(answers.map(\.withdrawalCode).filter { !$0.isEmpty })
        #expect(codes.count == 1)
        #expect(answers.contains { $0.text.contains("counted already") })
    }

    @Test("Ten wrong codes lock the code, not the link, and only for that mailbox")
    func lock() async throws {
        let site = try await Installation()
        let answer = try await site.sign(email: "leyla@example.org")
        let mail = try #require(site.mails.last)
        let wrong = mail.code == "000000" ? "000001" : "000000"
        for _ in 0..<10 {
            let refused = try await site.browser.post(
                "/en/confirmations", ["ticket": answer.ticket, "code": wrong])
            #expect(refused.status == 422)
        }
        let right = try await site.browser.post(
            "/en/confirmations", ["ticket": answer.ticket, "code": mail.code])
        #expect(right.status == 422 && right.text.contains("The link in the mail still works"))
        #expect(try await site.number() == 0)

        let other = try await site.sign(email: "ada@example.org")
        let free = try await site.browser.post(
            "/en/confirmations", ["ticket": other.ticket, "code": site.mails.last?.code ?? ""])
        #expect(free.status == 200)
        #expect(try await site.browser.post("/c", ["secret": mail.secret]).status == 200)
        #expect(try await site.number() == 2)
    }

    @Test("A ticket never tells whether its row was confirmed")
    func ticket() async throws {
        let site = try await Installation()
        let answer = try await site.sign(email: "leyla@example.org")
        let mail = try #require(site.mails.last)
        let address = try #require(answer.location)
        let wrong = mail.code == "000000" ? "000001" : "000000"
        func ask() async throws -> [UInt8] {
            try await site.browser.get(address).body
                + site.browser.post("/en/confirmations", ["ticket": answer.ticket, "code": wrong])
                .body
        }
        let before = try await ask()
        _ = try await site.browser.post("/c", ["secret": mail.secret])
        #expect(try await ask() == before)
    }

    @Test("A code may be typed with spaces, and one of five digits is explained")
    func typing() async throws {
        let site = try await Installation()
        let answer = try await site.sign(email: "leyla@example.org")
        let code = try #require(site.mails.last?.code)
        let short = try await site.browser.post(
            "/en/confirmations", ["ticket": answer.ticket, "code": String(code.dropLast())])
        #expect(short.status == 422 && short.text.contains("The code has six digits"))
        let spaced = try await site.browser.post(
            "/en/confirmations",
            ["ticket": answer.ticket, "code": " \(code.prefix(3)) - \(code.suffix(3)) "])
        #expect(spaced.status == 200)
    }

    @Test("After half an hour the page says what still works")
    func runOut() async throws {
        let site = try await Installation()
        let answer = try await site.sign(email: "leyla@example.org")
        site.clock.advance(by: 1_801)
        let page = try await site.browser.get(try #require(answer.location))
        #expect(page.status == 404 && page.text.contains("The link in your mail still works"))
        #expect(try await site.browser.get("/en/confirmations/new?ticket=x").body == page.body)
        #expect(
            try await site.browser.post("/c", ["secret": site.mails.last?.secret ?? ""]).status
                == 200)
    }

    @Test("New, pending and counted addresses get the same answer, byte for byte")
    func sameAnswer() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "counted@example.org")
        try await site.sign(email: "pending@example.org")
        let pages = try await ["new", "pending", "counted", "counted"].async { name in
            let answer = try await site.sign(email: "\(name)@example.org")
            let page = try await site.browser.get(answer.location ?? "")
            #expect(answer.status == 303 && answer.ticket.count == 155)
            let headers = answer.headers.filter { $0.key != "location" }
            return
                "\(headers.sorted { $0.key < $1.key }) \(answer.text) \(page.text.replacing(answer.ticket, with: ""))"
        }
        #expect(Set(pages).count == 1)
    }
}

extension Array {
    /// One after the other.
    func async<T>(_ body: (Element) async throws -> T) async rethrows -> [T] {
        var results: [T] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
