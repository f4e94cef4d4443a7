import Crypto
package import Domain

/// A signature or a letter between form and confirmation, as one row that only its secret opens.
///
/// ```
/// kind(1) = 1 | action(16) | tag(32) | flags(1) | length(2) | pledge | zeros
/// kind(1) = 2 | count(1) | count x (action(16) | tag(32)) | zeros           a removal
/// kind(1) = 3 | action(16) | tag(32) | length(2) | draft | zeros            a letter
/// ```
///
/// All are padded to one of the two sizes of a record, a letter always to the larger one, so that
/// the rows of a table tell little of each other.
package enum PendingRequest: Hashable, Sendable {
    case signature(action: ActionID, tag: [UInt8], flags: SignatureFlags, pledge: [UInt8])
    /// The signatures that a mailbox may take back, at most 30; none is a request that came to
    /// nothing and is stored all the same.
    case removal([Removable])
    /// `draft` is the JSON of a `LetterRequest`.
    case letter(action: ActionID, tag: [UInt8], draft: [UInt8])

    package struct Removable: Hashable, Sendable {
        package let action: ActionID
        /// 32 bytes.
        package let tag: [UInt8]

        package init(action: ActionID, tag: [UInt8]) {
            self.action = action
            self.tag = tag
        }
    }

    package static let removalLimit = 30
    private static let head = 1 + 16 + 32 + 1 + 2
    private static let letterHead = 1 + 16 + 32 + 2

    /// What fits into a letter's row.
    package static let draftLimit = RecordContent.size(allowsMessage: true) - letterHead

    /// `allowsMessage` decides the size of all but letters; throws `SealingError.pledgeTooLong` if
    /// it does not fit.
    package func sealed(for secret: MailSecret, allowsMessage: Bool) throws -> [UInt8] {
        var size = RecordContent.size(allowsMessage: allowsMessage)
        var bytes: [UInt8]
        switch self {
        case .signature(let action, let tag, let flags, let pledge):
            bytes = [1] + action.bytes + tag
            bytes.reserveCapacity(size)
            bytes.append(flags.rawValue)
            bytes += length(of: pledge)
            bytes += pledge
        case .removal(let removable):
            bytes = [2, UInt8(removable.prefix(PendingRequest.removalLimit).count)]
            for one in removable.prefix(PendingRequest.removalLimit) {
                bytes += one.action.bytes + one.tag
            }
        case .letter(let action, let tag, let draft):
            size = RecordContent.size(allowsMessage: true)
            bytes = [3] + action.bytes + tag
            bytes.reserveCapacity(size)
            bytes += length(of: draft)
            bytes += draft
        }
        guard bytes.count <= size else { throw SealingError.pledgeTooLong }
        bytes += [UInt8](repeating: 0, count: size - bytes.count)
        return try seal(bytes, under: secret.pendingKey)
    }

    private func length(of part: [UInt8]) -> [UInt8] {
        [UInt8(truncatingIfNeeded: part.count >> 8), UInt8(part.count & 255)]
    }

    /// Nil if the row does not belong to this secret.
    package init?(sealed: [UInt8], for secret: MailSecret) {
        guard let bytes = open(sealed, under: secret.pendingKey), bytes.count >= 1_536 else {
            return nil
        }
        switch bytes[0] {
        case 1:
            let length = Int(bytes[50]) << 8 | Int(bytes[51])
            guard PendingRequest.head + length <= bytes.count,
                let action = ActionID(bytes[1..<17])
            else { return nil }
            self = .signature(
                action: action, tag: Array(bytes[17..<49]),
                flags: SignatureFlags(rawValue: bytes[49]),
                pledge: Array(bytes[PendingRequest.head..<PendingRequest.head + length]))
        case 2:
            guard bytes[1] <= PendingRequest.removalLimit else { return nil }
            var removable: [Removable] = []
            for index in 0..<Int(bytes[1]) {
                let start = 2 + index * 48
                guard let action = ActionID(bytes[start..<start + 16]) else { return nil }
                removable.append(
                    Removable(action: action, tag: Array(bytes[start + 16..<start + 48])))
            }
            self = .removal(removable)
        case 3:
            let length = Int(bytes[49]) << 8 | Int(bytes[50])
            guard PendingRequest.letterHead + length <= bytes.count,
                let action = ActionID(bytes[1..<17])
            else { return nil }
            self = .letter(
                action: action, tag: Array(bytes[17..<49]),
                draft: Array(
                    bytes[PendingRequest.letterHead..<PendingRequest.letterHead + length]))
        default:
            return nil
        }
    }
}

/// `K_dedupe` of one action: makes the tag by which one mailbox counts once.
package struct DedupeKey: Sendable {
    private let hash: KeyedHash

    /// 32 bytes.
    package init(_ bytes: [UInt8]) { hash = KeyedHash(SymmetricKey(data: bytes)) }

    /// `HMAC-SHA256(K_dedupe, norm(address))`, 32 bytes.
    package func tag(for address: EmailAddress) -> [UInt8] {
        hash(Array(address.mailbox.utf8))
    }

    /// By which one mailbox writes to a target once: `HMAC-SHA256(K_dedupe, "outcry/letter" | 0 |
    /// target | 0 | norm(address))`, 32 bytes.
    package func letterTag(for address: EmailAddress, target: String) -> [UInt8] {
        hash(
            Array("outcry/letter".utf8) + [0], Array(target.utf8) + [0],
            Array(address.mailbox.utf8))
    }
}
