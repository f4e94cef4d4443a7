import Domain
import Foundation
import Sealing
import Storage
import TestSupport
import Testing
import Web

@Suite("What of an action is printed and kept")
struct PaperTests {
    private static let printed = ["sheet.pdf", "petition.pdf", "kit.zip"]

    private func text(_ calendar: Browser.Answer) -> String {
        calendar.text.replacing("\r\n ", with: "")
    }

    @Test("The short address leads to the reader's language, and nowhere for what is not there")
    func short() async throws {
        let site = try await Installation()
        for (wish, language) in [("az, en;q=0.5", "az"), ("xx", "en"), ("ar-EG", "ar")] {
            let answer = try await site.browser.get(
                "/actions/baku-2017", headers: ["Accept-Language": wish])
            #expect(answer.status == 303)
            #expect(answer.location == "/\(language)/actions/baku-2017")
            #expect(answer.headers["vary"] == "Accept-Language")
        }
        #expect(try await site.browser.get("/actions/nowhere").status == 404)
        #expect(try await site.browser.get("/actions").status == 404)
        let posted = try await site.browser.post("/actions/baku-2017", [:])
        #expect(posted.status == 405 && posted.headers["allow"] == "GET, HEAD")
        let draft = try await Installation(open: false)
        #expect(try await draft.browser.get("/actions/baku-2017").status == 404)
    }

