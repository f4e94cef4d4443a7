import Crypto
package import Domain

/// The key of letters that wait for their mail: they must outlive the machine's power, so they lie
/// in the database, and this key lies in the credentials folder.
///
/// ```
/// id(16) | nonce(12) | AES-256-GCM of the letter and zeros | tag(16)      16,384 bytes
///   authenticated: "outcry/letter/v1" | 0x00 | id | action(16)
///
/// the letter: six times  length(2) | bytes
///             target, language, subject, text, name, reply-to (empty for none)
/// ```
package struct LetterKey: Sendable {
    private let key: SymmetricKey
    private let bounces: KeyedHash

    /// All sealed letters have this size.
    package static let size = 16_384
    private static let plainSize = size - 16 - 12 - 16

    /// 32 bytes.
    package init(_ bytes: [UInt8]) {
        let source = KeySource(bytes)
        key = source.key("outcry/letter/key")
        bounces = KeyedHash(source.key("outcry/letter/bounce"))
    }

    /// Throws `SealingError.letterTooLong` if it does not fit.
    package func seal(_ letter: Letter, of action: ActionID) throws -> [UInt8] {
        let id = LetterID.random()
        var bytes: [UInt8] = []
        bytes.reserveCapacity(LetterKey.plainSize)
        for part in [
            letter.target, letter.language, letter.subject, letter.text, letter.name,
            letter.replyTo ?? "",
        ] {
            let part = Array(part.utf8)
            guard bytes.count + 2 + part.count <= LetterKey.plainSize else {
                throw SealingError.letterTooLong
            }
            bytes += [UInt8(part.count >> 8), UInt8(part.count & 255)] + part
        }
        bytes += [UInt8](repeating: 0, count: LetterKey.plainSize - bytes.count)
        return try id.bytes
            + Sealing.seal(bytes, under: key, authenticating: Self.data(id.bytes, action))
    }

    /// Nil if it was not sealed under this key for this action.
    package func open(_ sealed: [UInt8], of action: ActionID) -> Letter? {
        guard sealed.count == LetterKey.size,
            let bytes = Sealing.open(
                Array(sealed[16...]), under: key,
                authenticating: Self.data(Array(sealed[..<16]), action))
        else { return nil }
        var rest = bytes[...]
        var parts: [String] = []
        for _ in 0..<6 {
            guard let high = rest.popFirst(), let low = rest.popFirst(),
                let part = String(validating: rest.prefix(Int(high) << 8 | Int(low)), as: UTF8.self)
            else { return nil }
            rest = rest.dropFirst(Int(high) << 8 | Int(low))
            parts.append(part)
        }
        return Letter(
            target: parts[0], language: parts[1], subject: parts[2], text: parts[3],
            name: parts[4], replyTo: parts[5].isEmpty ? nil : parts[5])
    }

    /// What only we can put into the address that failures of mail to `mailbox` are reported to:
    /// 26 characters of base32, in small letters since mail systems may change the case.
    package func bounceToken(for mailbox: String) -> String {
        Array(bounces(Array(mailbox.lowercased().utf8)).prefix(16)).base32.lowercased()
    }

    private static func data(_ id: [UInt8], _ action: ActionID) -> [UInt8] {
        Array("outcry/letter/v1".utf8) + [0] + id + action.bytes
    }
}
