package import Domain

/// One mail to one person, as it waits in the spool; it holds no text that a supporter wrote.
package struct MailJob: Hashable, Sendable {
    /// Names the mail in its Message-ID; 32 hexadecimal digits.
    package let id: String
    package let to: String
    /// The one name of the mailbox, under which mails are counted.
    package let mailbox: String
    /// Nil for a mail that belongs to none.
    package let action: ActionID?
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
        self.action = action
        self.subject = subject
        self.text = text
        self.created = created
        self.isSilent = isSilent
    }

    /// Tried for four hours, then dropped; the person signs again.
    package static let lifeSeconds: Double = 4 * 3600
    /// Mails to one address in one day, in all.
    package static let mailsPerDay = 3
}

// As it lies in the spool, before it is sealed.
//
// ```
// isSilent(1) | created(8, IEEE 754) | six times: length(4) | bytes
//                                      id, to, mailbox, action (0 or 16 bytes), subject, text
// ```
extension MailJob {
    var bytes: [UInt8] {
        var bytes: [UInt8] = [isSilent ? 1 : 0]
        bytes.reserveCapacity(256 + text.utf8.count)
        append(created.bitPattern, to: &bytes)
        for part in [
            Array(id.utf8), Array(to.utf8), Array(mailbox.utf8), action?.bytes ?? [],
            Array(subject.utf8), Array(text.utf8),
        ] {
            append(UInt32(part.count), to: &bytes)
            bytes += part
        }
        return bytes
    }

    /// Nil for anything else; what follows is not looked at.
    init?(bytes: [UInt8]) {
        var rest = bytes[...]
        guard let isSilent = rest.popFirst(), let created = number(8, from: &rest) else {
            return nil
        }
        var parts: [ArraySlice<UInt8>] = []
        for _ in 0..<6 {
            guard let length = number(4, from: &rest), length <= rest.count else { return nil }
            parts.append(rest.prefix(Int(length)))
            rest = rest.dropFirst(Int(length))
        }
        self.isSilent = isSilent == 1
        self.created = Double(bitPattern: created)
        id = String(decoding: parts[0], as: UTF8.self)
        to = String(decoding: parts[1], as: UTF8.self)
        mailbox = String(decoding: parts[2], as: UTF8.self)
        action = ActionID(parts[3])
        subject = String(decoding: parts[4], as: UTF8.self)
        text = String(decoding: parts[5], as: UTF8.self)
    }
}

private func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
}

private func number(_ size: Int, from bytes: inout ArraySlice<UInt8>) -> UInt64? {
    guard bytes.count >= size else { return nil }
    defer { bytes = bytes.dropFirst(size) }
    return bytes.prefix(size).reduce(0) { $0 << 8 | UInt64($1) }
}

/// Who carries mails away.
package protocol MailTransport: Sendable {
    /// Never throws: what went wrong is one of five things, and each has its own answer.
    func send(_ job: MailJob) async -> RelayAnswer
}

package enum RelayAnswer: Hashable, Sendable {
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
