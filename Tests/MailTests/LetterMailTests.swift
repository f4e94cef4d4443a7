import Domain
import Foundation
import Sealing
import Testing

@testable import Mail

@Suite("A letter as mail")
struct LetterMailTests {
    private func mail(replyTo: String?, name: String = "Nərgiz \"N\" Əliyeva") -> LetterMail {
        LetterMail(
            id: .random(), to: "office@president.example", sender: LetterWorld.sender,
            bounces: LetterWorld.sender.bounceAddress(token: "abc"),
            letter: Letter(
                target: "president", language: "az",
                subject: "Onları azad edin\r\nBcc: x@y.example",
                text: "Hörmətli Prezident,\n\nazad edin.", name: name, replyTo: replyTo),
            footer: replyTo == nil ? "Nobody can be answered here." : "")
    }

    private func lines(_ mail: LetterMail) -> [String] {
        String(decoding: mail.bytes(date: Date(timeIntervalSince1970: 0)), as: UTF8.self)
            .replacing("\r\n ", with: "").components(separatedBy: "\r\n")
    }

    @Test("It comes from the organisation, in the writer's name, and names no other address")
    func fromTheOrganisation() throws {
        let mail = mail(replyTo: nil)
        let lines = lines(mail)
        let from = try #require(lines.first { $0.hasPrefix("From: ") })
        #expect(from.hasSuffix("<action@rights.example>"))
        #expect(!lines.contains { $0.lowercased().hasPrefix("reply-to") })
        #expect(!lines.contains { $0.hasPrefix("Auto-Submitted") }, "somebody wrote it")
        #expect(lines.contains("Message-ID: <\(mail.id)@rights.example>"))
        #expect(lines.dropLast().last == "Nobody can be answered here.")
    }

    @Test("A writer who wishes an answer gets it")
    func replyTo() {
        let lines = lines(mail(replyTo: "writer@people.example", name: "A \"B\" C"))
        #expect(lines.contains("Reply-To: \"A \\\"B\\\" C\" <writer@people.example>"))
        #expect(
            lines.contains(
                "From: \"A \\\"B\\\" C via Example Rights Network\" <action@rights.example>"))
    }

    @Test("Nothing in a name or subject becomes a header")
    func injection() {
        let lines = lines(mail(replyTo: nil, name: "A\r\nBcc: x@y.example"))
        #expect(!lines.contains { $0.hasPrefix("Bcc") })
    }

    @Test("A subject of any length keeps to the length of lines")
    func longSubject() {
        let mail = LetterMail(
            id: .random(), to: "a@b.example", sender: LetterWorld.sender, bounces: "",
            letter: Letter(
                target: "t", language: "en", subject: String(repeating: "word ", count: 400),
                text: "", name: "N"), footer: "")
        let raw = String(decoding: mail.bytes(date: Date()), as: UTF8.self)
        #expect(raw.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 998 })
    }

    @Test("Failures are reported to an address with a token, which is read back in any case")
    func bounceAddress() {
        let sender = LetterWorld.sender
        let key = LetterKey([UInt8](repeating: 7, count: 32))
        let token = key.bounceToken(for: "Office@President.example")
        #expect(token.utf8.count == 26)
        #expect(token == key.bounceToken(for: "office@president.example"))
        let address = sender.bounceAddress(token: token)
        #expect(address == "bounces+\(token)@rights.example")
        #expect(sender.token(in: address.uppercased()) == token)
        #expect(sender.token(in: "bounces@rights.example") == nil)
        #expect(sender.token(in: "bounces+\(token)@other.example") == nil)
        #expect(
            LetterKey([UInt8](repeating: 8, count: 32)).bounceToken(for: "office@president.example")
                != token)
    }
}

@Suite("Reports of failed deliveries")
struct DeliveryReportTests {
    private static let report = """
        Return-Path: <>
        Date: Mon, 23 Nov 2026 10:00:00 +0400
        From: Mail Delivery System <MAILER-DAEMON@mx.example>
        To: bounces+abc@rights.example
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status;
        \tboundary="AAA;B"

        This is a MIME-encapsulated message.

        --AAA;B
        Content-Type: text/plain; charset=us-ascii

        Action: failed
        It could not be delivered.

        --AAA;B
        Content-Description: Delivery report
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example
        Arrival-Date: Mon, 23 Nov 2026 09:59:00 +0400

        Final-Recipient: rfc822; office@president.example
        Action: failed
        Status: 5.1.1 (no such mailbox)
        Diagnostic-Code: smtp; 550 5.1.1
         user unknown

        --AAA;B
        Content-Type: text/rfc822-headers

        Subject: Release them

        --AAA;B--
        """

    private func read(_ text: String) -> DeliveryReport? { DeliveryReport(Array(text.utf8)) }

    @Test("A report says for whom, what and why", arguments: ["\n", "\r\n"])
    func whole(end: String) throws {
        let report = try #require(read(Self.report.replacing("\n", with: end)))
        #expect(report.addresses == ["bounces+abc@rights.example"])
        #expect(report.outcomes == [.init(action: "failed", status: "5.1.1")])
        #expect(report.outcomes[0].isPermanent)
    }

    @Test(
        "What is late, or failed for the moment, is no permanent failure",
        arguments: [("delayed", "4.4.1"), ("failed", "4.4.7"), ("delayed", "5.1.1")])
    func passing(action: String, status: String) throws {
        let text = Self.report.replacing(
            "Action: failed\nStatus: 5.1.1", with: "Action: \(action)\nStatus: \(status)")
        let outcome = try #require(read(text)?.outcomes.first)
        #expect(outcome.isPassing && !outcome.isPermanent)
    }

    @Test("What was delivered or passed on is neither")
    func delivered() throws {
        for action in ["delivered", "relayed", "expanded", "nonsense"] {
            let text = Self.report.replacing(
                "Action: failed\nStatus: 5.1.1", with: "Action: \(action)\nStatus: 2.0.0")
            let outcome = try #require(read(text)?.outcomes.first)
            #expect(!outcome.isPassing && !outcome.isPermanent)
        }
    }

    @Test(
        "Anything else is no report",
        arguments: [
            "", "\n", "To: a@b.example\n\nHello",
            report.replacing("multipart/report", with: "multipart/mixed"),
            report.replacing("message/delivery-status", with: "text/plain"),
            report.replacing("AAA;B\"", with: "\""),
        ])
    func none(text: String) { #expect(read(text) == nil) }

    @Test("One that is too long is no report, whatever is in it")
    func tooLong() {
        let room = DeliveryReport.limit - Self.report.utf8.count
        #expect(read(Self.report + String(repeating: "\n", count: room)) != nil)
        #expect(read(Self.report + String(repeating: "\n", count: room + 1)) == nil)
    }

    @Test("A report without recipients, or with fields that say nothing, has no outcome")
    func empty() {
        #expect(read(Self.report.replacing("Final-Recipient", with: "X"))?.outcomes == [])
        #expect(read(Self.report.replacing("Status: 5.1.1", with: "Status: 9.9.9"))?.outcomes == [])
        #expect(read(Self.report.replacing("Status: 5.1.1", with: "Status: 5.1"))?.outcomes == [])
    }

    @Test("A report that ends anywhere is read without harm")
    func cut() {
        let bytes = Array(Self.report.utf8)
        for end in bytes.indices {
            let report = DeliveryReport(Array(bytes[..<end]))
            #expect((report?.outcomes.count ?? 0) <= 1)
        }
    }
}
