import Crypto
package import Domain
import Foundation

/// Seals records to the keepers' public keys; holds nothing that could open one.
package struct Sealer: Sendable {
    private let keepers: [RecipientKey]

    /// One or two keepers; the first seals the inside, the second seals the first's record again.
    package init(keepers: [RecipientKey]) throws(SealingError) {
        guard (1...2).contains(keepers.count) else { throw .noRecipient }
        self.keepers = keepers
    }

    package var keyIDs: [KeyID] { keepers.map(\.id) }

    /// `recipient` is 0 for the organisation, 1 and up for partners.
    package func seal(
        _ content: RecordContent, action: ActionID, record: RecordID, recipient: UInt8 = 0,
        allowsMessage: Bool
    ) throws -> [UInt8] {
        try seal(
            content.padded(allowsMessage: allowsMessage), .record, action,
            authenticating: Envelope.additionalData(record: record, recipient: recipient))
    }

    /// Throws `SealingError.pledgeTooLong` for a reply that is longer than its form allows.
    package func seal(_ reply: Reply, action: ActionID, id: ReplyID) throws -> [UInt8] {
        try seal(
            ReplyContent.padded(reply), .reply, action,
            authenticating: Envelope.additionalData(record: id, recipient: 0))
    }

    private func seal(
        _ content: [UInt8], _ kind: Envelope.Kind, _ action: ActionID,
        authenticating additionalData: [UInt8]
    ) throws -> [UInt8] {
        var bytes = content
        for keeper in keepers {
            var sender = try HPKE.Sender(
                recipientKey: keeper.key,
                ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256,
                info: Data(Envelope.info(kind, action: action, keyID: keeper.id)))
            let ciphertext = try sender.seal(bytes, authenticating: additionalData)
            bytes =
                Envelope(
                    keyID: keeper.id, encapsulated: Array(sender.encapsulatedKey),
                    ciphertext: Array(ciphertext)
                ).bytes
        }
        return bytes
    }
}

/// A keeper's X-Wing public key.
package struct RecipientKey: Sendable {
    /// 1,216 bytes.
    package let bytes: [UInt8]
    package let id: KeyID
    let key: XWingMLKEM768X25519.PublicKey

    package static let size = 1_216

    package init(_ bytes: [UInt8]) throws(SealingError) {
        guard bytes.count == RecipientKey.size, bytes.contains(where: { $0 != 0 }),
            bytes.suffix(32).contains(where: { $0 != 0 }),
            let key = try? XWingMLKEM768X25519.PublicKey(rawRepresentation: bytes),
            Self.canBeSealedTo(key)
        else { throw .badPublicKey }
        self.bytes = bytes
        self.key = key
        id = KeyID(publicKey: bytes)
    }

    /// A damaged key shows only in use: numbers that are none of ML-KEM, a point of low order.
    private static func canBeSealedTo(_ key: XWingMLKEM768X25519.PublicKey) -> Bool {
        let sender = try? HPKE.Sender(
            recipientKey: key, ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256, info: Data())
        return sender != nil
    }
}
