package import Domain

/// What the rows of one action add up to; all of it can be recounted, none of it names anybody.
package struct ActionAudit: Hashable, Sendable {
    package let slug: String
    package let state: ActionState
    /// Counted signatures whose records are here.
    package let records: Int
    /// Counted signatures whose records retention has erased.
    package let erased: Int
    /// Fingerprints that keep mailboxes at one signature.
    package let tags: Int
    /// Sign entries of the ledger, and entries that take one back.
    package let signs: Int
    package let removals: Int
    /// Records without a sign entry of the same leaf and look-up.
    package let strangers: Int
    /// How many sizes the sealed records have.
    package let sizes: Int

    /// The number that pages show.
    package var number: Int { records + erased }

    /// What does not add up, in words; empty when all is well.
    package var problems: [String] {
        var problems: [String] = []
        if signs - removals != number {
            problems.append(
                "\(signs) signed and \(removals) taken back, but \(number) are counted")
        }
        if tags != records, erased == 0 {
            problems.append("\(records) records have \(tags) fingerprints")
        }
        if strangers > 0 { problems.append("\(strangers) records are in no ledger entry") }
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
                slug: action.slug, state: action.state,
                records: try count("SELECT count(*) AS n FROM record WHERE action = \(action.id)"),
                erased: try count("SELECT erased AS n FROM action WHERE id = \(action.id)"),
                tags: try count("SELECT count(*) AS n FROM dedupe WHERE action = \(action.id)"),
                signs: try entries([.sign], of: action.id),
                removals: try entries([.withdraw, .removedOnRequest], of: action.id),
                strangers: try strangers(of: action.id),
                sizes: try count(
                    """
                    SELECT count(DISTINCT length(sealed)) AS n FROM record
                    WHERE action = \(action.id)
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
            SELECT count(*) AS n FROM record WHERE action = \(action) AND record_id NOT IN
                (SELECT ledger_queue.record_id FROM ledger_queue
                 JOIN record AS signed ON signed.record_id = ledger_queue.record_id
                 WHERE ledger_queue.action = \(action)
                    AND substr(ledger_queue.entry, 1, 2) = \(type)
                    AND substr(ledger_queue.entry, 3, 32) = signed.leaf
                    AND substr(ledger_queue.entry, 35, 32) = signed.lookup)
            """)
    }

    private func count(_ sql: SQL) throws -> Int { try rows(sql).first?.integer("n") ?? 0 }
}
