package import Domain

/// An action's ledger as it was last signed.
package struct LedgerRow: Hashable, Sendable {
    package let action: ActionID
    /// Its first line for ever, whatever becomes of the installation's address.
    package let origin: String
    /// How many entries it has.
    package let size: Int
    /// The signatures that are counted.
    package let number: Int
    /// The signed note.
    package let checkpoint: String
    /// When it was signed, milliseconds since 1970.
    package let asOf: Int

    package init(
        action: ActionID, origin: String, size: Int, number: Int, checkpoint: String, asOf: Int
    ) {
        self.action = action
        self.origin = origin
        self.size = size
        self.number = number
        self.checkpoint = checkpoint
        self.asOf = asOf
    }
}

/// An entry that waits for its place in the ledger.
package struct QueuedEntry: Hashable, Sendable {
    /// 16 random bytes.
    package let id: [UInt8]
    package let action: ActionID
    /// The signature that it is about; nil for an entry about the action.
    package let record: RecordID?
    package let entry: LedgerEntry
    /// The text whose hash the entry carries.
    package let statement: String?
    /// Rises with what must stand in order; nil for what must not.
    package let position: Int?
}

/// Where the bytes of a tile lie: those of hashes at their level, entries below all levels.
package struct LedgerTileKey: Hashable, Sendable {
    package static let entries = -1

    /// 0 ... 7, or `entries`.
    package let level: Int
    package let number: Int

    package init(level: Int, number: Int) {
        self.level = level
        self.number = number
    }
}

/// What one step of the sequencer writes, all of it or nothing.
package struct LedgerStep: Sendable {
    package let ledger: LedgerRow
    /// The note that this one follows; nil for the first one.
    package let previous: String?
    package var tiles: [(key: LedgerTileKey, content: [UInt8])] = []
    /// Signatures that now have their place.
    package var places: [(record: RecordID, index: Int)] = []
    /// Signatures that were taken back: they need none any more.
    package var ended: [RecordID] = []
    package var statements: [(index: Int, text: String)] = []
    /// The ids of the queue's rows that are used up.
    package var used: [[UInt8]] = []

    package init(ledger: LedgerRow, previous: String?) {
        self.ledger = ledger
        self.previous = previous
    }
}

extension Transaction {
    package func ledgers() throws -> [LedgerRow] {
        try rows("SELECT * FROM ledger").map(ledgerRow)
    }

    package func ledger(of action: ActionID) throws -> LedgerRow? {
        try rows("SELECT * FROM ledger WHERE action = \(action)").first.map(ledgerRow)
    }

    /// Takes no checkpoint to be signed later than now: the clock was wrong when it was.
    package func trustClock(nowMilliseconds now: Int) throws {
        try run("UPDATE ledger SET as_of_ms = \(now) WHERE as_of_ms > \(now)")
    }

    /// Queues an entry about the action itself, behind all that happened before; `statement` is
    /// the text whose hash it carries.
    package func queueStatement(
        _ entry: LedgerEntry, statement: String, of action: ActionID
    ) throws {
        try run(
            """
            INSERT INTO ledger_queue (id, action, entry, statement, position)
            VALUES (\(queueID()), \(action), \(entry.bytes), \(statement),
                    \(try lastPosition() + 1))
            """)
    }

    /// An id for an entry that waits: random, and beside those of the same commit. Little
    /// of that is seen in the ledger, since the sequencer shuffles each batch.
    func queueID() -> [UInt8] { UInt64(place()).bytes + randomBytes(8) }

    /// The position of what came last of all that must stand in order; 0 if nothing waits.
    func lastPosition() throws -> Int {
        // With its own condition, or the index is of no use and every signature that waits is read.
        try rows(
            """
            SELECT coalesce(max(position), 0) AS last FROM ledger_queue
            WHERE position IS NOT NULL
            """
        ).first?.integer("last") ?? 0
    }

    /// What must stand in the order in which it happened, oldest first; nil starts at the
    /// beginning.
    package func queuedInOrder(after last: QueuedEntry?, limit: Int) throws -> [QueuedEntry] {
        let (position, id) = (last?.position ?? -1, last?.id ?? [])
        return try rows(
            """
            SELECT * FROM ledger_queue WHERE position IS NOT NULL AND position >= \(position)
                AND (position > \(position) OR id > \(id))
            ORDER BY position, id LIMIT \(limit)
            """
        ).map(queuedEntry)
    }

