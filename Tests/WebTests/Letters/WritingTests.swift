import Domain
import Foundation
import Storage
import TestSupport
import Testing

@Suite("Somebody writes a letter")
struct WritingTests {
    private static let path = "/en/actions/baku-2017/letter"

    @Test("The page has the letter in both languages, marked, and says who reads it and how")
    func page() async throws {
        let site = try await Installation()
        let page = try await site.browser.get(Self.path)
        #expect(page.status == 200 && page.headers["cache-control"]?.hasPrefix("public") == true)
        #expect(page.text.contains("class=\"letter\" lang=\"az\" dir=\"ltr\""))
        #expect(page.text.contains("class=\"letter\" lang=\"en\" dir=\"ltr\""))
        #expect(
            page.text.contains("Hörmətli cənab Prezident") && page.text.contains("Your Excellency"))
        for said in [
            "Nümunə prospekti 100", "+994 12 000 00 00", "office@president.example", "Armenia",
            "Embassy of Azerbaijan in Berlin", "His Excellency", "Stay polite",
            "Print it and post it",
            "Let this server send it", "Do not write to anyone in Baku directly",
        ] { #expect(page.text.contains(said), "\(said)") }
        let again = try await site.browser.get(Self.path)
        #expect(again.body == page.body && again.headers["etag"] == page.headers["etag"])
    }

    @Test("In the language of the office one model is enough")
    func oneLanguage() async throws {
        let site = try await Installation()
        let page = try await site.browser.get("/az/actions/baku-2017/letter")
        #expect(!page.text.contains("class=\"letter\" lang=\"en\""))
        #expect(!page.text.contains("name=\"language\""))
    }

    @Test("The letter has the writer's words after the salutation, and nothing is stored")
    func ready() async throws {
        let site = try await Installation()
        let page = try await site.browser.post(
            Self.path,
            [
                "language": "en", "name": "Leyla <Məmmədova>", "country": "GB",
                "address": "1 Any Road\r\nYork",
                "words": "I teach in York.\r\n\r\nMy pupils ask why.",
            ])
        #expect(page.status == 200 && page.headers["cache-control"] == "no-store")
        let order = [
            "1 Any Road", "Ilham Aliyev", "AZERBAIJAN", "Your Excellency,", "I teach in York.",
            "My pupils ask why.", "Amnesty International reports that more than 100 were",
            "Yours respectfully,", "Leyla &lt;Məmmədova&gt;",
        ]
        var rest = page.text[...]
        for part in order {
            let found = try #require(rest.range(of: part), "\(part)")
            rest = rest[found.upperBound...]
        }
        #expect(page.text.contains("% of this letter are your own words"))
        #expect(site.mails.all.isEmpty)
        let rows = try await site.store.read { try $0.rows("SELECT 1 AS one FROM pending") }
        #expect(rows.isEmpty)
    }

    @Test("Nobody need say anything: the model letter is ready as it is")
    func bare() async throws {
        let site = try await Installation()
        let page = try await site.browser.post(Self.path, [:])
        #expect(page.status == 200 && page.text.contains("0 % of this letter"))
        #expect(page.text.contains("A sentence of yours sets this one apart"))
        #expect(page.text.contains("lang=\"az\""))
    }

