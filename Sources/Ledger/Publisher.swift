package import Domain
import Foundation
package import Storage

/// Makes ledgers public: as static files, the checkpoint last, and then as numbers.
///
/// The database is the truth. What a crash has left undone is done by the next `publish`, with the
/// same bytes; a checkpoint that was published is never contradicted.
package actor Publisher {
    private let store: any Store
    private let files: any LedgerFiles
    private let identity: Sequencer.Identity
    private let standings: Standings
    private var published: [ActionID: (row: LedgerRow, statements: Int)] = [:]
    /// The newest whose checkpoint anybody may have read, published to the end or not: nothing
    /// older is ever written over it.
    private var newest: [ActionID: LedgerRow] = [:]

    package init(
        store: any Store, files: any LedgerFiles, identity: Sequencer.Identity,
        standings: Standings
    ) {
        self.store = store
        self.files = files
        self.identity = identity
        self.standings = standings
    }

    /// What was published and is not in the database.
    package enum Contradiction: Error, Hashable, Sendable {
        /// The database has fewer entries than a checkpoint that was served: it is older.
        case behind(origin: String, known: Int, here: Int)
        /// Both have as many and other ones, or other ones before.
        case fork(origin: String, size: Int)
        /// The published checkpoint is not one that this installation has signed.
        case unreadable(String)
    }

    /// These stand still until the next start.
    func halt(_ actions: Set<ActionID>) { standings.halt(actions) }

    /// Compares what lies published with the database; throws `Contradiction`. To be asked before
    /// anything is signed. Nothing is to be signed for `frozen` ledgers, whose key is lost.
    package func check(frozen: Set<ActionID> = []) async throws {
        standings.freeze(frozen)
        let (actions, rows) = try await store.read { (try $0.actions(), try $0.ledgers()) }
        for action in actions where !frozen.contains(action.id) {
            let row = rows.first { $0.action == action.id }
            guard let known = try publishedCheckpoint(slug: action.slug, row) else { continue }
            try await check(known, against: row)
        }
    }

    private func publishedCheckpoint(slug: String, _ row: LedgerRow?) throws -> Checkpoint? {
        let name = "\(slug)/checkpoint"
        guard let bytes = try files.read(name) else { return nil }
        let origin = row?.origin ?? identity.origin(slug: slug)
        guard let note = SignedNote(bytes),
            let checkpoint = try? Checkpoint(
                note, signedBy: identity.key.publicKey(named: origin))
        else { throw Contradiction.unreadable(name) }
        return checkpoint
    }

    /// Whether a checkpoint that somebody has seen is the beginning of what the database has.
    private func check(_ known: Checkpoint, against row: LedgerRow?) async throws {
        guard let row, known.size <= row.size else {
            throw Contradiction.behind(
                origin: known.origin, known: known.size, here: row?.size ?? 0)
        }
        let root = try await tree(of: row.action, size: known.size) { try $0.root() }
        guard root == known.root else {
            throw Contradiction.fork(origin: known.origin, size: known.size)
        }
    }

    /// That the tree of `older` entries is the beginning of the published one.
    package func consistencyProof(
        of action: ActionID, from older: Int, to size: Int
    ) async throws -> [TreeHash] {
        try await tree(of: action, size: size) { try $0.consistencyProof(from: older) }
    }

    private func tree<T: Sendable>(
        of action: ActionID, size: Int, _ body: @escaping @Sendable (MerkleTree) throws -> T
    ) async throws -> T {
        try await store.read { try body(MerkleTree(size: size, of: action, in: $0)) }
    }

    /// Publishes what is new; returns whether anything was.
    func publish(_ ledger: ActionLedger, of action: ActionID) async throws -> Bool {
        guard let row = ledger.row, published[action]?.row != row else { return false }
        let statements = try await store.read { try $0.ledgerStatements(of: action) }
            .filter { $0.index < row.size }
        var standing = ledger.standing(row)
        standing.deliveries = DeliveryRecord(statements)
        if standings.isFrozen(action) {
            standings.publish(standing, of: action)
            return false
        }
        let before = published[action]
        guard let slug = try await store.read({ try $0.action(action)?.slug }) else {
            return false
        }
        let covered = try await before == nil ? sizePublished(slug: slug, row) : 0
        for tile in Tile.new(in: row.size, since: before?.row.size ?? 0) {
            // What a checkpoint that lies there covers was published before it.
            if tile.isCovered(bySize: covered),
                files.byteCount("\(slug)/\(tile.path)") == tile.byteCount
            {
                continue
            }
            try await publish(tile, of: action, slug: slug)
        }
        if statements.count != before?.statements {
            try files.write(LedgerStatement.json(statements), as: "\(slug)/statements.json")
        }
        if before == nil {
            let key = identity.key.publicKey(named: row.origin).text + "\n"
            try files.write(Array(key.utf8), as: "\(slug)/vkey")
        }
        try files.settle()
        // Nothing is waited for from here on, so nobody else publishes in between.
        guard newest[action].map({ $0.size <= row.size }) ?? true else { return false }
        newest[action] = row
        try publishCheckpoint(row, slug: slug, isFirst: before == nil)
        published[action] = (row, statements.count)
        standings.publish(standing, of: action)
        try? prune(from: before?.row.size ?? 0, to: row.size, slug: slug)
        return true
    }

    /// The size of the checkpoint that lies there from before the start; 0 if there is none.
    private func sizePublished(slug: String, _ row: LedgerRow) async throws -> Int {
        guard let known = try publishedCheckpoint(slug: slug, row) else { return 0 }
        try await check(known, against: row)
        return known.size
    }

    /// What lies there beyond every checkpoint may be of a history that a restore has undone.
    private func publish(_ tile: Tile, of action: ActionID, slug: String) async throws {
        let name = "\(slug)/\(tile.path)"
        let bytes = try await store.read { try $0.ledgerTile(tile.key, of: action) }
        guard let bytes, bytes.count >= tile.byteCount else {
            throw ActionLedger.Damage.missing(tile)
        }
        let content = Array(bytes.prefix(tile.byteCount))
        guard try files.read(name) != content else { return }
        try files.write(content, as: name)
    }

    /// After a start, a checkpoint that lies there with cosignatures keeps them.
    private func publishCheckpoint(_ row: LedgerRow, slug: String, isFirst: Bool) throws {
        let name = "\(slug)/checkpoint"
        if isFirst, let bytes = try files.read(name), let there = SignedNote(bytes),
            there.text == SignedNote(row.checkpoint.utf8)?.text
        {
            return
        }
        try files.write(Array(row.checkpoint.utf8), as: name)
        try files.settle()
    }

    /// Publishes a checkpoint again with what witnesses have said below it; does nothing if it is
    /// not the newest any more.
    func publish(
        cosignatures: [SignedNote.Signature], on row: LedgerRow
    ) async throws {
        let action = row.action
        guard var note = SignedNote(row.checkpoint.utf8),
            let slug = try await store.read({ try $0.action(action)?.slug }),
            published[action]?.row == row, newest[action] == row,
            var standing = standings.standing(of: action)
        else { return }
        note.signatures += cosignatures
        try files.write(note.bytes, as: "\(slug)/checkpoint")
        try files.settle()
        standing.cosigned = cosignatures.map(\.name)
        standings.publish(standing, of: action)
    }

    /// The newest published checkpoints, each with its proofs.
    var heads: [LogHead] {
        published.values.compactMap { row, _ in
            LogHead(row) { older in
                try await self.consistencyProof(of: row.action, from: older, to: row.size)
            }
        }
    }

    /// Partial tiles go when the full tile after theirs is there: whoever read a checkpoint
    /// before has long fetched them, and may take the full one.
    private func prune(from older: Int, to size: Int, slug: String) throws {
        for tile in Tile.new(in: size, since: older) where tile.isFull && tile.number > 0 {
            let before = Tile(tile.content, number: tile.number - 1)
            try files.remove("\(slug)/\(before.fullPath).p")
        }
    }
}

extension MerkleTree {
    /// The tree of the first `size` entries of a ledger.
    package init(size: Int, of action: ActionID, in transaction: any Transaction) {
        self.init(size: size) { tile in
            guard let bytes = try transaction.ledgerTile(tile.key, of: action),
                let hashes = [TreeHash](concatenated: bytes.prefix(tile.byteCount))
            else { throw ActionLedger.Damage.missing(tile) }
            return hashes
        }
    }
}

extension JSONEncoder {
    static var plain: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}
