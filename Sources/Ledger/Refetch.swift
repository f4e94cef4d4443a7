import Crypto
package import Domain
import Foundation
package import Storage

/// Brings a ledger that was restored from an older backup up to what was published since.
///
/// What the newer entries say is done to the rows beside it: a signature that was taken back since
/// is taken out again, one that waited has its place. Signatures that were counted after the
/// backup stay in the number; their records are lost.
package struct Refetch {
    private let row: LedgerRow?
    private let action: ActionID
    private let checkpoint: Checkpoint
    private let note: SignedNote
    private let entries: [LedgerEntry]
    private let statements: [Int: String]

    package struct Report: Hashable, Sendable {
        package let size: Int
        /// Signatures whose records were not in the backup.
        package var lost = 0
        /// Signatures that were taken back after the backup.
        package var takenBack = 0
    }

    package enum Problem: Error, Hashable, Sendable {
        case missing(String)
        /// The checkpoint is not signed by this installation.
        case notOurs
        /// The source has no more than what is here.
        case nothingNewer(size: Int)
        /// The source's entries do not give its checkpoint, or not what is here.
        case contradiction(String)
    }

    private struct Statement: Decodable {
        let index: Int
        let text: String
    }

    /// Reads and checks all that is published; `file` gives the bytes of a name such as
    /// `checkpoint` or `tile/entries/000`, and nil for what is not there.
    package init(
        _ row: LedgerRow?, action: ActionID, origin: String, key: SigningKey,
        file: (String) async throws -> [UInt8]?
    ) async throws {
        guard let bytes = try await file("checkpoint"), let note = SignedNote(bytes) else {
            throw Problem.missing("checkpoint")
        }
        guard let found = try? Checkpoint(note, signedBy: key.publicKey(named: origin)),
            found.origin == origin
        else { throw Problem.notOurs }
        guard found.size > row?.size ?? 0 else { throw Problem.nothingNewer(size: found.size) }
        var entries: [LedgerEntry] = []
        for tile in Tile.new(in: found.size) where tile.content == .entries {
            var bytes = try await file(tile.path)
            if bytes == nil { bytes = try await file(tile.fullPath) }
            guard let bytes, let bundle = Bundle.entries(Array(bytes.prefix(tile.byteCount))),
                bundle.count == tile.width
            else { throw Problem.missing(tile.path) }
            entries += bundle
        }
        guard let json = try await file("statements.json"),
            let statements = try? JSONDecoder().decode([Statement].self, from: Data(json))
        else { throw Problem.missing("statements.json") }
        self.row = row
        self.action = action
        self.note = note
        self.entries = entries
        checkpoint = found
        self.statements = Dictionary(
            statements.map { ($0.index, $0.text) }, uniquingKeysWith: { first, _ in first })
        try checkStatements()
    }

    /// Every text is the one whose hash is in the ledger, and the first one is of this action.
    private func checkStatements() throws {
        for (index, entry) in entries.enumerated() where entry.kind.hasStatement {
            guard let text = statements[index] else {
                throw Problem.missing("statement for entry \(index)")
            }
            guard entry.a.elementsEqual(SHA256.hash(data: Array(text.utf8))) else {
                throw Problem.contradiction("the statement for entry \(index) is another one")
            }
        }
        if let opened = statements[0].flatMap(ActionID.init(opening:)), opened != action {
            throw Problem.contradiction("it is the ledger of another action")
        }
    }

    /// Writes it, all of it or nothing. `now` is in milliseconds since 1970.
    package func write(
        in transaction: any Transaction, nowMilliseconds now: Int, today: Day
    ) throws -> Report {
        let (ledger, tiles) = try ledger()
        let own = SignedNote(
            text: note.text, signatures: note.signatures.filter { $0.name == checkpoint.origin })
        var step = LedgerStep(
            ledger: LedgerRow(
                action: action, origin: checkpoint.origin, size: checkpoint.size,
                number: ledger.state.counted,
                checkpoint: String(decoding: own.bytes, as: UTF8.self), asOf: now),
            previous: row?.checkpoint)
        step.tiles = tiles
        var places = try transaction.ledgerPlaces(of: action)
        var queue = Queue(try transaction.queued(of: action))
        var lost: Set<Int> = []
        var report = Report(size: checkpoint.size)
        for (index, entry) in entries.enumerated().dropFirst(row?.size ?? 0) {
            let record = entry.index.flatMap { places[$0] }
            let waiting = queue.take(entry, about: record)
            if let waiting {
                step.used.append(waiting.id)
                if entry.kind == .sign, let record = waiting.record {
                    places[index] = record
                    step.places.append((record, index))
                }
            } else if entry.kind == .sign {
                lost.insert(index)
            }
            if entry.kind.hasStatement, let text = statements[index] {
                step.statements.append((index, text))
            }
            guard let record else { continue }
            // What waited here was done to the rows when it was queued.
            if waiting == nil { try apply(entry, to: record, transaction, today, &report) }
            if entry.kind.takesBack {
                step.ended.append(record)
                // What waits here to say the same is not said twice.
                step.used += queue.takeAll(about: record).map(\.id)
            }
        }
        report.lost =
            lost.filter {
                switch ledger.state.signature(at: $0) {
                case .counted, .aside: true
                case .withdrawn, .removed, nil: false
                }
            }.count
        try transaction.noteLost(report.lost, of: action)
        guard try transaction.take(step) else { throw StorageError.busy }
        return report
    }

    /// The ledger as its entries give it, and its tiles; throws unless that is the checkpoint, and
    /// begins with what is here.
    private func ledger() throws -> (ActionLedger, [(key: LedgerTileKey, content: [UInt8])]) {
        var ledger = ActionLedger()
        do {
            for entry in entries { try ledger.state.append(entry) }
        } catch {
            throw Problem.contradiction("\(error)")
        }
        if let row {
            var beginning = ActionLedger()
            _ = beginning.append(Array(entries.prefix(row.size)))
            guard let here = SignedNote(row.checkpoint.utf8).flatMap({ Checkpoint(text: $0.text) }),
                here.root == beginning.edge.root
            else { throw Problem.contradiction("its first \(row.size) entries are not those here") }
        }
        let tiles = ledger.append(entries)
        guard ledger.edge.root == checkpoint.root else {
            throw Problem.contradiction("its entries do not give its root")
        }
        return (ledger, tiles)
    }

    private func apply(
        _ entry: LedgerEntry, to record: RecordID, _ transaction: any Transaction, _ today: Day,
        _ report: inout Report
    ) throws {
        switch entry.kind {
        case .withdraw, .removedOnRequest:
            try transaction.removeAsPublished(record, of: action, today: today)
            report.takenBack += 1
        case .setAside:
            let reason = LedgerEntry.Judgement(entry.b)?.reason
            try transaction.setAside(reason.map(Int.init), record)
        case .readmit: try transaction.setAside(nil, record)
        default: break
        }
    }
}

