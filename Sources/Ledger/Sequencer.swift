package import Domain
package import Storage

/// Gives queued entries their place: batch by batch, in one transaction each, guarded by the
/// checkpoint that it follows. Knows no files; see `Publisher`.
///
/// What happened in order stays in order: the opening, new versions, what is set aside. Signatures
/// are shuffled within their batch. A signature that is taken back before it has its place gets it
/// all the same, and the entry that takes it back follows in a later batch.
package actor Sequencer {
    /// How the logs are signed and called.
    package struct Identity: Sendable {
        let key: SigningKey
        /// Host, and port if it is not the standard one: what origins begin with.
        let host: String

        /// `origin` is the installation's, with scheme.
        package init(key: SigningKey, origin: String) {
            self.key = key
            host = origin.firstRange(of: "://").map { String(origin[$0.upperBound...]) } ?? origin
        }

        package func origin(slug: String) -> String { "\(host)/actions/\(slug)/log" }
    }

    private let store: any Store
    private let identity: Identity
    private let now: @Sendable () -> Double
    private let isPublished: @Sendable (_ slug: String) -> Bool
    private var ledgers: [ActionID: ActionLedger] = [:]
    private var halted: [ActionID: String] = [:]
    /// Those whose key is lost and whose action is over: they stay as they were signed.
    private(set) var frozen: Set<ActionID> = []
    /// Whether a pass goes over the queue, and who waits for its end.
    private var isPassing = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// How many entries share a transaction: others wait for the database meanwhile.
    private static let batchLimit = 4_096

    /// `isPublished` says whether any checkpoint lies published under the name of an action: a
    /// ledger that the database does not have is not begun anew.
    package init(
        store: any Store, identity: Identity, now: @escaping @Sendable () -> Double,
        isPublished: @escaping @Sendable (_ slug: String) -> Bool
    ) {
        self.store = store
        self.identity = identity
        self.now = now
        self.isPublished = isPublished
    }

    /// Recounts every ledger of the database; throws if one does not add up, or was signed with
    /// another key while its action goes on.
    package func load() async throws {
        let (over, loaded) = try await store.read { transaction in
            let over = Set(try transaction.actions().filter(\.state.isOver).map(\.id))
            let loaded = try transaction.ledgers().map { row in
                do {
                    return try (row.action, ActionLedger(row, in: transaction))
                } catch let damage as ActionLedger.Damage {
                    throw LoadProblem.damaged(origin: row.origin, damage.description)
                }
            }
            return (over, loaded)
        }
        ledgers = Dictionary(uniqueKeysWithValues: loaded)
        for case (let action, let row?) in loaded.map({ ($0.0, $0.1.row) }) where !isOurs(row) {
            guard over.contains(action) else { throw LoadProblem.otherKey(origin: row.origin) }
            frozen.insert(action)
            halted[action] = "it was signed with a key that is lost"
        }
        if let latest = loaded.compactMap({ $0.1.row?.asOf }).max(),
            Double(latest) > (now() + Self.clockTolerance) * 1_000
        {
            throw LoadProblem.clock(signed: Double(latest) / 1_000)
        }
    }

    private func isOurs(_ row: LedgerRow) -> Bool {
        guard let note = SignedNote(row.checkpoint.utf8) else { return false }
        let key = identity.key.publicKey(named: row.origin)
        return (try? Checkpoint(note, signedBy: key)) != nil
    }

    /// Seconds by which a clock may be behind the last checkpoint.
    private static let clockTolerance = 120.0

    /// Why nothing may be signed with this database, this key and this clock.
    package enum LoadProblem: Error, Hashable, Sendable {
        case otherKey(origin: String)
        case damaged(origin: String, String)
        /// The last checkpoint was signed at that time, seconds since 1970.
        case clock(signed: Double)
    }

    /// Signs nothing more for this ledger until the next start.
    package func halt(_ contradiction: Publisher.Contradiction) {
        let origin =
            switch contradiction {
            case .behind(let origin, _, _), .fork(let origin, _): origin
            case .unreadable(let name): name
            }
        for (action, ledger) in ledgers where ledger.row?.origin == origin {
            halted[action] = "\(contradiction)"
        }
    }

    /// What stands still, and why.
    package var halts: [ActionID: String] { halted }

    /// The ledgers as they stand, published or not.
    var current: [ActionID: ActionLedger] { ledgers }

    /// Takes what must stand in order, which is little and does not wait.
    package func sequenceInOrder() async throws {
        try await alone { try await self.passInOrder() }
    }

    /// Takes the whole queue once.
    package func sequence() async throws {
        try await alone {
            try await self.passInOrder()
            try await self.pass { last, transaction in
                try transaction.queued(after: last, limit: Self.batchLimit)
            }
        }
    }

    /// One pass after the other: each reads the queue as the one before has left it, and makes its
    /// steps from what memory has.
    private func alone(_ pass: () async throws -> Void) async throws {
        if isPassing { await withCheckedContinuation { waiting.append($0) } }
        isPassing = true
        defer {
            isPassing = !waiting.isEmpty
            if isPassing { waiting.removeFirst().resume() }
        }
        try await pass()
    }

    private func passInOrder() async throws {
        try await pass { last, transaction in
            try transaction.queuedInOrder(after: last, limit: Self.batchLimit)
        }
    }

    /// Takes batch after batch of the queue. A ledger that cannot go on does not hold up the
    /// others: its error is thrown when they are done.
    private func pass(
        _ next: @escaping @Sendable (QueuedEntry?, any Transaction) throws -> [QueuedEntry]
    ) async throws {
        var last: QueuedEntry?
        var failures: [ActionID: any Error] = [:]
        while true {
            let after = last
            let queued = try await store.read { try next(after, $0) }
            var batches: [ActionID: [QueuedEntry]] = [:]
            for entry in queued where failures[entry.action] == nil {
                batches[entry.action, default: []].append(entry)
            }
            for (action, batch) in batches {
                do {
                    try await sequence(batch, of: action)
                } catch let error where error is StorageError || error is CancellationError {
                    throw error
                } catch {
                    failures[action] = error
                }
            }
            guard queued.count == Self.batchLimit else { break }
            last = queued.last
        }
        if let failure = failures.values.first { throw failure }
    }

    private func sequence(_ batch: [QueuedEntry], of action: ActionID) async throws {
        guard let known = try await store.read({ try Known(batch, of: action, in: $0) }),
            halted[action] == nil
        else { return }
        var ledger = ledgers[action] ?? ActionLedger()
        let previous = ledger.row
        guard previous != nil || !isPublished(known.slug) else {
            halted[action] = "one is published as \(known.slug) that the database does not have"
            return
        }
        var draft = Draft(first: ledger.state.size)
        for queued in Self.ordered(batch) { draft.take(queued, known, &ledger.state) }
        guard !draft.used.isEmpty else { return }
        let tiles = ledger.append(draft.entries)
        let row = try draft.entries.isEmpty ? previous : sign(ledger, action, known.slug)
        guard let row else { return }
        ledger.row = row
        var step = LedgerStep(ledger: row, previous: previous?.checkpoint)
        step.tiles = tiles
        step.places = draft.places
        step.ended = draft.ended
        step.statements = draft.statements
        step.used = draft.used
        let ready = step
        guard try await store.write({ try $0.take(ready) }) else {
            halted[action] = "its ledger was changed by somebody else"
            return
        }
        ledgers[action] = ledger
    }

    private func sign(
        _ ledger: ActionLedger, _ action: ActionID, _ slug: String
    ) throws -> LedgerRow {
        let origin = ledger.row?.origin ?? identity.origin(slug: slug)
        let text = Checkpoint(origin: origin, size: ledger.edge.size, root: ledger.edge.root).text
        let note = SignedNote(
            text: text, signatures: [try identity.key.sign(text, named: origin)])
        // A clock that was set back makes no checkpoint older than the one before.
        let asOf = max(Int(now() * 1_000), ledger.row?.asOf ?? 0)
        return LedgerRow(
            action: action, origin: origin, size: ledger.edge.size, number: ledger.state.counted,
            checkpoint: String(decoding: note.bytes, as: UTF8.self), asOf: asOf)
    }

    /// Entries in order as they came; then signatures, shuffled; then what is taken back, shuffled.
    private static func ordered(_ batch: [QueuedEntry]) -> [QueuedEntry] {
        let ended: Set<LedgerEntry.Kind> = [.withdraw, .removedOnRequest]
        return batch.filter { $0.entry.kind != .sign && !ended.contains($0.entry.kind) }
            + batch.filter { $0.entry.kind == .sign }.shuffled()
            + batch.filter { ended.contains($0.entry.kind) }.shuffled()
    }
}

