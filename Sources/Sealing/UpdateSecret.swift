import Crypto
package import Domain

/// What a keeper's links for ending updates are made with; it never leaves the keeper's computer.
package struct UpdateSecret: Sendable {
    private let hash: KeyedHash

    /// Nil unless there are 32 bytes.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        hash = KeyedHash(SymmetricKey(data: bytes))
    }

    /// `HMAC-SHA256(secret, "outcry/update" | record_id)`
    package func token(for record: RecordID) -> UpdateToken {
        UpdateToken(drawn: hash(Array("outcry/update".utf8), record.bytes))
    }

    /// `HMAC-SHA256(secret, "outcry/update-sent" | record_id)`: what a journal calls somebody.
    package func journalName(of record: RecordID) -> [UInt8] {
        hash(Array("outcry/update-sent".utf8), record.bytes)
    }

    /// `HMAC-SHA256(secret, "outcry/update-message" | action_id | SHA-256(message))`: what a journal
    /// is about.
    package func journalHead(action: ActionID, message: [UInt8]) -> [UInt8] {
        hash(Array("outcry/update-message".utf8), action.bytes, digest(message))
    }
}

/// What a link holds that ends the updates to one person; the server keeps its hash only.
package struct UpdateToken: Hashable, Sendable {
    private let bytes: [UInt8]

    fileprivate init(drawn: [UInt8]) { bytes = drawn }

    /// Reads the 43 characters of a link; nil for anything else.
    package init?(link: some StringProtocol) {
        guard link.utf8.count == 43, let bytes = [UInt8](base64URL: link) else { return nil }
        self.init(drawn: bytes)
    }

    /// 43 base64url characters.
    package var link: String { bytes.base64URL }

    /// `SHA-256(token)`
    package var hash: [UInt8] { digest(bytes) }
}
