import Domain
import Foundation
import Mail
import Storage
import TestSupport
import Testing

@Suite("A supporter signs")
struct SigningTests {
    @Test("Form, mail, code: counted, and the keeper reads what was meant")
    func wholeWay() async throws {
        let site = try await Installation()
        let answer = try await site.sign(
            name: "Leyla O'Neill-Məmmədova", email: "leyla+x@example.org",
            more: ["country": "AZ", "show": "target", "updates": "yes"])
        #expect(answer.status == 303)
        let address = try #require(answer.location)
        #expect(address.hasPrefix("/en/confirmations/new?ticket="))
        let waiting = try await site.browser.get(address)
        #expect(waiting.text.contains("You are not counted yet"))
        #expect(waiting.text.contains("autocomplete=\"one-time-code\""))
        #expect(waiting.headers["cache-control"] == "no-store")
        #expect(try await site.number() == 0)

        let mail = try #require(site.mails.last)
        #expect(mail.to == "leyla+x@example.org")
        #expect(!mail.text.contains("Leyla") && !mail.subject.contains("Leyla"))
        let counted = try await site.browser.post(
            "/en/confirmations", ["ticket": answer.ticket, "code": mail.code])
        #expect(counted.status == 200 && counted.text.contains("You are counted"))
        #expect(counted.withdrawalCode.replacing(" ", with: "").count == 26)
        #expect(try await site.number() == 1)
        let pledge = try #require(try await site.pledges().first)
        #expect(pledge.name == "Leyla O'Neill-Məmmədova" && pledge.country == "AZ")
        #expect(pledge.email == "leyla+x@example.org" && pledge.show == .target)
        #expect(pledge.lang == "en" && pledge.version.count == 64 && pledge.consent.count == 64)
    }

