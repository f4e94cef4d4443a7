package import Domain
package import Storage

/// Why a state does not change.
package enum LifecycleRefusal: Error, Hashable, Sendable {
    case noSuchAction(slug: String, known: [String])
    case notAllowed(from: ActionState, to: ActionState)
    /// The key list is used up: no action is opened without a recipient key.
    case noKeyLeft(keys: Int)
    /// The key that keeps it at one signature a mailbox is not in the credentials folder.
    case noDedupeKey(number: Int)
    /// A stopped action is left only by a second person.
    case stopped
    /// The action has not been won in its folder: there is no outcome to show.
    case noOutcome
}

extension Transaction {
    /// Moves an action to another state; opening it the first time takes the next unused key.
    ///
    /// Returns nil if it is in that state already. Throws `LifecycleRefusal`. `keyIDs` gives the
    /// key ids of public keys, and `digest` is SHA-256.
    package func moveAction(
        slug: String, to state: ActionState, now: (milliseconds: Int, day: Day),
        hasDedupeKey: (Int) -> Bool, keyIDs: ([[UInt8]]) -> [UInt8],
        digest: ([UInt8]) -> [UInt8]
    ) throws -> ActionRow? {
        guard let row = try action(slug: slug) else {
            throw LifecycleRefusal.noSuchAction(slug: slug, known: try actions().map(\.slug))
        }
        if row.state == state { return nil }
        guard row.state != .stopped else { throw LifecycleRefusal.stopped }
        guard row.state.mayBecome(state) else {
            throw LifecycleRefusal.notAllowed(from: row.state, to: state)
        }
        if state == .won, try outcome(of: row) == nil { throw LifecycleRefusal.noOutcome }
        var keyNumber = row.keyNumber
        if state == .open, keyNumber == nil {
            guard let next = try nextKeyNumber(of: row.organisation) else {
                throw LifecycleRefusal.noKeyLeft(keys: try keyCount(of: row.organisation))
            }
            keyNumber = next
            let keys = try recipientKeys(number: next, of: row.organisation)
            let statement = """
                outcry open 2
                \(slug)
                \(row.id)
                \(try versionHex(row))
                one per mailbox

                """
            try queueStatement(
                LedgerEntry(.open, a: digest(Array(statement.utf8)), b: digest(keyIDs(keys))),
                statement: statement, of: row.id)
        }
        if state == .open, let keyNumber, !hasDedupeKey(keyNumber) {
            throw LifecycleRefusal.noDedupeKey(number: keyNumber)
        }
        if state == .won || state == .closed {
            let statement = "outcry close 1\n\(slug)\n\(state.rawValue)\n"
            try queueStatement(
                LedgerEntry(.close, a: digest(Array(statement.utf8)), b: LedgerEntry.number(0)),
                statement: statement, of: row.id)
        }
        let openedDay = state == .open ? row.openedDay ?? now.day : row.openedDay
        guard
            try setState(
                state, of: row, keyNumber: keyNumber, openedDay: openedDay,
                nowMilliseconds: now.milliseconds)
        else { throw StorageError.busy }
        return row
    }

    private func outcome(of row: ActionRow) throws -> Outcome? {
        try version(row.version, of: row.id).flatMap { try ActionContent(json: $0.content).outcome }
    }

    private func versionHex(_ row: ActionRow) throws -> String {
        try version(row.version, of: row.id)?.hash.hex ?? ""
    }
}
