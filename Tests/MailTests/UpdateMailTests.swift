import Domain
import Foundation
import Testing

@testable import Mail

struct UpdateMailTests {
    @Test("The two headers that end it are one line each, however long the address is")
    func headers() throws {
        let host = (1...20).map { "label-of-a-long-host-\($0)" }.joined(separator: ".")
        let link = "https://\(host)/u/\(String(repeating: "A", count: 43))"
        let mail = UpdateMail(
            to: try EmailAddress("ada@example.org"), subject: "Sərbəstdirlər\r\nBcc: x@y.example",
            text: "Dear Ada\n", link: link
        ).outgoing(from: "action@rights.example", name: "Rights", date: Date())
        let text = String(decoding: mail.bytes, as: UTF8.self)
        let lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines.contains("List-Unsubscribe: <\(link)>"))
        #expect(lines.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"))
        #expect(!lines.contains { $0.hasPrefix("Bcc") })
        #expect(mail.recipient == "ada@example.org" && mail.sender == "action@rights.example")
    }
}