    @Test("The address is not kept when no updates were asked for")
    func addressGone() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        #expect(try await site.pledges().first?.email == nil)
    }

    @Test("With two keepers both books are needed")
    func twoKeepers() async throws {
        let site = try await Installation(keepers: 2)
        _ = try await site.signAndConfirm(email: "leyla@example.org")
        #expect(try await site.pledges().count == 1)
    }

    @Test("What is wrong is said on the same page, and everything typed is kept")
    func errors() async throws {
        let site = try await Installation()
        let answer = try await site.browser.post(
            "/en/actions/baku-2017/signatures",
            ["name": "", "email": "leyla", "country": "GE", "show": "target", "updates": "yes"])
        #expect(answer.status == 422)
        #expect(answer.text.contains("<title>Error: "))
        #expect(
            answer.text.contains("There is a problem") && answer.text.contains("href=\"#name\""))
        #expect(answer.text.contains("value=\"leyla\""))
        #expect(answer.text.contains("<option value=\"GE\" selected>"))
        #expect(answer.text.contains("value=\"target\" checked"))
        #expect(answer.text.contains("id=\"updates\" name=\"updates\" value=\"yes\" checked"))
        #expect(site.mails.all.isEmpty)
    }

    @Test(
        "A mistyped provider is pointed out with two buttons, and sending it unchanged is accepted")
    func typo() async throws {
        let site = try await Installation()
        let hint = try await site.sign(email: "leyla@gmial.com")
        #expect(hint.status == 422)
        #expect(hint.text.contains("name=\"email_suggested\" value=\"leyla@gmail.com\""))
        #expect(hint.text.contains("name=\"email_kept\""))
        #expect(hint.text.contains("name=\"asked\" value=\"leyla@gmial.com\""))
        #expect(hint.text.contains("Leyla Məmmədova"))
        let kept = try await site.sign(email: "leyla@gmial.com", more: ["asked": "leyla@gmial.com"])
        #expect(kept.status == 303 && site.mails.last?.to == "leyla@gmial.com")
        let button = try await site.sign(email: "leyla@gmial.com", more: ["email_kept": "yes"])
        #expect(button.status == 303)
        let mended = try await site.sign(
            email: "leyla@gmial.com", more: ["email_suggested": "leyla@gmail.com"])
        #expect(mended.status == 303 && site.mails.last?.to == "leyla@gmail.com")
    }

    @Test(
        "Hostile text is harmless wherever it is shown again",
        arguments: [
            "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "\"\u{301} onfocus=x",
            "' OR 1=1 --", "{claim:detained}",
        ])
    func hostile(name: String) async throws {
        let site = try await Installation()
        let form = try await site.sign(name: name, email: "wrong")
        try await site.sign(name: name, email: "leyla@example.org")
        let link = try await site.browser.get(try #require(site.mails.last).link)
        for page in [form, link] {
            #expect(!page.text.contains("<script>") && !page.text.contains("<img"))
            #expect(page.body.count(of: "\" onfocus") == 0 && page.body.count(of: "\"\u{301}") == 0)
        }
        _ = try await site.browser.post("/c", ["secret": site.mails.last?.secret ?? ""])
        #expect(try await site.pledges().first?.name == name)
    }

    @Test("Too many from one neighbourhood are told when to come back, and lose nothing they typed")
    func tooMany() async throws {
        let site = try await Installation(signLimit: 2)
        for _ in 0..<2 { #expect(try await site.sign(email: "leyla@example.org").status == 303) }
        let answer = try await site.sign(name: "Leyla", email: "leyla@example.org")
        #expect(answer.status == 429)
        #expect(Int(answer.headers["retry-after"] ?? "") ?? 0 > 0)
        #expect(answer.text.contains("value=\"Leyla\"") && answer.text.contains("10 minutes"))
        site.clock.advance(by: 601)
        #expect(try await site.sign(email: "leyla@example.org").status == 303)
    }

    @Test("When no more rows may wait, nothing is half-stored")
    func full() async throws {
        let site = try await Installation(pendingLimit: 1)
        try await site.sign(email: "leyla@example.org")
        let answer = try await site.sign(email: "ada@example.org")
        #expect(answer.status == 503 && answer.headers["retry-after"] != nil)
        #expect(site.mails.all.count == 1)
        _ = try await site.browser.post("/c", ["secret": site.mails.all[0].secret])
        #expect(try await site.sign(email: "ada@example.org").status == 303)
    }

    @Test(
        "What is no form of ours is refused, and nothing is stored",
        arguments: [
            ("name=a%00b&email=a@b.example", "application/x-www-form-urlencoded", 400),
            ("name=%ff%fe&email=a@b.example", "application/x-www-form-urlencoded", 400),
            ("name=%c0%af&email=a@b.example", "application/x-www-form-urlencoded", 400),
            ("name=%zz", "application/x-www-form-urlencoded", 400),
            ("{}", "application/json", 415),
            (
                "name=" + String(repeating: "a", count: 17_000),
                "application/x-www-form-urlencoded", 413
            ),
            (String(repeating: "a=b&", count: 100), "application/x-www-form-urlencoded", 400),
        ])
    func notAForm(body: String, type: String, status: Int) async throws {
        let site = try await Installation()
        let answer = try await site.browser.post(
            "/en/actions/baku-2017/signatures", body: body, headers: ["Content-Type": type])
        #expect(answer.status == status)
        #expect(site.mails.all.isEmpty)
    }

    @Test("A form from another site is refused")
    func crossSite() async throws {
        let site = try await Installation()
        for path in [
            "/en/actions/baku-2017/signatures", "/en/confirmations", "/c", "/en/withdrawals", "/w",
        ] {
            let answer = try await site.browser.post(
                path, ["name": "a"], headers: ["Sec-Fetch-Site": "cross-site"])
            #expect(answer.status == 403, "\(path)")
        }
    }

    @Test("The trap for machines sets a flag, and the answer is the same")
    func honeypot() async throws {
        let site = try await Installation()
        let answer = try await site.sign(email: "bot@example.org", more: ["website": "x"])
        #expect(answer.status == 303)
        _ = try await site.browser.post("/c", ["secret": site.mails.last?.secret ?? ""])
        let row = try await site.store.read { try $0.rows("SELECT flags FROM record")[0] }
        #expect(try row.integer("flags") == 1)
    }
}

extension [UInt8] {
    func count(of text: String) -> Int {
        let needle = Array(text.utf8)
        guard count >= needle.count else { return 0 }
        return (0...(count - needle.count)).count {
            self[$0..<$0 + needle.count].elementsEqual(needle)
        }
    }
}