/// What waited when the backup was made, some of which was published since.
private struct Queue {
    private var entries: [LedgerEntry: [QueuedEntry]]
    /// What is about a signature: it does not know its place yet.
    private var about: [RecordID: [QueuedEntry]]

    init(_ queued: [QueuedEntry]) {
        let isAbout = { (queued: QueuedEntry) in queued.record != nil && queued.entry.kind != .sign
        }
        entries = Dictionary(grouping: queued.filter { !isAbout($0) }, by: \.entry)
        about = [:]
        for queued in queued where isAbout(queued) {
            if let record = queued.record { about[record, default: []].append(queued) }
        }
    }

    /// Takes out the one that has become this entry of the ledger.
    mutating func take(_ entry: LedgerEntry, about record: RecordID?) -> QueuedEntry? {
        guard let index = entry.index, let record else {
            return entries[entry].flatMap { $0.isEmpty ? nil : entries[entry]?.removeFirst() }
        }
        guard let place = about[record]?.firstIndex(where: { $0.entry.about(index) == entry })
        else { return nil }
        return about[record]?.remove(at: place)
    }

    mutating func takeAll(about record: RecordID) -> [QueuedEntry] {
        about.removeValue(forKey: record) ?? []
    }
}

extension LedgerEntry.Kind {
    fileprivate var takesBack: Bool { self == .withdraw || self == .removedOnRequest }
}
