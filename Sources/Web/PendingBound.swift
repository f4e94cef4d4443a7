import Synchronization

/// Keeps the rows that wait for confirmation from filling the disk.
package final class PendingBound: Sendable {
    private let limit: Int
    private let waiting = Mutex(0)

    /// `limit` is a number of rows.
    package init(limit: Int) { self.limit = limit }

    package func start(with waiting: Int) { self.waiting.withLock { $0 = waiting } }

    var waitingNow: Int { waiting.withLock { $0 } }

    var hasRoom: Bool { waiting.withLock { $0 < limit } }

    /// Makes room for one row; false when there is none.
    func reserve() -> Bool {
        waiting.withLock { waiting in
            guard waiting < limit else { return false }
            waiting += 1
            return true
        }
    }

    package func release(_ rows: Int = 1) {
        waiting.withLock { $0 = max(0, $0 - rows) }
    }
}

/// Something that happened, until somebody has looked.
final class Flag: Sendable {
    private let isUp = Mutex(false)

    func raise() { isUp.withLock { $0 = true } }

    /// Whether it was up.
    func lower() -> Bool {
        isUp.withLock { isUp in
            defer { isUp = false }
            return isUp
        }
    }
}
