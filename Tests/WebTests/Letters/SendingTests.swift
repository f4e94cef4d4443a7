import Domain
import Mail
import Sealing
import Storage
import TestSupport
import Testing

@Suite("The server sends a letter")
struct SendingTests {
    private static let path = "/en/actions/baku-2017/letters"

    /// Sends the form; the answer leads to the page that waits for the code.
    private func order(
        _ site: Installation, email: String = "leyla@example.org", reply: String = "none",
        more: KeyValuePairs<String, String> = [:]
    ) async throws -> Browser.Answer {
        var fields = [
            ("language", "en"), ("name", "Leyla Məmmədova"), ("words", "I teach in York."),
            ("country", "GB"), ("address", "1 Any Road"), ("email", email), ("reply", reply),
        ]
        fields += more.map { ($0.key, $0.value) }
        let body = fields.map { name, value in
            "\(name)=\(value.utf8.map { "%\([$0].hex)" }.joined())"
        }.joined(separator: "&")
        return try await site.browser.post(Self.path, body: body)
    }

    private func queued(_ site: Installation) async throws -> [Letter] {
        let rows = try await site.store.read { transaction in
            try transaction.rows("SELECT id, action, sealed FROM letter ORDER BY position").map {
                (try $0.bytes("id") + $0.bytes("sealed"), try $0.identifier("action") as ActionID)
            }
        }
        return rows.compactMap { Installation.letterKey.open($0.0, of: $0.1) }
    }

    @Test("Form, mail, code: in line, whole, and nothing of the writer but what was agreed to")
    func wholeWay() async throws {
        let site = try await Installation()
        let answer = try await order(site, reply: "me")
        #expect(answer.status == 303)
        let address = try #require(answer.location)
        #expect(address.hasPrefix("/en/confirmations/new?for=letter&ticket="))
        let waiting = try await site.browser.get(address)
        #expect(waiting.text.contains("Your letter is not in line yet"))
        #expect(!waiting.text.contains("You are not counted yet"))
        #expect(waiting.text.contains("Put my letter in line"))
        #expect(try await queued(site).isEmpty)

        let mail = try #require(site.mails.last)
        #expect(mail.to == "leyla@example.org" && mail.text.contains("A letter in your name"))
        #expect(!mail.text.contains("Leyla") && !mail.text.contains("teach"))
        let done = try await site.browser.post(
            "/en/confirmations", ["ticket": answer.ticket, "code": mail.code, "for": "letter"])
        #expect(done.status == 200 && done.text.contains("Your letter is in line"))
        for said in ["at most 30 an hour", "may wait for days", "the running server can read it"] {
            #expect(done.text.contains(said), "\(said)")
        }
        let letter = try #require(try await queued(site).first)
        #expect(letter.target == "president" && letter.language == "en")
        #expect(letter.subject == "Baku: let them go home")
        #expect(letter.text.hasPrefix("Your Excellency,\n\nI teach in York.\n\nI write to you"))
        #expect(letter.text.hasSuffix("Yours respectfully,\n\nLeyla Məmmədova"))
        #expect(!letter.text.contains("Any Road") && letter.name == "Leyla Məmmədova")
        #expect(letter.replyTo == "leyla@example.org")
        #expect(try await site.number() == 0)
    }

