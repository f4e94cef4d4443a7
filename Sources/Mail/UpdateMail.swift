package import Domain
package import Foundation

/// News to somebody who asked for it, with the link that ends it (RFC 8058).
package struct UpdateMail: Sendable {
    package let to: EmailAddress
    package let subject: String
    /// Plain text, lines of any length, line feeds.
    package let text: String
    /// What ends these mails to this person: a page for people, one POST for mail programs.
    package let link: String

    package init(to: EmailAddress, subject: String, text: String, link: String) {
        self.to = to
        self.subject = subject
        self.text = text
        self.link = link
    }

    /// As it goes over the wire; `from` is the bare sender address, `name` who stands before it.
    package func outgoing(from: String, name: String, date: Date) -> OutgoingMail {
        let id = "\(randomBytes(16).hex)@\(mailDomain(of: from))"
        return OutgoingMail(
            sender: from, recipient: to.text,
            bytes: mailBytes(
                headers: [
                    "Date: \(mailDate(date))",
                    "From: \(quotedName(name)) <\(from)>",
                    "To: \(to.text)",
                    "Subject: \(encodedHeader(subject))",
                    "Message-ID: <\(id)>",
                    "Auto-Submitted: auto-generated",
                    // One line each, however long: signatures over headers break at folds.
                    "List-Unsubscribe: <\(link)>",
                    "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
                ], text: text))
    }
}
