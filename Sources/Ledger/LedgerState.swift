import Crypto
package import Domain

/// What the entries of a ledger add up to, by the rules of the protocol (section 4).
///
/// ```
///            sign          set aside           withdraw, remove
/// (nothing) ------> counted <-------> aside ------------------> withdrawn | removed
///                       |    readmit                                  ^
///                       +---------------------------------------------+
/// ```
package struct LedgerState: Sendable {
    /// How many entries it has seen.
    package private(set) var size = 0
    /// The number: sign entries that are counted now.
    package private(set) var counted = 0
    /// Signatures that were taken back with their code.
    package private(set) var withdrawn = 0
    /// Signatures that were taken back without it, through a mailed link.
    package private(set) var removed = 0
    /// Signatures that the organisation set aside, by reason.
    package private(set) var aside: [UInt8: Int] = [:]
    /// Signatures on paper, a number of its own.
    package private(set) var paper = 0

    private var standings: [Standing] = []
    /// The batches on paper that were not taken back, by index.
    private var batches: [Int: Int] = [:]
    /// What the code of each sign entry hashes to; only where codes are checked.
    private var lookups: [TreeHash]?

    /// One byte for each entry of the ledger.
    private struct Standing: Equatable {
        let byte: UInt8

        static let none = Standing(byte: 0)
        static let counted = Standing(byte: 1)
        static let withdrawn = Standing(byte: 2)
        static let removed = Standing(byte: 3)

        static func aside(_ reason: UInt8) -> Standing { Standing(byte: 16 + reason) }

        var asideReason: UInt8? { byte >= 16 ? byte - 16 : nil }
    }

    /// What has become of one signature.
    package enum SignatureState: Hashable, Sendable {
        case counted, withdrawn, removed
        /// With the reason.
        case aside(UInt8)
    }

    /// Nil if the entry at `index` is no signature.
    package func signature(at index: Int) -> SignatureState? {
        guard standings.indices.contains(index) else { return nil }
        return switch standings[index] {
        case .none: nil
        case .counted: .counted
        case .withdrawn: .withdrawn
        case .removed: .removed
        case let standing: standing.asideReason.map { .aside($0) }
        }
    }

    /// An entry that the rules do not allow, and where.
    package struct Violation: Error, Hashable, Sendable, CustomStringConvertible {
        package let index: Int
        package let reason: Reason

        package init(index: Int, reason: Reason) {
            self.index = index
            self.reason = reason
        }

        package enum Reason: String, Sendable {
            case first = "the first entry, and no other, opens the ledger"
            case noSuchSignature = "is about an entry that is no signature before it"
            case transition = "does what cannot be done to a signature in that state"
            case code = "takes back a signature without its code"
            case batch = "takes back signatures on paper that are not there"
            case malformed = "has bytes where its type has none"
        }

        package var description: String { "entry \(index) \(reason.rawValue)" }
    }

    /// `checksCodes` costs 32 bytes an entry; who has made the entries need not.
    package init(checksCodes: Bool) { lookups = checksCodes ? [] : nil }

    /// Takes the next entry; after a violation nothing has changed.
    package mutating func append(_ entry: LedgerEntry) throws(Violation) {
        guard (entry.kind == .open) == (size == 0) else { throw violation(.first) }
        var standing = Standing.none
        switch entry.kind {
        case .open, .keyChange, .close, .audit, .newVersion, .statement: break
        case .sign:
            counted += 1
            standing = .counted
        case .paper: try count(entry)
        case .setAside, .readmit: try judge(entry)
        case .withdraw:
            try checkCode(entry)
            try end(entry, as: .withdrawn)
            withdrawn += 1
        case .removedOnRequest:
            try end(entry, as: .removed)
            removed += 1
        }
        standings.append(standing)
        lookups?.append(
            entry.kind == .sign ? TreeHash(entry.b) ?? .empty : .empty)
        size += 1
    }

    private func violation(_ reason: Violation.Reason) -> Violation {
        Violation(index: size, reason: reason)
    }

    private mutating func count(_ entry: LedgerEntry) throws(Violation) {
        switch LedgerEntry.Paper(entry.b) {
        case nil: throw violation(.malformed)
        case .counted(let signatures):
            batches[size] = Int(signatures)
            paper += Int(signatures)
        case .takenBack(let batch):
            guard let signatures = batches.removeValue(forKey: batch) else {
                throw violation(.batch)
            }
            paper -= signatures
        }
    }

    private func signature(of entry: LedgerEntry) throws(Violation) -> Int {
        guard let index = entry.index, index < size, standings[index] != .none else {
            throw violation(.noSuchSignature)
        }
        return index
    }

    private mutating func judge(_ entry: LedgerEntry) throws(Violation) {
        let index = try signature(of: entry)
        guard let judgement = LedgerEntry.Judgement(entry.b), judgement.reason < 128 else {
            throw violation(.malformed)
        }
        switch (entry.kind, standings[index].asideReason) {
        case (.setAside, nil) where standings[index] == .counted:
            counted -= 1
            aside[judgement.reason, default: 0] += 1
            standings[index] = .aside(judgement.reason)
        case (.readmit, let reason?):
            forget(reason)
            counted += 1
            standings[index] = .counted
        default: throw violation(.transition)
        }
    }

    private mutating func forget(_ reason: UInt8) {
        aside[reason, default: 0] -= 1
        if aside[reason] == 0 { aside[reason] = nil }
    }

    private mutating func end(_ entry: LedgerEntry, as end: Standing) throws(Violation) {
        let index = try signature(of: entry)
        if let reason = standings[index].asideReason {
            forget(reason)
        } else if standings[index] == .counted {
            counted -= 1
        } else {
            throw violation(.transition)
        }
        standings[index] = end
    }

    private func checkCode(_ entry: LedgerEntry) throws(Violation) {
        guard let lookups else { return }
        let index = try signature(of: entry)
        guard TreeHash(SHA256.hash(data: Array(entry.b))) == lookups[index] else {
            throw violation(.code)
        }
    }
}
