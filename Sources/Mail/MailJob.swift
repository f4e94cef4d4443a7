package import Domain

/// One mail to one person, as it waits in the spool; it holds no text that a supporter wrote.
package struct MailJob: Codable, Hashable, Sendable {
    /// Names the mail in its Message-ID; 32 hexadecimal digits.
    package let id: String
    package let to: String
    /// The one name of the mailbox, under which mails are counted.
    package let mailbox: String
    /// The action's id in hexadecimal; nil for a mail that belongs to none.
    package let action: String?
    package let subject: String
    /// Plain text, lines of any length, line feeds.
    package let text: String
    /// Seconds since 1970.
    package let created: Double
    /// A job that is stored like any other and never sent: what is asked for a mailbox that is
    /// not counted costs the same and looks the same.
    package let isSilent: Bool

    package init(
        to address: EmailAddress, action: ActionID?, subject: String, text: String,
        created: Double, isSilent: Bool = false
    ) {
        id = randomBytes(16).hex
        to = address.text
        mailbox = address.mailbox
        self.action = action?.description
        self.subject = subject
        self.text = text
        self.created = created
        self.isSilent = isSilent
    }

    package var actionID: ActionID? {
        action.flatMap { [UInt8](hex: $0) }.flatMap { ActionID($0) }
    }

    /// Tried for four hours, then dropped; the person signs again.
    package static let lifeSeconds: Double = 4 * 3600
    /// Mails to one address in one day, in all.
    package static let mailsPerDay = 3
}

/// Who carries mails away.
package protocol MailTransport: Sendable {
    /// Never throws: what went wrong is one of five things, and each has its own answer.
    func send(_ job: MailJob) async -> Delivery
}

package enum Delivery: Hashable, Sendable {
    /// The relay has taken it.
    case accepted
    /// The relay said "not now" to this mail; worth another try.
    case later
    /// The relay will never take it.
    case refused
    /// Cut off after the text was handed over: it may have been taken, so it is not sent again.
    case unknown
    /// No relay answers; nothing was handed over.
    case relayDown
}
