package import Domain

/// How many rows the clock has taken; counts only.
package struct RetentionReport: Hashable, Sendable {
    package var pending = 0
    package var spent = 0
    package var records = 0
    package var replies = 0
    package var unsubscribed = 0
    package var letters = 0

    package init() {}
}

/// How many days things are kept, at the latest; the page about privacy says the same.
package enum Retention {
    /// What was not confirmed, from its day on.
    package static let pending = 3
    /// Sealed records, from the action's close on.
    package static let records = 180
    /// Sealed records of an action that was delivered.
    package static let delivered = 30
    /// The key of the fingerprints, from the action's close on.
    package static let fingerprints = 30
    /// Rows that one step reads or deletes; few of those that lie on several pages each.
    static let step = 500
    static let recordStep = 100
}

extension Store {
    /// Deletes what has outlived its purpose (protocol, section 5): pending rows at the end of
    /// the day after they expire, answers after 72 hours, sealed records 30 days after delivery and
    /// at most 180 days after the action closed.
    ///
    /// In steps, so that nobody who signs waits behind a million rows; what a step has done stays
    /// done if a later one fails. Throws `CancellationError` between two steps.
    /// `report` has what was removed even then.
    package func removeExpired(
        today: Day, nowMilliseconds: Int, into report: inout RetentionReport
    ) async throws {
        try await removePending(until: today + (1 - Retention.pending), &report.pending)
        try await removeSpent(before: today + -3, &report.spent)
        let actions = try await read { try $0.actions() }
        for action in actions where action.recordsDue.map({ nowMilliseconds >= $0 }) ?? false {
            try await eraseRecords(of: action.id, &report.records)
            if try await read({ try $0.hasPlaces(action.id) }) {
                try await write { try $0.removePlaces(of: action.id) }
            }
            report.replies += try await write {
                try $0.run("DELETE FROM reply WHERE action = \(action.id)")
            }
        }
        report.unsubscribed += try await write { try $0.removeUselessUnsubscribed() }
        report.letters += try await write { try $0.dropStaleLetters(today: today) }
    }

    private func removePending(until day: Day, _ removed: inout Int) async throws {
        try await remove(from: Int.min, &removed) { transaction, last in
            let rows = try transaction.rows(
                """
                SELECT place, expires FROM pending WHERE place > \(last)
                ORDER BY place LIMIT \(Retention.step)
                """)
            let expired = try rows.filter { try $0.integer("expires") <= day.number }
            return (try rows.last?.integer("place"), try expired.map { try $0.integer("place") })
        } one: {
            try $0.run("DELETE FROM pending WHERE place = \($1)")
        }
    }

    private func removeSpent(before day: Day, _ removed: inout Int) async throws {
        try await remove(from: [UInt8](), &removed) { transaction, last in
            let rows = try transaction.rows(
                """
                SELECT id, day FROM spent WHERE id > \(last) ORDER BY id LIMIT \(Retention.step)
                """)
            let expired = try rows.filter { try $0.integer("day") < day.number }
            return (try rows.last?.bytes("id"), try expired.map { try $0.bytes("id") })
        } one: {
            try $0.run("DELETE FROM spent WHERE id = \($1)")
        }
    }

    /// Walks a table by its key: `step` reads some rows behind a key, and returns the last of them
    /// and those that go; `one` deletes a row and returns how many that were.
    private func remove<Key: Sendable>(
        from first: Key, _ removed: inout Int,
        step: @escaping @Sendable (any Transaction, Key) throws -> (last: Key?, expired: [Key]),
        one: @escaping @Sendable (any Transaction, Key) throws -> Int
    ) async throws {
        var last = first
        while true {
            try Task.checkCancellation()
            let (end, expired) = try await read { [last] in try step($0, last) }
            if !expired.isEmpty {
                removed += try await write { transaction in
                    try expired.reduce(0) { $0 + (try one(transaction, $1)) }
                }
            }
            guard let end else { return }
            last = end
        }
    }

    private func eraseRecords(of action: ActionID, _ erased: inout Int) async throws {
        while true {
            try Task.checkCancellation()
            let more = try await write { try $0.eraseSomeRecords(of: action) }
            guard more > 0 else { return }
            erased += more
        }
    }
}

extension Transaction {
    /// Returns how many; 0 once none is left.
    fileprivate func eraseSomeRecords(of action: ActionID) throws -> Int {
        let found = try rows(
            "SELECT record_id FROM record WHERE action = \(action) LIMIT \(Retention.recordStep)")
        guard !found.isEmpty else { return 0 }
        // Where a signature stands in the ledger is nobody's any more; those that wait for their
        // place still need it.
        let waiting = Set(
            try rows("SELECT record_id FROM ledger_queue WHERE action = \(action)").compactMap {
                try $0.isNull("record_id") ? nil : try $0.bytes("record_id")
            })
        for row in found {
            let record = try row.bytes("record_id")
            try run("DELETE FROM ledger_aside WHERE record_id = \(record)")
            if !waiting.contains(record) {
                try run("DELETE FROM ledger_place WHERE record_id = \(record)")
            }
            try run("DELETE FROM record WHERE record_id = \(record)")
        }
        try run("UPDATE action SET erased = erased + \(found.count) WHERE id = \(action)")
        return found.count
    }

    fileprivate func hasPlaces(_ action: ActionID) throws -> Bool {
        try !rows("SELECT 1 AS one FROM ledger_place WHERE action = \(action) LIMIT 1").isEmpty
    }

    /// The places of records that are gone, but for those that wait for theirs.
    fileprivate func removePlaces(of action: ActionID) throws {
        try run(
            """
            DELETE FROM ledger_place WHERE action = \(action) AND record_id NOT IN
                (SELECT record_id FROM ledger_queue WHERE record_id IS NOT NULL)
            """)
    }

    /// The key numbers of actions that closed more than 30 days ago: their tags mean nothing
    /// any more, so the keys that made them can go.
    package func keyNumbersToWipe(nowMilliseconds: Int) throws -> [Int] {
        try actions().filter {
            $0.ended.map { nowMilliseconds >= $0 + Retention.fingerprints * dayMilliseconds }
                ?? false
        }.compactMap(\.keyNumber)
    }
}

private let dayMilliseconds = 86_400_000

extension ActionRow {
    /// When its records go; nil while it has not ended. Milliseconds since 1970.
    package var recordsDue: Int? {
        guard let ended else { return nil }
        let latest = ended + Retention.records * dayMilliseconds
        return state == .delivered
            ? min(latest, stateSince + Retention.delivered * dayMilliseconds) : latest
    }

    /// Whether what is sealed for the action is still kept.
    package func keepsRecords(nowMilliseconds: Int) -> Bool {
        recordsDue.map { nowMilliseconds < $0 } ?? true
    }
}
