package import Domain

/// What the rows of one action add up to; all of it can be recounted, none of it names anybody.
package struct ActionAudit: Hashable, Sendable {
    package let id: ActionID
    package let slug: String
    package let state: ActionState
    /// Counted signatures whose records are here.
    package let records: Int
    /// Counted signatures whose records retention has erased, or a restore has lost.
    package let erased: Int
    /// Fingerprints that keep mailboxes at one signature.
    package let tags: Int
    /// Entries that wait for their place in the ledger: signatures, and what takes one back.
    package let queuedSigns: Int
    package let queuedRemovals: Int
    /// Records that neither have a place in the ledger nor wait for one.
    package let strangers: Int
    /// How many sizes the sealed records have.
    package let sizes: Int

    /// Everybody who was counted and has not taken it back, whatever the ledger says yet.
    package var confirmed: Int { records + erased }

    /// What does not add up, in words; empty when all is well.
    package var problems: [String] {
        var problems: [String] = []
        if tags != records, erased == 0 {
            problems.append("\(records) records have \(tags) fingerprints")
        }
        if strangers > 0 {
            problems.append("\(strangers) records are in no ledger and wait for none")
        }
        if sizes > 1 {
            problems.append("sealed records have \(sizes) sizes, which tells them apart")
        }
        return problems
    }
}

extension Transaction {
    /// Recounts every action; reads each record once.
    package func audit() throws -> [ActionAudit] {
        try actions().map { action in
            ActionAudit(
                id: action.id, slug: action.slug, state: action.state,
                records: try count("SELECT count(*) AS n FROM record WHERE action = \(action.id)"),
                erased: try count("SELECT erased AS n FROM action WHERE id = \(action.id)"),
                tags: try count("SELECT count(tag) AS n FROM record WHERE action = \(action.id)"),
                queuedSigns: try entries([.sign], of: action.id),
                queuedRemovals: try entries([.withdraw, .removedOnRequest], of: action.id),
                strangers: try strangers(of: action.id),
                sizes: try count(
                    """
                    SELECT count(DISTINCT length(sealed)) AS n FROM record
                    WHERE (action = \(action.id)) IS TRUE
                    """))
        }
    }

    private func entries(_ kinds: [LedgerEntry.Kind], of action: ActionID) throws -> Int {
        try kinds.reduce(0) { sum, kind in
            let type: [UInt8] = [1, kind.rawValue]
            return sum
                + (try count(
                    """
                    SELECT count(*) AS n FROM ledger_queue
                    WHERE action = \(action) AND substr(entry, 1, 2) = \(type)
                    """))
        }
    }

    private func strangers(of action: ActionID) throws -> Int {
        let type: [UInt8] = [1, LedgerEntry.Kind.sign.rawValue]
        return try count(
            """
            SELECT count(*) AS n FROM record WHERE action = \(action)
                AND record_id NOT IN
                    (SELECT record_id FROM ledger_place WHERE action = \(action))
                AND record_id NOT IN
                    (SELECT ledger_queue.record_id FROM ledger_queue
                     JOIN record AS signed ON signed.record_id = ledger_queue.record_id
                     WHERE ledger_queue.action = \(action)
                        AND substr(ledger_queue.entry, 1, 2) = \(type)
                        AND substr(ledger_queue.entry, 3, 32) = signed.leaf
                        AND substr(ledger_queue.entry, 35, 32) = signed.lookup)
            """)
    }

    /// Records with their places, in the order of their ids: what an entry at that index must be.
    package func placedSignatures(
        of action: ActionID, after: RecordID?, limit: Int
    ) throws -> [(record: RecordID, index: Int, entry: LedgerEntry)] {
        let start = after?.bytes ?? []
        return try rows(
            """
            SELECT record.record_id, record.leaf, record.lookup, ledger_place.ledger_index
            FROM record JOIN ledger_place ON ledger_place.record_id = record.record_id
            WHERE record.record_id > \(start) AND (record.action = \(action)) IS TRUE
            ORDER BY record.record_id LIMIT \(limit)
            """
        ).map {
            (
                try $0.identifier("record_id"), try $0.integer("ledger_index"),
                LedgerEntry(.sign, a: try $0.bytes("leaf"), b: try $0.bytes("lookup"))
            )
        }
    }

    private func count(_ sql: SQL) throws -> Int { try rows(sql).first?.integer("n") ?? 0 }
}
