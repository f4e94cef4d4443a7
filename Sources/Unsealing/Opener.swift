import Crypto
package import Domain
import Foundation
package import Sealing

/// Opens sealed records with the key books of one or two keepers.
package struct Opener: Sendable {
    private let books: [OpenedKeyBook]

    package init(books: [OpenedKeyBook]) { self.books = books }

    /// Opens all layers of one record and checks it against its leaf in the ledger.
    package func open(
        _ sealed: [UInt8], action: ActionID, record: RecordID, recipient: UInt8 = 0,
        leaf: [UInt8]? = nil
    ) throws(OpeningError) -> (content: RecordContent, pledge: Pledge) {
        let bytes = try openLayers(
            sealed, .record, action, to: contentSizes,
            authenticating: Envelope.additionalData(record: record, recipient: recipient))
        guard let content = RecordContent(padded: bytes) else { throw .malformed }
        if let leaf, leaf != content.leaf(action: action) { throw .notInLedger }
        guard let pledge = try? Pledge(json: content.pledge) else { throw .malformed }
        return (content, pledge)
    }

    /// Opens all layers of a reply that a supporter handed in.
    package func open(
        _ sealed: [UInt8], action: ActionID, reply: ReplyID
    ) throws(OpeningError) -> Reply {
        let bytes = try openLayers(
            sealed, .reply, action, to: [ReplyContent.size],
            authenticating: Envelope.additionalData(record: reply, recipient: 0))
        guard let reply = ReplyContent.reply(padded: bytes) else { throw .malformed }
        return reply
    }

    /// The sizes of a content are no sizes of an envelope, so they tell the layers apart.
    private func openLayers(
        _ sealed: [UInt8], _ kind: Envelope.Kind, _ action: ActionID, to sizes: Set<Int>,
        authenticating additionalData: [UInt8]
    ) throws(OpeningError) -> [UInt8] {
        var bytes = sealed
        while !sizes.contains(bytes.count) {
            bytes = try openLayer(bytes, kind, action, authenticating: additionalData)
        }
        return bytes
    }

    private func openLayer(
        _ bytes: [UInt8], _ kind: Envelope.Kind, _ action: ActionID,
        authenticating additionalData: [UInt8]
    ) throws(OpeningError) -> [UInt8] {
        let envelope: Envelope
        do {
            envelope = try Envelope(bytes)
        } catch .tooShort {
            throw .truncated
        } catch {
            throw .malformed
        }
        guard let key = books.lazy.compactMap({ $0.key(envelope.keyID) }).first else {
            throw .noKey(envelope.keyID)
        }
        do {
            var recipientContext = try HPKE.Recipient(
                privateKey: key.privateKey,
                ciphersuite: .XWingMLKEM768X25519_SHA256_AES_GCM_256,
                info: Data(Envelope.info(kind, action: action, keyID: envelope.keyID)),
                encapsulatedKey: Data(envelope.encapsulated))
            return Array(
                try recipientContext.open(
                    envelope.ciphertext, authenticating: additionalData))
        } catch {
            throw .tampered
        }
    }
}

private let contentSizes: Set = [
    RecordContent.size(allowsMessage: false), RecordContent.size(allowsMessage: true),
]

package enum OpeningError: Error, Hashable, Sendable {
    /// No book given holds the key; perhaps it is the other keeper's.
    case noKey(KeyID)
    /// One bit of it, its record id or its action is not what was sealed.
    case tampered
    case truncated
    /// It opened, and holds no pledge.
    case malformed
    /// It opened, and is not what the ledger promises.
    case notInLedger
}