    @Test("What is wrong is said on the form, with everything that was typed")
    func errors() async throws {
        let site = try await Installation()
        let answer = try await site.browser.post(
            Self.path,
            [
                "kind": "appeal", "name": "Leyla", "country": "ZZ", "address": "1\n2\n3\n4\n5\n6",
                "words": String(repeating: "ə", count: 1_001), "version": "x",
            ])
        #expect(answer.status == 422 && answer.text.contains("<title>Error: "))
        for field in ["country", "address", "words"] {
            #expect(answer.text.contains("href=\"#\(field)\""), "\(field)")
        }
        #expect(
            answer.text.contains("value=\"Leyla\"")
                && answer.text.contains("ə\(String(repeating: "ə", count: 900))"))
    }

    @Test("\"Change it\" gives the form back as it was")
    func change() async throws {
        let site = try await Installation()
        let page = try await site.browser.post(
            Self.path, ["edit": "yes", "name": "Leyla", "words": "Mine.", "language": "en"])
        #expect(page.status == 200 && page.text.contains("value=\"Leyla\""))
        #expect(page.text.contains("\nMine.</textarea>"))
        #expect(page.text.contains("name=\"language\" value=\"en\" checked"))
    }

    @Test("The link for the mail program is short, whole or with a place to paste")
    func mailto() async throws {
        let site = try await Installation()
        let long = try await site.browser.post(Self.path, ["words": "Öz sözüm."])
        let address = try #require(
            long.text.firstMatch(of: /href="(mailto:office@president\.example[^"]*)"/)?.output.1)
        #expect(address.utf8.count <= 1_800 && address.contains("?subject="))
        #expect(
            address.contains("Paste%20the%20letter") && long.text.contains("too long for a link"))
    }

    @Test("Words for those it is about go to the organisation, with what keeps them safe")
    func solidarity() async throws {
        let site = try await Installation()
        let page = try await site.browser.post(
            Self.path, ["kind": "solidarity", "language": "en", "words": "You are in my thoughts."])
        #expect(page.text.contains("To you who were held in Baku,"))
        #expect(
            page.text.contains("5 Sample Square") && page.text.contains("You are in my thoughts."))
        #expect(!page.text.contains("office@president.example"))
        #expect(!page.text.contains("/letters#main"))
    }

    @Test("Where the post does not reach the office, the letter goes to the embassy")
    func embassy() async throws {
        let files = try Installation.sample(
            replacing: "noPostFrom: [AM]", with: "noPostFrom: [AM, DE]", in: "action.yaml")
        let site = try await Installation(files: files)
        let page = try await site.browser.post(Self.path, ["country": "DE"])
        #expect(page.text.contains("do not arrive from: Germany"))
        #expect(page.text.contains("Musterallee 1") && !page.text.contains("by\" value=\"post\""))
        let there = try await site.browser.post(Self.path, ["country": "FR"])
        #expect(there.text.contains("Nümunə prospekti 100"))
    }

    @Test("The letter is made of the version that its form was shown with")
    func version() async throws {
        let site = try await Installation()
        let page = try await site.browser.get(Self.path)
        let version = try #require(
            page.text.firstMatch(of: /name="version" value="([0-9a-f]{64})"/)?.output.1)
        try await site.importAction(
            Installation.sample(
                replacing: "I should be grateful to learn", with: "I wish to learn", in: "en.md"))
        let old = try await site.browser.post(
            Self.path, ["language": "en", "version": String(version)])
        #expect(old.text.contains("I should be grateful to learn"))
        let new = try await site.browser.post(Self.path, ["language": "en"])
        #expect(new.text.contains("I wish to learn"))
    }

    @Test(
        "Hostile text is harmless in every corner of the page",
        arguments: [
            "<script>alert(1)</script>", "\"><img src=x>", "\"\u{301} onfocus=x", "{claim:held}",
        ])
    func hostile(text: String) async throws {
        let site = try await Installation()
        let page = try await site.browser.post(
            Self.path, ["name": text, "address": text, "words": text, "language": "en"])
        #expect(page.status == 200)
        #expect(!page.text.contains("<script>") && !page.text.contains("<img"))
        #expect(!page.text.contains("value=\"\"\u{301}") && !page.text.contains("\" onfocus"))
    }

    @Test(
        "An action that is over asks for no letter, and one that rests for none now",
        arguments: [
            (ActionState.won, "has reached its aim"), (.closed, "the action is over"),
            (.paused, "This action rests"),
        ])
    func over(state: ActionState, said: String) async throws {
        let site = try await Installation()
        try await site.move(to: state)
        let page = try await site.browser.get(Self.path)
        #expect(page.status == 200 && page.text.contains(said))
        #expect(!page.text.contains("<form") && !page.text.contains("mailto:"))
        for path in [Self.path, "\(Self.path).pdf", "\(Self.path)s", "\(Self.path)s/posted"] {
            let answer = try await site.browser.post(path, ["name": "Leyla"])
            #expect(answer.status == 409 && answer.text.contains(said), "\(path)")
            #expect(answer.headers["cache-control"] == "no-store")
        }
        #expect(site.mails.all.isEmpty)
    }

    @Test("Of a stopped action nothing is left, and a draft has no letters")
    func stopped() async throws {
        let site = try await Installation()
        try await site.move(to: .stopped)
        let draft = try await Installation(open: false)
        for site in [site, draft] {
            for path in [Self.path, "\(Self.path).pdf", "\(Self.path)s/thanks"] {
                #expect(try await site.browser.get(path).status == 404, "\(path)")
            }
            for path in [Self.path, "\(Self.path).pdf", "\(Self.path)s", "\(Self.path)s/posted"] {
                let answer = try await site.browser.post(path, [:])
                #expect(answer.status == 404 && !answer.text.contains("Baku"), "\(path)")
            }
        }
    }

    @Test("A form from another site is refused, as is what is no form")
    func foreign() async throws {
        let site = try await Installation()
        for path in [Self.path, "\(Self.path).pdf", "\(Self.path)s", "\(Self.path)s/posted"] {
            let cross = try await site.browser.post(
                path, ["name": "a"], headers: ["Sec-Fetch-Site": "cross-site"])
            #expect(cross.status == 403, "\(path)")
            let large = try await site.browser.post(
                path, body: "words=" + String(repeating: "a", count: 17_000))
            #expect(large.status == 413, "\(path)")
            let json = try await site.browser.post(
                path, body: "{}", headers: ["Content-Type": "application/json"])
            #expect(json.status == 415, "\(path)")
        }
    }
}