    @Test("Without a day to end on, the calendar says to act now")
    func todo() async throws {
        let site = try await Installation()
        let answer = try await site.browser.get("/en/actions/baku-2017/deadline.ics")
        #expect(answer.status == 200)
        #expect(answer.headers["content-type"] == "text/calendar; charset=utf-8")
        #expect(
            answer.headers["content-disposition"]
                == "attachment; filename=\"baku-2017-en-deadline.ics\"")
        let text = text(answer)
        #expect(text.contains("BEGIN:VTODO") && !text.contains("DUE"))
        #expect(text.contains("STATUS:NEEDS-ACTION"))
        #expect(text.contains("SUMMARY;LANGUAGE=en:Add your name\\, and ask"))
        #expect(text.contains("URL:https://rights.example/en/actions/baku-2017"))
    }

    @Test("With a day, it is that whole day, and called off under the same name when it is over")
    func event() async throws {
        let site = try await Installation(
            files: Installation.sample(
                replacing: "opens: 2017-09-23", with: "opens: 2017-09-23\ncloses: 2027-03-31",
                in: "action.yaml"))
        let path = "/en/actions/baku-2017/deadline.ics"
        let before = text(try await site.browser.get(path))
        #expect(before.contains("DTSTART;VALUE=DATE:20270331\r\nDTEND;VALUE=DATE:20270401\r\n"))
        #expect(before.contains("STATUS:CONFIRMED") && before.contains("DTSTAMP:20270115T080000Z"))
        site.clock.advance(by: 3_600)
        try await site.move(to: .won)
        let after = text(try await site.browser.get(path))
        #expect(after.contains("STATUS:CANCELLED") && !after.contains("Free at once"))
        #expect(after.contains("DTSTAMP:20270115T090000Z"))
        func line(_ name: String, _ text: String) -> Substring? {
            text.split(separator: "\r\n").first { $0.hasPrefix(name) }
        }
        #expect(line("UID:", before) == line("UID:", after))
        func sequence(_ text: String) -> Int {
            Int(line("SEQUENCE:", text)?.dropFirst(9) ?? "") ?? -1
        }
        #expect(sequence(after) > sequence(before))
    }

    @Test(
        "No line of a calendar is longer than 75 octets, and none is cut within a character",
        arguments: ["en", "ar", "ru", "az"])
    func folding(language: String) async throws {
        let site = try await Installation()
        let answer = try await site.browser.get("/\(language)/actions/baku-2017/deadline.ics")
        let lines = answer.body.split(separator: 0x0a, omittingEmptySubsequences: false)
        #expect(lines.last == [] && lines.count > 10)
        for line in lines.dropLast() {
            #expect(line.last == 0x0d && line.count <= 76)
            #expect(String(validating: line, as: UTF8.self) != nil)
        }
    }

    @Test(
        "Sheet, petition and kit are what they say, for readers and for keeping", arguments: printed
    )
    func kinds(name: String) async throws {
        let site = try await Installation()
        let answer = try await site.browser.get("/az/actions/baku-2017/\(name)")
        #expect(answer.status == 200)
        let isZip = name.hasSuffix("zip")
        #expect(answer.body.starts(with: Array((isZip ? "PK" : "%PDF-").utf8)))
        #expect(answer.headers["content-type"] == (isZip ? "application/zip" : "application/pdf"))
        #expect(
            answer.headers["content-disposition"]
                == "\(isZip ? "attachment" : "inline"); filename=\"baku-2017-az-\(name)\"")
        let again = try await site.browser.get(
            "/az/actions/baku-2017/\(name)",
            headers: ["If-None-Match": try #require(answer.headers["etag"])])
        #expect(again.status == 304)
        let letter = try await site.browser.get("/az/actions/baku-2017/\(name)?paper=letter")
        #expect(letter.status == 200 && letter.body != answer.body)
        let zipped = try await site.browser.get(
            "/az/actions/baku-2017/\(name)", headers: ["Accept-Encoding": "gzip"])
        #expect(zipped.body.count <= answer.body.count)
    }

    @Test("What is printed changes with the action, and a stopped one prints nothing")
    func follows() async throws {
        let site = try await Installation()
        for name in Self.printed + ["deadline.ics"] {
            let path = "/en/actions/baku-2017/\(name)"
            let open = try await site.browser.get(path)
            #expect(open.status == 200, "\(name)")
        }
        var last: [String: [UInt8]] = [:]
        for state in [ActionState.paused, .won, .delivered] {
            try await site.move(to: state)
            for name in Self.printed where state != .paused {
                let answer = try await site.browser.get("/en/actions/baku-2017/\(name)")
                #expect(answer.body != last[name], "\(name) \(state)")
                last[name] = answer.body
            }
        }
        try await site.move(to: .stopped)
        for name in Self.printed {
            #expect(try await site.browser.get("/en/actions/baku-2017/\(name)").status == 404)
        }
        let calendar = text(try await site.browser.get("/en/actions/baku-2017/deadline.ics"))
        #expect(calendar.contains("STATUS:CANCELLED"))
        for word in ["Azerbaijan", "Baku:", "Free at once", "President", "name, and ask"] {
            #expect(!calendar.contains(word), "\(word)")
        }
    }

    @Test("A draft is printed for this machine alone, and kept by nobody")
    func draft() async throws {
        let site = try await Installation(open: false)
        #expect(try await site.browser.get("/en/actions/baku-2017/sheet.pdf").status == 404)
        try await site.importAction(Installation.sample() ?? [], preview: true)
        for name in Self.printed + ["deadline.ics"] {
            let answer = try await site.browser.get("/en/actions/baku-2017/\(name)")
            #expect(answer.status == 200 && answer.headers["cache-control"] == "no-store")
        }
    }

    @Test("Signatures on paper are a number of their own, once the ledger has them")
    func paper() async throws {
        let site = try await Installation()
        _ = try await site.signAndConfirm(email: "ada@example.org")
        _ = try await site.number()
        let action = try #require(try await site.store.read { try $0.actions().first?.id })
        func queue(_ paper: LedgerEntry.Paper) async throws {
            try await site.store.write {
                try $0.queueStatement(
                    LedgerEntry(.paper, a: digest(Array("Sheets".utf8)), b: paper.bytes),
                    statement: "Sheets", of: action)
            }
        }
        struct Data: Decodable { let number, paper: Int }
        func data() async throws -> Data {
            let answer = try await site.browser.get("/en/actions/baku-2017.json")
            return try JSONDecoder().decode(Data.self, from: Foundation.Data(answer.body))
        }
        func isSaid(_ words: String) async throws -> Bool {
            try await site.browser.get("/en/actions/baku-2017").text.contains(words)
        }
        #expect(try await !isSaid("On paper"))
        try await queue(.counted(1_234))
        #expect(try await data().paper == 0, "only what is in the ledger counts")
        #expect(try await site.number() == 1)
        #expect(try await (data().number, data().paper) == (1, 1_234))
        let words = "On paper: <b>1,234</b>, counted by hand by <bdi>Example Rights Network</bdi>"
        #expect(try await isSaid(words))
        let batch = try #require(
            try await site.entries().lastIndex { $0.kind == .paper })
        try await queue(.takenBack(batch: batch))
        #expect(try await site.number() == 1)
        #expect(try await data().paper == 0)
        #expect(try await !isSaid("On paper"))
    }
}
