package import Domain
import Foundation

/// A letter on its way to a mailbox of its target.
package struct LetterMail: Hashable, Sendable {
    package let id: LetterID
    /// A bare address.
    package let to: String
    /// Who sends it for its writer.
    package let sender: LetterSender
    /// The address that failures are reported to.
    package let bounces: String
    package let letter: Letter
    /// Stands below the letter; empty for nothing.
    package let footer: String

    package init(
        id: LetterID, to: String, sender: LetterSender, bounces: String, letter: Letter,
        footer: String
    ) {
        self.id = id
        self.to = to
        self.sender = sender
        self.bounces = bounces
        self.letter = letter
        self.footer = footer
    }

    /// Somebody wrote this, so nothing says that a machine did. It comes from the organisation's
    /// address, which it may use (DMARC); the writer's address is in it only if they wished so.
    func bytes(date: Date) -> [UInt8] {
        let name = "\(letter.name) via \(sender.name)"
        let replyTo = letter.replyTo.map {
            ["Reply-To: \(quotedName(letter.name)) <\($0)>"]
        }
        return mailBytes(
            headers: [
                "Date: \(mailDate(date))",
                "From: \(quotedName(name)) <\(sender.address)>",
            ] + (replyTo ?? []) + [
                "To: \(to)",
                "Subject: \(encodedHeader(letter.subject))",
                "Message-ID: <\(id)@\(mailDomain(of: sender.address))>",
                "Content-Language: \(letter.language)",
            ], text: text)
    }

    package var text: String { footer.isEmpty ? letter.text : "\(letter.text)\n\n\(footer)\n" }
}

/// In whose name letters are carried.
package struct LetterSender: Hashable, Sendable {
    /// A bare address.
    package let address: String
    /// The organisation's name.
    package let name: String
    /// Where failures are reported, a bare address.
    package let bounceAddress: String

    package init(address: String, name: String, bounceAddress: String? = nil) {
        self.address = address
        self.name = name
        self.bounceAddress = bounceAddress ?? address
    }

    /// `bounces+TOKEN@rights.example`: whoever reports a failure must know the token.
    package func bounceAddress(token: String) -> String {
        let parts = bounceAddress.split(separator: "@", maxSplits: 1)
        return parts.count == 2 ? "\(parts[0])+\(token)@\(parts[1])" : bounceAddress
    }

    /// The token in an address that failures came to; nil for any other address.
    package func token(in address: String) -> String? {
        let parts = bounceAddress.lowercased().split(separator: "@", maxSplits: 1)
        let address = address.lowercased()
        guard parts.count == 2, address.hasPrefix("\(parts[0])+"),
            address.hasSuffix("@\(parts[1])")
        else { return nil }
        return String(address.dropFirst(parts[0].count + 1).dropLast(parts[1].count + 1))
    }
}

/// Who carries letters away.
package protocol LetterTransport: Sendable {
    func send(_ mail: LetterMail) async -> HandOver
}

extension SMTPRelay: LetterTransport {
    package func send(_ mail: LetterMail) async -> HandOver {
        await handOver(
            OutgoingMail(
                sender: mail.bounces, recipient: mail.to, bytes: mail.bytes(date: Date())))
    }
}