/// What the database says about a batch beside its entries.
private struct Known: Sendable {
    let slug: String
    /// Where the signatures are that entries are about; those that wait for their place are not
    /// there.
    var places: [RecordID: Int] = [:]
    /// Those without a place whose records are gone: who judged them came too late.
    var gone: Set<RecordID> = []

    /// Nil if there is no such action.
    init?(_ batch: [QueuedEntry], of action: ActionID, in transaction: any Transaction) throws {
        guard let slug = try transaction.action(action)?.slug else { return nil }
        self.slug = slug
        for queued in batch where queued.entry.kind != .sign {
            guard let record = queued.record else { continue }
            if let place = try transaction.ledgerIndex(of: record) {
                places[record] = place
            } else if queued.isJudgement, try !transaction.hasRecord(record) {
                gone.insert(record)
            }
        }
    }
}

/// A step in the making.
private struct Draft {
    /// The index that the next entry gets.
    private var index: Int
    var entries: [LedgerEntry] = []
    var places: [(record: RecordID, index: Int)] = []
    var ended: [RecordID] = []
    var statements: [(index: Int, text: String)] = []
    var used: [[UInt8]] = []

    init(first: Int) { index = first }

    /// Takes an entry if the rules allow it now. One about a signature that has no place yet is
    /// left for later; one that the rules will never allow is dropped.
    mutating func take(_ queued: QueuedEntry, _ known: Known, _ state: inout LedgerState) {
        var entry = queued.entry
        if let record = queued.record, entry.kind != .sign {
            guard let place = known.places[record] else {
                if queued.isJudgement, known.gone.contains(record) { used.append(queued.id) }
                return
            }
            entry = entry.about(place)
        }
        do {
            try state.append(entry)
        } catch {
            // Before the opening all else waits for it. After it, what is refused is about a
            // signature that was taken back for good, or opens again.
            if state.size > 0 { used.append(queued.id) }
            return
        }
        if let record = queued.record {
            switch entry.kind {
            case .sign: places.append((record, index))
            case .withdraw, .removedOnRequest: ended.append(record)
            default: break
            }
        }
        if let statement = queued.statement { statements.append((index, statement)) }
        entries.append(entry)
        used.append(queued.id)
        index += 1
    }
}

extension QueuedEntry {
    fileprivate var isJudgement: Bool { entry.kind == .setAside || entry.kind == .readmit }
}
