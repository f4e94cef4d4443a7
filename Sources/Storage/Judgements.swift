package import Domain

/// Which signatures are set aside, or readmitted, together: the server knows no more of them.
package struct JudgedSignatures: Hashable, Sendable {
    package let flag: SignatureFlags
    /// The days on which they were counted; nil means all.
    package let days: ClosedRange<Day>?

    package init(flag: SignatureFlags, days: ClosedRange<Day>?) {
        self.flag = flag
        self.days = days
    }
}

extension Transaction {
    /// How many signatures would be judged, by day, first day first.
    ///
    /// `kind` is `.setAside` for those that are not aside yet, `.readmit` for those that are.
    package func judgedByDay(
        _ kind: LedgerEntry.Kind, _ selected: JudgedSignatures, of action: ActionID
    ) throws -> [(day: Day, count: Int)] {
        try rows(
            """
            SELECT record.day AS day, count(*) AS n FROM record
            LEFT JOIN ledger_aside ON ledger_aside.record_id = record.record_id
            WHERE (record.action = \(action)) IS TRUE
                AND record.day BETWEEN \(first(selected)) AND \(last(selected))
                AND (record.flags & \(Int(selected.flag.rawValue))) <> 0
                AND CASE WHEN ledger_aside.record_id IS NULL THEN 1 ELSE 0 END
                    = \(kind == .setAside ? 1 : 0)
            GROUP BY record.day ORDER BY record.day
            """
        ).map { (Day(number: try $0.integer("day")), try $0.integer("n")) }
    }

    /// Judges them: queues the statement that says so, and an entry for each signature. Returns
    /// how many.
    ///
    /// `statement` is public for ever; `digest` is SHA-256.
    package func judge(
        _ kind: LedgerEntry.Kind, _ selected: JudgedSignatures, of action: ActionID,
        statement: String, digest: ([UInt8]) -> [UInt8]
    ) throws -> Int {
        let records: [RecordID] = try rows(
            """
            SELECT record.record_id AS record_id FROM record
            LEFT JOIN ledger_aside ON ledger_aside.record_id = record.record_id
            WHERE (record.action = \(action)) IS TRUE
                AND record.day BETWEEN \(first(selected)) AND \(last(selected))
                AND (record.flags & \(Int(selected.flag.rawValue))) <> 0
                AND CASE WHEN ledger_aside.record_id IS NULL THEN 1 ELSE 0 END
                    = \(kind == .setAside ? 1 : 0)
            """
        ).map { try $0.identifier("record_id") }
        guard !records.isEmpty else { return 0 }
        let hash = digest(Array(statement.utf8))
        try queueStatement(
            LedgerEntry(.statement, a: hash, b: LedgerEntry.number(UInt64(records.count))),
            statement: statement, of: action)
        let reason = selected.flag.rawValue
        let judgement = LedgerEntry.Judgement(act: Array(hash.prefix(16)), reason: reason)
        let entry = LedgerEntry(kind, a: LedgerEntry.unknownIndex, b: judgement.bytes)
        let last = try lastPosition()
        for (offset, record) in records.enumerated() {
            try run(
                """
                INSERT INTO ledger_queue (id, action, record_id, entry, position)
                VALUES (\(queueID()), \(action), \(record), \(entry.bytes),
                        \(last + 1 + offset))
                """)
            try setAside(kind == .setAside ? Int(reason) : nil, record)
        }
        return records.count
    }

    /// Notes that a record is set aside for a reason, or that it is not; a record that is not here
    /// any more needs no note.
    package func setAside(_ reason: Int?, _ record: RecordID) throws {
        try run("DELETE FROM ledger_aside WHERE record_id = \(record)")
        guard let reason, try hasRecord(record) else { return }
        try run("INSERT INTO ledger_aside (record_id, reason) VALUES (\(record), \(reason))")
    }

    private func first(_ selected: JudgedSignatures) -> Int {
        selected.days?.lowerBound.number ?? 0
    }

    private func last(_ selected: JudgedSignatures) -> Int {
        selected.days?.upperBound.number ?? Int(Int32.max)
    }
}
