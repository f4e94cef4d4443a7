import Crypto
package import Domain

/// The outer layout of a sealed record (protocol, section 2).
///
/// ```
/// "OS1" | suite(1) | key_id(8) | enc(1120) | ciphertext
/// ```
///
/// Suite 2 is HPKE (RFC 9180) in base mode with X-Wing (ML-KEM-768 + X25519), HKDF-SHA256 and
/// AES-256-GCM; it is the only one written or read today.
package struct Envelope: Hashable, Sendable {
    package let keyID: KeyID
    /// The encapsulated key, 1,120 bytes.
    package let encapsulated: [UInt8]
    package let ciphertext: [UInt8]

    package static let magic: [UInt8] = Array("OS1".utf8)
    package static let suite: UInt8 = 2
    package static let encapsulatedSize = 1_120
    /// What an envelope adds to what it holds, the tag of AES-GCM included.
    package static let overhead = 3 + 1 + 8 + encapsulatedSize + 16

    package init(keyID: KeyID, encapsulated: [UInt8], ciphertext: [UInt8]) {
        self.keyID = keyID
        self.encapsulated = encapsulated
        self.ciphertext = ciphertext
    }

    package var bytes: [UInt8] {
        Envelope.magic + [Envelope.suite] + keyID.bytes + encapsulated + ciphertext
    }

    /// Throws which part does not fit; nothing is decrypted here.
    package init(_ bytes: [UInt8]) throws(EnvelopeError) {
        guard bytes.count > Envelope.overhead else { throw .tooShort }
        guard bytes.starts(with: Envelope.magic) else { throw .notAnEnvelope }
        guard bytes[3] == Envelope.suite else { throw .unknownSuite(bytes[3]) }
        guard let keyID = KeyID(Array(bytes[4..<12])) else { throw .tooShort }
        self.keyID = keyID
        encapsulated = Array(bytes[12..<12 + Envelope.encapsulatedSize])
        ciphertext = Array(bytes[(12 + Envelope.encapsulatedSize)...])
    }

    /// What an envelope may hold, and the label that keeps one kind from another's place.
    package enum Kind: String, Sendable {
        case record = "outcry/seal/v1"
        case reply = "outcry/reply/v1"
    }

    /// `info` of the key schedule: `label | 0x00 | action_id | key_id`.
    package static func info(_ kind: Kind, action: ActionID, keyID: KeyID) -> [UInt8] {
        Array(kind.rawValue.utf8) + [0] + action.bytes + keyID.bytes
    }

    /// `aad` of the one message: `record_id | recipient(1)`, or the id of what else is sealed.
    package static func additionalData<ID>(
        record: Identifier<ID>, recipient: UInt8
    ) -> [UInt8] {
        record.bytes + [recipient]
    }
}

package enum EnvelopeError: Error, Hashable, Sendable {
    case tooShort, notAnEnvelope
    case unknownSuite(UInt8)
}

/// The first 8 bytes of `SHA-256(suite | public key)`.
package struct KeyID: Hashable, Sendable {
    package let bytes: [UInt8]

    /// Nil unless there are 8 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 8 else { return nil }
        self.bytes = bytes
    }

    package init(publicKey: [UInt8]) {
        bytes = Array(SHA256.hash(data: [Envelope.suite] + publicKey).prefix(8))
    }
}

extension KeyID: CustomStringConvertible {
    package var description: String { bytes.hex }
}

/// The content of a sealed record before padding and sealing.
///
/// ```
/// r(32) | r2(32) | length(2) | pledge | zeros           1,536 bytes, or 4,096 with messages
/// ```
///
/// One size an action, so that size tells nothing.
package struct RecordContent: Hashable, Sendable {
    /// 32 random bytes that open the leaf in the ledger.
    package let r: [UInt8]
    /// 32 random bytes that keep `h` from being guessed.
    package let r2: [UInt8]
    /// The exact bytes of the pledge.
    package let pledge: [UInt8]

    private static let head = 32 + 32 + 2

    package init(r: [UInt8], r2: [UInt8], pledge: [UInt8]) {
        precondition(r.count == 32 && r2.count == 32)
        self.r = r
        self.r2 = r2
        self.pledge = pledge
    }

    /// The padded size for an action.
    package static func size(allowsMessage: Bool) -> Int { allowsMessage ? 4_096 : 1_536 }

    /// How long a pledge may be.
    package static func pledgeLimit(allowsMessage: Bool) -> Int {
        size(allowsMessage: allowsMessage) - head
    }

    /// Throws `SealingError.pledgeTooLong` if the pledge does not fit.
    package func padded(allowsMessage: Bool) throws(SealingError) -> [UInt8] {
        let size = RecordContent.size(allowsMessage: allowsMessage)
        guard RecordContent.head + pledge.count <= size else { throw .pledgeTooLong }
        var bytes = r + r2
        bytes.reserveCapacity(size)
        bytes.append(UInt8(truncatingIfNeeded: pledge.count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: pledge.count))
        bytes += pledge
        bytes += [UInt8](repeating: 0, count: size - bytes.count)
        return bytes
    }

    /// Nil if the bytes are not what `padded` makes.
    package init?(padded bytes: [UInt8]) {
        guard bytes.count >= RecordContent.head else { return nil }
        let length = Int(bytes[64]) << 8 | Int(bytes[65])
        let end = RecordContent.head + length
        guard end <= bytes.count, bytes[end...].allSatisfy({ $0 == 0 }) else { return nil }
        r = Array(bytes[..<32])
        r2 = Array(bytes[32..<64])
        pledge = Array(bytes[RecordContent.head..<end])
    }

    /// `SHA-256(r2 | pledge)`.
    package var h: [UInt8] { Array(SHA256.hash(data: r2 + pledge)) }

    /// `C = SHA-256("outcry/leaf/v1" | action_id | r | h)`: what the ledger shows.
    package func leaf(action: ActionID) -> [UInt8] {
        Array(SHA256.hash(data: Array("outcry/leaf/v1".utf8) + action.bytes + r + h))
    }
}

package enum SealingError: Error, Hashable, Sendable {
    case pledgeTooLong
    case letterTooLong
    /// Not an X-Wing public key of 1,216 bytes, or one that is all zeros.
    case badPublicKey
    case noRecipient
}