    /// Signatures and what was taken back, in the order of their random ids; nil starts at the
    /// beginning.
    package func queued(after last: QueuedEntry?, limit: Int) throws -> [QueuedEntry] {
        let id = last?.id ?? []
        return try rows(
            """
            SELECT * FROM ledger_queue WHERE id > \(id) AND position IS NULL
            ORDER BY id LIMIT \(limit)
            """
        ).map(queuedEntry)
    }

    /// The index of a signature's entry; nil while it waits.
    package func ledgerIndex(of record: RecordID) throws -> Int? {
        try rows("SELECT ledger_index FROM ledger_place WHERE record_id = \(record)")
            .first?.integer("ledger_index")
    }

    package func ledgerTile(_ key: LedgerTileKey, of action: ActionID) throws -> [UInt8]? {
        try rows(
            """
            SELECT content FROM ledger_tile
            WHERE action = \(action) AND level = \(key.level) AND number = \(key.number)
            """
        ).first?.bytes("content")
    }

    /// Every statement that is in the ledger, by index.
    package func ledgerStatements(of action: ActionID) throws -> [(index: Int, text: String)] {
        try rows(
            """
            SELECT ledger_index, text FROM ledger_statement
            WHERE action = \(action) ORDER BY ledger_index
            """
        ).map { (try $0.integer("ledger_index"), try $0.text("text")) }
    }

    /// Everything that waits for this ledger.
    package func queued(of action: ActionID) throws -> [QueuedEntry] {
        try rows("SELECT * FROM ledger_queue WHERE action = \(action)").map(queuedEntry)
    }

    /// The signatures of this action that have their place, by index.
    package func ledgerPlaces(of action: ActionID) throws -> [Int: RecordID] {
        var places: [Int: RecordID] = [:]
        let found = try rows(
            "SELECT record_id, ledger_index FROM ledger_place WHERE action = \(action)")
        for row in found {
            places[try row.integer("ledger_index")] = try row.identifier("record_id")
        }
        return places
    }

    /// Makes the step true; false, and nothing is done, if the ledger is not the one that the step
    /// was made for.
    package func take(_ step: LedgerStep) throws -> Bool {
        guard try replace(step.previous, with: step.ledger) else { return false }
        let action = step.ledger.action
        for (key, content) in step.tiles {
            try run(
                """
                INSERT INTO ledger_tile (action, level, number, content)
                VALUES (\(action), \(key.level), \(key.number), \(content))
                ON CONFLICT (action, level, number) DO UPDATE SET content = excluded.content
                """)
        }
        for (record, index) in step.places {
            try run(
                """
                INSERT INTO ledger_place (record_id, action, ledger_index)
                VALUES (\(record), \(action), \(index))
                """)
        }
        for record in step.ended {
            try run("DELETE FROM ledger_place WHERE record_id = \(record)")
        }
        for (index, text) in step.statements {
            try run(
                """
                INSERT INTO ledger_statement (action, ledger_index, text)
                VALUES (\(action), \(index), \(text))
                """)
        }
        for id in step.used {
            guard try run("DELETE FROM ledger_queue WHERE id = \(id)") == 1 else {
                throw StorageError.busy
            }
        }
        return true
    }

    private func replace(_ previous: String?, with ledger: LedgerRow) throws -> Bool {
        guard let previous else {
            guard try self.ledger(of: ledger.action) == nil else { return false }
            return try run(
                """
                INSERT INTO ledger (action, origin, size, number, checkpoint, as_of_ms)
                VALUES (\(ledger.action), \(ledger.origin), \(ledger.size), \(ledger.number),
                        \(ledger.checkpoint), \(ledger.asOf))
                """) == 1
        }
        return try run(
            """
            UPDATE ledger SET size = \(ledger.size), number = \(ledger.number),
                checkpoint = \(ledger.checkpoint), as_of_ms = \(ledger.asOf)
            WHERE action = \(ledger.action) AND checkpoint = \(previous)
            """) == 1
    }
}

private func ledgerRow(_ row: Row) throws -> LedgerRow {
    LedgerRow(
        action: try row.identifier("action"), origin: try row.text("origin"),
        size: try row.integer("size"), number: try row.integer("number"),
        checkpoint: try row.text("checkpoint"), asOf: try row.integer("as_of_ms"))
}

private func queuedEntry(_ row: Row) throws -> QueuedEntry {
    guard let entry = LedgerEntry(bytes: try row.bytes("entry")) else {
        throw StorageError.unexpectedRow(column: "entry")
    }
    return QueuedEntry(
        id: try row.bytes("id"), action: try row.identifier("action"),
        record: try row.isNull("record_id") ? nil : try row.identifier("record_id"),
        entry: entry, statement: try row.isNull("statement") ? nil : try row.text("statement"),
        position: try row.isNull("position") ? nil : try row.integer("position"))
}
