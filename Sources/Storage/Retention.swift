package import Domain

/// How many rows the clock has taken; counts only.
package struct RetentionReport: Hashable, Sendable {
    package var pending = 0
    package var spent = 0
    package var records = 0

    package init() {}
}

extension Transaction {
    /// Deletes what has outlived its purpose (protocol, section 5): pending rows at the end of
    /// the day after they expire, answers after 72 hours, sealed records 30 days after delivery and
    /// at most 180 days after the action closed.
    package func removeExpired(today: Day, nowMilliseconds: Int) throws -> RetentionReport {
        var report = RetentionReport()
        report.pending = try run("DELETE FROM pending WHERE expires < \(today.number - 1)")
        report.spent = try run("DELETE FROM spent WHERE day < \(today.number - 3)")
        for action in try actions() {
            guard let due = action.recordsDue, nowMilliseconds >= due else { continue }
            try run("DELETE FROM dedupe WHERE action = \(action.id)")
            let erased = try run("DELETE FROM record WHERE action = \(action.id)")
            try run("UPDATE action SET erased = erased + \(erased) WHERE id = \(action.id)")
            report.records += erased
        }
        return report
    }

    /// The key numbers of actions that closed more than 30 days ago: their tags mean nothing
    /// any more, so the keys that made them can go.
    package func keyNumbersToWipe(nowMilliseconds: Int) throws -> [Int] {
        try actions().filter {
            $0.ended.map { nowMilliseconds >= $0 + 30 * dayMilliseconds } ?? false
        }.compactMap(\.keyNumber)
    }
}

private let dayMilliseconds = 86_400_000

extension ActionRow {
    /// When its records go; nil while it has not ended. Milliseconds since 1970.
    fileprivate var recordsDue: Int? {
        guard let ended else { return nil }
        let latest = ended + 180 * dayMilliseconds
        return state == .delivered ? min(latest, stateSince + 30 * dayMilliseconds) : latest
    }
}
