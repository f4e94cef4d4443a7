import Domain
package import Storage

/// What a ledger in the database adds up to, recounted from its entries.
package struct LedgerAudit: Hashable, Sendable {
    package var number = 0
    package var size = 0
    /// Taken back, by code or by mail.
    package var ended = 0
    package var aside = 0
    /// What does not add up, in words.
    package var problems: [String] = []
}

/// Recounts the ledger of an action and compares it with the rows beside it.
package func auditLedger(
    _ audit: ActionAudit, in transaction: any Transaction
) throws -> LedgerAudit {
    var result = LedgerAudit()
    if let row = try transaction.ledger(of: audit.id) {
        result.number = row.number
        result.size = row.size
        do {
            let state = try ActionLedger(row, in: transaction).state
            result.ended = state.withdrawn + state.removed
            result.aside = state.aside.values.reduce(0, +)
            result.problems += try placeProblems(row, transaction)
        } catch let damage as ActionLedger.Damage {
            result.problems.append("the ledger is damaged: \(damage)")
            return result
        }
    }
    let inLedger = result.number + result.aside
    let confirmed = inLedger + audit.queuedSigns - audit.queuedRemovals
    if confirmed != audit.confirmed {
        result.problems.append(
            """
            \(inLedger) are in the ledger, \(audit.queuedSigns) wait, \(audit.queuedRemovals) are \
            being taken back, but \(audit.confirmed) have confirmed
            """)
    }
    return result
}

private func placeProblems(_ row: LedgerRow, _ transaction: any Transaction) throws -> [String] {
    // As bytes: a million entries of their own would be twice as much.
    let bundles = try Tile.new(in: row.size).filter { $0.content == .entries }.map {
        try transaction.ledgerTile($0.key, of: row.action) ?? []
    }
    func hasEntry(_ entry: LedgerEntry, at index: Int) -> Bool {
        guard (0..<row.size).contains(index) else { return false }
        let start = index % Tile.fullWidth * Bundle.entrySize + 2
        return bundles[index / Tile.fullWidth].dropFirst(start).starts(with: entry.bytes)
    }
    var wrong = 0
    var last: RecordID?
    while true {
        let placed = try transaction.placedSignatures(of: row.action, after: last, limit: 10_000)
        wrong += placed.filter { !hasEntry($0.entry, at: $0.index) }.count
        guard let end = placed.last else { break }
        last = end.record
    }
    return wrong == 0 ? [] : ["\(wrong) records are not the entries at their places"]
}
