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
}

extension Transaction {
    /// Deletes what has outlived its purpose (protocol, section 5): pending rows at the end of
    /// the day after they expire, answers after 72 hours, sealed records 30 days after delivery and
    /// at most 180 days after the action closed.
    package func removeExpired(today: Day, nowMilliseconds: Int) throws -> RetentionReport {
        var report = RetentionReport()
        report.pending = try run(
            "DELETE FROM pending WHERE expires <= \(today.number + 1 - Retention.pending)")
        report.spent = try run("DELETE FROM spent WHERE day < \(today.number - 3)")
        for action in try actions() {
            guard let due = action.recordsDue, nowMilliseconds >= due else { continue }
            try run(
                """
                DELETE FROM ledger_aside WHERE record_id IN
                    (SELECT record_id FROM record WHERE action = \(action.id))
                """)
            // Where a signature stands in the ledger is nobody's any more; those that wait for
            // their place still need it.
            try run(
                """
                DELETE FROM ledger_place WHERE action = \(action.id) AND record_id NOT IN
                    (SELECT record_id FROM ledger_queue WHERE record_id IS NOT NULL)
                """)
            let erased = try run(
                "DELETE FROM record WHERE (action = \(action.id)) IS TRUE")
            try run("UPDATE action SET erased = erased + \(erased) WHERE id = \(action.id)")
            report.records += erased
            report.replies += try run("DELETE FROM reply WHERE action = \(action.id)")
        }
        report.unsubscribed = try removeUselessUnsubscribed()
        report.letters = try dropStaleLetters(today: today)
        return report
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