    @Test("The link shows the whole letter, counts nothing, and may take the address out")
    func link() async throws {
        let site = try await Installation()
        _ = try await order(site, reply: "me")
        let mail = try #require(site.mails.last)
        let page = try await site.browser.get(mail.link)
        for part in [
            "Your Excellency,", "I teach in York.", "Yours respectfully,", "Leyla Məmmədova",
            "President of the Republic of Azerbaijan", "leyla@example.org",
        ] { #expect(page.text.contains(part), "\(part)") }
        #expect(try await queued(site).isEmpty)
        let done = try await site.browser.post("/c", ["secret": mail.secret, "reply": "none"])
        #expect(done.status == 200)
        #expect(try await queued(site).map(\.replyTo) == [nil])
    }

    @Test("Without a wish for an answer the address is in no row at all")
    func noReply() async throws {
        let site = try await Installation()
        _ = try await order(site)
        let page = try await site.browser.get(try #require(site.mails.last).link)
        #expect(!page.text.contains("leyla@example.org") && !page.text.contains("name=\"reply\""))
        _ = try await site.browser.post("/c", ["secret": site.mails.last?.secret ?? ""])
        #expect(try await queued(site).map(\.replyTo) == [nil])
    }

    @Test("The same secret says the same again, by link and by code, also after a restart")
    func again() async throws {
        let site = try await Installation()
        let answer = try await order(site)
        let mail = try #require(site.mails.last)
        let first = try await site.browser.post("/c", ["secret": mail.secret, "lang": "en"])
        let second = try await site.browser.post("/c", ["secret": mail.secret, "lang": "en"])
        let byCode = try await site.browser.post(
            "/en/confirmations", ["ticket": answer.ticket, "code": mail.code])
        let restarted = try await site.restarted()
        let later = try await restarted.post("/c", ["secret": mail.secret, "lang": "en"])
        #expect(first.status == 200)
        #expect([second, byCode, later].allSatisfy { $0.body == first.body })
        #expect(try await site.browser.get(mail.link).text.contains("This link has been used"))
        #expect(try await queued(site).count == 1)
    }

    @Test("A mailbox writes to an office once; a signature of it is another thing")
    func once() async throws {
        let site = try await Installation()
        _ = try await order(site)
        let first = try #require(site.mails.last)
        _ = try await order(site, email: "Leyla+x@example.org")
        let second = try #require(site.mails.last)
        #expect(first.code == second.code, "the code is the mailbox's for the day")
        _ = try await site.browser.post("/c", ["secret": first.secret])
        let answer = try await site.browser.post("/c", ["secret": second.secret])
        #expect(answer.text.contains("One letter from each mailbox"))
        #expect(try await queued(site).count == 1)
        try await site.sign(email: "leyla@example.org")
        #expect(site.mails.last?.code != first.code)
        let counted = try await site.browser.post("/c", ["secret": site.mails.last?.secret ?? ""])
        #expect(counted.text.contains("You are counted") && counted.text.contains("/letter\""))
    }

    @Test("Ten wrong codes lock the code, and the link still works")
    func wrongCodes() async throws {
        let site = try await Installation()
        let ticket = try await order(site).ticket
        let mail = try #require(site.mails.last)
        let wrong = mail.code == "000000" ? "111111" : "000000"
        for _ in 1...10 {
            let answer = try await site.browser.post(
                "/en/confirmations", ["ticket": ticket, "code": wrong, "for": "letter"])
            #expect(answer.status == 422)
        }
        let right = try await site.browser.post(
            "/en/confirmations", ["ticket": ticket, "code": mail.code, "for": "letter"])
        #expect(right.status == 422 && right.text.contains("Too many wrong codes"))
        #expect(right.text.contains("Put my letter in line"))
        let linked = try await site.browser.post("/c", ["secret": mail.secret])
        #expect(linked.text.contains("Your letter is in line"))
    }

    @Test("What is wrong is said on the ready page, and the letter is still there")
    func errors() async throws {
        let site = try await Installation()
        let answer = try await site.browser.post(
            Self.path, ["words": "Mine.", "language": "en", "email": "leyla", "reply": "all"])
        #expect(answer.status == 422 && answer.text.contains("<title>Error: "))
        for field in ["name", "email", "reply"] {
            #expect(answer.text.contains("href=\"#\(field)\""), "\(field)")
            #expect(answer.text.contains("id=\"\(field)\""), "\(field)")
        }
        #expect(answer.text.contains("name=\"words\" value=\"Mine.\""))
        let typo = try await order(site, email: "leyla@gmial.com")
        #expect(typo.status == 422 && typo.text.contains("value=\"leyla@gmail.com\""))
        let kept = try await order(site, email: "leyla@gmial.com", more: ["email_kept": "yes"])
        #expect(kept.status == 303)
        #expect(site.mails.all.count == 1)
    }

    @Test("Whatever fills the hidden field gets the same answer, and no mail")
    func trap() async throws {
        let site = try await Installation()
        let answer = try await order(site, more: ["website": "x"])
        #expect(answer.status == 303 && site.mails.last?.isSilent == true)
    }

    @Test("An action that stops or closes between form and confirmation takes no letter")
    func ended() async throws {
        for state in [ActionState.stopped, .closed, .won] {
            let site = try await Installation()
            _ = try await order(site)
            try await site.move(to: state)
            let mail = try #require(site.mails.last)
            let answer = try await site.browser.post("/c", ["secret": mail.secret])
            #expect(answer.status == 409 && answer.text.contains("This letter is not sent"))
            #expect(try await queued(site).isEmpty)
            if state == .stopped {
                let page = try await site.browser.get(mail.link)
                #expect(page.status == 409 && !page.text.contains("York"))
            }
        }
    }

    @Test("A letter confirmed while the action rests waits with the others")
    func paused() async throws {
        let site = try await Installation()
        _ = try await order(site)
        try await site.move(to: .paused)
        _ = try await site.browser.post("/c", ["secret": site.mails.last?.secret ?? ""])
        #expect(try await queued(site).count == 1)
    }

    @Test("Without a mailbox of the office the server offers nothing and takes nothing")
    func noMailbox() async throws {
        let files = try Installation.sample(
            replacing: "    email: [office@president.example, letters@president.example]\n",
            with: "",
            in: "action.yaml")
        let site = try await Installation(files: files)
        let ready = try await site.browser.post("/en/actions/baku-2017/letter", ["name": "Leyla"])
        #expect(ready.status == 200 && !ready.text.contains("/letters#main"))
        #expect(try await order(site).status == 422)
        #expect(site.mails.all.isEmpty)
    }

    @Test("Words of the longest kind still fit into the row, or the writer is told")
    func longest() async throws {
        let site = try await Installation()
        let name = String(repeating: "ə", count: 200)
        for words in [
            String(repeating: "ə", count: 1_000), String(repeating: "\"\\", count: 1_000),
        ] {
            let answer = try await site.browser.post(
                Self.path,
                [
                    "language": "en", "name": name, "words": words, "email": "leyla@example.org",
                    "reply": "me",
                ])
            #expect(answer.status == 303 || answer.text.contains("The letter is too long"))
        }
    }
}
