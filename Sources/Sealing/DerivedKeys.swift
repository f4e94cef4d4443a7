import Crypto
package import Domain
import Foundation

/// A secret from which keys are derived: HKDF-SHA256 (RFC 5869) with an empty salt and 32 bytes
/// out, a label as `info`. What is the same for every label is done once.
struct KeySource: Sendable {
    private let expand: KeyedHash

    init(_ secret: [UInt8]) {
        let extracted = HKDF<SHA256>.extract(
            inputKeyMaterial: SymmetricKey(data: secret), salt: [UInt8]())
        expand = KeyedHash(SymmetricKey(data: extracted))
    }

    func key(_ label: String) -> SymmetricKey {
        // As many bytes as one hash has are the first block of RFC 5869, section 2.3, alone.
        SymmetricKey(data: expand(Array(label.utf8), [1]))
    }
}

/// HMAC-SHA256 under a key that is taken in once.
struct KeyedHash: Sendable {
    private let start: HMAC<SHA256>

    init(_ key: SymmetricKey) { start = HMAC(key: key) }

    /// 32 bytes for these bytes, one after the other.
    func callAsFunction(_ parts: [UInt8]...) -> [UInt8] {
        var bytes: [UInt8] = []
        for part in parts { bytes += part }
        var hash = start
        hash.update(data: bytes)
        return hash.finalize().withUnsafeBytes { Array($0) }
    }
}

/// `s` of the protocol: what only the mail and the ticket hold; it finds and opens one row.
package struct MailSecret: Sendable {
    /// 32 bytes.
    package let bytes: [UInt8]
    private let source: KeySource

    package static func random() -> MailSecret { MailSecret(drawn: randomBytes(32)) }

    /// Reads the 43 characters of a link; nil for anything else.
    package init?(link: some StringProtocol) {
        guard link.utf8.count == 43, let bytes = [UInt8](base64URL: link) else { return nil }
        self.init(drawn: bytes)
    }

    /// Nil unless there are 32 bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(drawn: bytes)
    }

    private init(drawn: [UInt8]) {
        bytes = drawn
        source = KeySource(drawn)
    }

    /// 43 base64url characters.
    package var link: String { bytes.base64URL }

    /// The key of its row, 32 bytes.
    package var pendingID: [UInt8] { source.key("outcry/pending/id").bytes }

    var pendingKey: SymmetricKey { source.key("outcry/pending/key") }
    var againKey: SymmetricKey { source.key("outcry/again") }
}

extension MailSecret: Hashable {
    package static func == (left: MailSecret, right: MailSecret) -> Bool {
        left.bytes == right.bytes
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(bytes) }
}

extension WithdrawalCode {
    package static func random() -> WithdrawalCode {
        // Sixteen bytes are always a code.
        WithdrawalCode(bytes: randomBytes(16)) ?? .random()
    }

    /// `HKDF(w, "outcry/withdraw")`: shown in the ledger once the code is used.
    package var preimage: [UInt8] { KeySource(bytes).key("outcry/withdraw").bytes }

    /// `SHA-256` of the preimage: what finds the record, and stands in its ledger entry.
    package var lookup: [UInt8] { Array(SHA256.hash(data: preimage)) }

    /// AES-GCM under `HKDF(w, "outcry/receipt")` of `r | h`, 64 bytes and 28 more.
    package func sealReceipt(r: [UInt8], h: [UInt8]) throws -> [UInt8] {
        try seal(r + h, under: KeySource(bytes).key("outcry/receipt"))
    }

    /// `r | h`, 64 bytes; nil if the receipt is not this code's.
    package func openReceipt(_ sealed: [UInt8]) -> [UInt8]? {
        open(sealed, under: KeySource(bytes).key("outcry/receipt")).flatMap {
            $0.count == 64 ? $0 : nil
        }
    }
}

/// What became of a letter that was confirmed.
package struct LetterPlace: Hashable, Sendable {
    /// The target's place in the action, from 0.
    package let target: Int
    /// Whether this mailbox has written to it before: then this letter is not sent.
    package let isSecond: Bool

    package init(target: Int, isSecond: Bool) {
        self.target = target
        self.isSecond = isSecond
    }
}

/// The answer that a secret gets again, sealed under it.
///
/// ```
/// w(16), or zeros for "counted before" | action(16) | number(8)
/// zeros(16)                            | action(16) | -1 - 2 x target - is_second      a letter
/// ```
package struct SpentAnswer: Hashable, Sendable {
    /// Nil if the mailbox was counted before, by another mail; no drawn code is all zeros.
    package let code: WithdrawalCode?
    package let action: ActionID
    /// The public number that was shown with the answer: the page is the same again.
    package let number: Int
    /// Nil for a signature.
    package let letter: LetterPlace?

    package init(code: WithdrawalCode?, action: ActionID, number: Int = 0) {
        self.code = code
        self.action = action
        self.number = number
        letter = nil
    }

    package init(letter: LetterPlace, action: ActionID) {
        code = nil
        self.action = action
        number = 0
        self.letter = letter
    }

    package func sealed(for secret: MailSecret) throws -> [UInt8] {
        let first = code?.bytes ?? [UInt8](repeating: 0, count: 16)
        let last = letter.map { -1 - 2 * $0.target - ($0.isSecond ? 1 : 0) } ?? number
        let digits = UInt64(bitPattern: Int64(last)).bytes
        return try seal(first + action.bytes + digits, under: secret.againKey)
    }

    /// Nil if the bytes were not sealed for this secret.
    package init?(sealed: [UInt8], for secret: MailSecret) {
        guard let bytes = open(sealed, under: secret.againKey), bytes.count == 40,
            let action = ActionID(bytes[16..<32])
        else { return nil }
        let first = Array(bytes[..<16])
        code = first.allSatisfy { $0 == 0 } ? nil : WithdrawalCode(bytes: first)
        self.action = action
        let last = Int(Int64(bitPattern: UInt64(bytes: bytes[32...])))
        guard last >= 0 || code == nil else { return nil }
        number = max(0, last)
        letter =
            last < 0
            ? LetterPlace(target: (-1 - last) / 2, isSecond: (-1 - last) % 2 == 1) : nil
    }
}

extension SymmetricKey {
    var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}

/// AES-256-GCM with a random nonce: `nonce(12) | ciphertext | tag(16)`.
func seal(
    _ bytes: [UInt8], under key: SymmetricKey, authenticating data: [UInt8] = []
) throws -> [UInt8] {
    let box = try AES.GCM.seal(bytes, using: key, authenticating: data)
    // With a nonce of 12 bytes there always is one.
    guard let sealed = box.combined else { throw CryptoKitError.incorrectParameterSize }
    return Array(sealed)
}

/// Nil if one bit of it, of the key or of the data is not what `seal` was given.
func open(
    _ bytes: [UInt8], under key: SymmetricKey, authenticating data: [UInt8] = []
) -> [UInt8]? {
    guard let box = try? AES.GCM.SealedBox(combined: bytes) else { return nil }
    return try? Array(AES.GCM.open(box, using: key, authenticating: data))
}