@Suite("Somebody says that they posted a letter")
struct PostedLetterTests {
    private static let path = "/en/actions/baku-2017/letters"

    @Test("It is counted apart, shown as what it is, and survives a restart")
    func counted() async throws {
        let site = try await Installation()
        for _ in 1...2 {
            let answer = try await site.browser.post(
                "\(Self.path)/posted", ["kind": "appeal", "target": "president"])
            #expect(answer.status == 303 && answer.location == "\(Self.path)/thanks")
        }
        _ = try await site.browser.post("\(Self.path)/posted", ["kind": "solidarity"])
        let thanks = try await site.browser.get("\(Self.path)/thanks")
        #expect(
            thanks.status == 200 && thanks.text.contains("3 people say that they posted a letter"))
        let page = "/en/actions/baku-2017/letter"
        for path in [page, "/en/actions/baku-2017"] {
            let shown = try await site.browser.get(path)
            #expect(
                shown.text.contains("3 people say that they posted a letter; nothing proves it"))
        }
        let restarted = try await site.restarted()
        #expect(try await restarted.get(page).text.contains("3 people say"))
        #expect(try await site.number() == 0)
        let tallies = try await site.store.read { transaction in
            try transaction.rows("SELECT target, count FROM letter_tally ORDER BY target")
                .map { "\(try $0.text("target")) \(try $0.integer("count"))" }
        }
        #expect(tallies == ["president 2", "solidarity 1"])
    }

    @Test("Only for letters that there are, and not without end")
    func limited() async throws {
        let site = try await Installation(signLimit: 2)
        let unknown = try await site.browser.post("\(Self.path)/posted", ["target": "nobody"])
        #expect(unknown.status == 422)
        _ = try await site.browser.post("\(Self.path)/posted", [:])
        let many = try await site.browser.post("\(Self.path)/posted", [:])
        #expect(many.status == 429 && many.headers["retry-after"] != nil)
        let rows = try await site.store.read { try $0.rows("SELECT count FROM letter_tally") }
        #expect(try rows.map { try $0.integer("count") } == [1])
    }
}
