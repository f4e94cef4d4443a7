import Domain
import Synchronization

/// The numbers: counted from the store at the start, and changed with every commit since.
///
/// What pages show is the published number. It follows at once while things are calm, and five
/// times a second in a rush, so that a page is not printed anew for each of a thousand signatures.
package final class Tally: Sendable {
    private let state = Mutex<[ActionID: Count]>([:])

    private struct Count {
        var live = 0
        var published = 0
        /// How many changes may be published at once; grows with time.
        var credit = Tally.mostCredit
        var creditedAt: Double = 0
    }

    private static let mostCredit: Double = 50
    private static let creditPerSecond: Double = 5

    init() {}

    func start(with numbers: [ActionID: Int], now: Double) {
        state.withLock { state in
            state = numbers.mapValues { Count(live: $0, published: $0, creditedAt: now) }
        }
    }

    /// A signature was counted (1) or taken back (-1), durably.
    func change(_ action: ActionID, by change: Int) {
        state.withLock { $0[action, default: Count()].live += change }
    }

    /// The number that is public now.
    func published(_ action: ActionID, now: Double) -> Int {
        state.withLock { state in
            var count = state[action] ?? Count()
            guard count.live != count.published else { return count.published }
            let earned = max(0, now - count.creditedAt) * Tally.creditPerSecond
            count.credit = min(Tally.mostCredit, count.credit + earned)
            count.creditedAt = now
            if count.credit >= 1 {
                count.credit -= 1
                count.published = count.live
            }
            state[action] = count
            return count.published
        }
    }

    /// The number with the signature that has just been counted in it.
    func live(_ action: ActionID) -> Int { state.withLock { $0[action]?.live ?? 0 } }
}

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
