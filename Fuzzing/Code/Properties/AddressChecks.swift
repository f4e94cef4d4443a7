import Domain
import Foundation

/// A mail address as somebody typed it.
@Sendable func checkAddress(_ bytes: [UInt8]) throws {
    let typed = String(decoding: bytes, as: UTF8.self)
    if let host = EmailAddress.hostName(typed) {
        try requireSameBytes(
            EmailAddress.hostName(host) ?? "", host, "a host name stays what it is")
    }
    guard let address = accepted({ try EmailAddress(typed) }) else { return }
    let again = try EmailAddress(address.text)
    try requireSameBytes(again.text, address.text, "an address that is taken is taken as it is")
    try requireSameBytes(again.mailbox, address.mailbox, "and names the same mailbox")
    try checkShape(address)
    try checkMailbox(address)
    if let domain = MailProviders.suggestion(for: address.domain) {
        let meant = try EmailAddress("\(address.local)@\(domain)")
        try require(
            MailProviders.suggestion(for: meant.domain) == nil, "a suggestion is no mistake itself")
    }
}

private func checkShape(_ address: EmailAddress) throws {
    let text = address.text
    try require(text.utf8.count <= 254, "an address has at most 254 bytes")
    try require(text.utf8.count { $0 == UInt8(ascii: "@") } == 1, "an address has one @")
    try require(
        text.isOneCleanLine
            && !text.unicodeScalars.contains { "<>,;:\"()[]\\".unicodeScalars.contains($0) }
            && !text.unicodeScalars.contains(where: \.properties.isWhitespace),
        "an address can be no header, no list and no two addresses: \(text.debugDescription)")
    let labels = address.domain.split(separator: ".", omittingEmptySubsequences: false)
    try require(labels.count >= 2, "a domain has two labels or more")
    for label in labels {
        let isLabel = label.utf8.allSatisfy {
            (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2d
        }
        try require(
            isLabel && (1...63).contains(label.utf8.count), "a domain is in lower-case A-labels")
    }
}

/// Every spelling that reaches one mailbox has one name, or one person counts twice.
private func checkMailbox(_ address: EmailAddress) throws {
    let mailbox = address.mailbox
    try requireSameBytes(mailbox.nfc, mailbox, "a mailbox has its name in NFC")
    for local in [
        address.local.lowercased(), asciiUppercased(address.local),
        address.local.decomposedStringWithCanonicalMapping,
    ] {
        // Another spelling may be too long; if it is taken, it is the same.
        guard let other = accepted({ try EmailAddress("\(local)@\(address.domain)") }) else {
            continue
        }
        try requireSameBytes(other.mailbox, mailbox, "two spellings of a mailbox have one name")
    }
    if let named = accepted({ try EmailAddress(mailbox) }) {
        try requireSameBytes(named.mailbox, mailbox, "the name of a mailbox names itself")
    }
}

private func asciiUppercased(_ text: String) -> String {
    String(
        decoding: text.utf8.map { (0x61...0x7a).contains($0) ? $0 - 0x20 : $0 }, as: UTF8.self)
}
