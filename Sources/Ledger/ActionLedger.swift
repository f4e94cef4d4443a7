import Domain
package import Storage

/// One action's ledger as the sequencer holds it: what its next step needs, and no more.
struct ActionLedger: Sendable {
    var row: LedgerRow?
    var state = LedgerState(checksCodes: false)
    var edge = TreeEdge()
    /// The entries of the last, partial bundle.
    var lastBundle: [UInt8] = []

    /// What the database has does not add up to the checkpoint that it has signed.
    enum Damage: Error, CustomStringConvertible {
        case missing(Tile)
        case malformed(Tile)
        case otherHashes(Tile)
        case rules(LedgerState.Violation)
        case otherRoot
        case otherNumber

        var description: String {
            switch self {
            case .missing(let tile): "\(tile.path) is missing"
            case .malformed(let tile): "\(tile.path) is damaged"
            case .otherHashes(let tile): "\(tile.path) is not what the entries give"
            case .rules(let violation): violation.description
            case .otherRoot: "the entries do not give the root of the checkpoint"
            case .otherNumber: "the entries do not give the number"
            }
        }
    }

    init() {}

    /// Reads every entry and recounts it, and every tile of hashes.
    init(_ row: LedgerRow, in transaction: any Transaction) throws {
        self.row = row
        for tile in Tile.new(in: row.size) where tile.content == .entries {
            let entries = try Self.entries(of: tile, row.action, in: transaction)
            do {
                for entry in entries { try state.append(entry) }
            } catch {
                throw Damage.rules(error)
            }
            for (tile, hashes) in edge.append(entries.map { TreeHash(leaf: $0.bytes) })
            where tile.isFull {
                try Self.check(tile, hashes, row.action, in: transaction)
            }
            lastBundle = tile.isFull ? [] : Bundle.bytes(entries)
        }
        for (tile, hashes) in edge.partialTiles() {
            try Self.check(tile, hashes, row.action, in: transaction)
        }
        guard let note = SignedNote(row.checkpoint.utf8),
            let checkpoint = Checkpoint(text: note.text), checkpoint.size == row.size,
            checkpoint.root == edge.root
        else { throw Damage.otherRoot }
        guard state.counted == row.number else { throw Damage.otherNumber }
    }

    private static func check(
        _ tile: Tile, _ hashes: [TreeHash], _ action: ActionID, in transaction: any Transaction
    ) throws {
        guard let bytes = try transaction.ledgerTile(tile.key, of: action) else {
            throw Damage.missing(tile)
        }
        guard bytes == hashes.concatenated else { throw Damage.otherHashes(tile) }
    }

    static func entries(
        of tile: Tile, _ action: ActionID, in transaction: any Transaction
    ) throws -> [LedgerEntry] {
        guard let bytes = try transaction.ledgerTile(tile.key, of: action) else {
            throw Damage.missing(tile)
        }
        guard bytes.count == tile.byteCount, let entries = Bundle.entries(bytes) else {
            throw Damage.malformed(tile)
        }
        return entries
    }

    /// Adds entries that the state has taken, and returns what is new or longer.
    mutating func append(_ entries: [LedgerEntry]) -> [(key: LedgerTileKey, content: [UInt8])] {
        var changed: [(LedgerTileKey, [UInt8])] = []
        let first = edge.size / Tile.fullWidth
        let bytes = lastBundle + Bundle.bytes(entries)
        let fullSize = Tile(.entries, number: 0).byteCount
        for (offset, start) in stride(from: 0, to: bytes.count, by: fullSize).enumerated() {
            let bundle = Array(bytes[start..<min(start + fullSize, bytes.count)])
            changed.append((.init(level: LedgerTileKey.entries, number: first + offset), bundle))
            lastBundle = bundle.count == fullSize ? [] : bundle
        }
        for (tile, hashes) in edge.append(entries.map { TreeHash(leaf: $0.bytes) }) {
            changed.append((tile.key, hashes.concatenated))
        }
        return changed
    }

    /// What the public sees of it, once it is published.
    func standing(_ row: LedgerRow) -> Standing {
        Standing(
            origin: row.origin, size: row.size, root: edge.root, asOf: Double(row.asOf) / 1_000,
            number: state.counted, withdrawn: state.withdrawn, removed: state.removed,
            aside: state.aside, paper: state.paper)
    }
}

extension Tile {
    /// Where its bytes lie in the database.
    package var key: LedgerTileKey {
        switch content {
        case .hashes(let level): .init(level: level, number: number)
        case .entries: .init(level: LedgerTileKey.entries, number: number)
        }
    }
}
