import GRDB
import Storage
import Synchronization

/// What waits for one connection; who comes while it works waits together.
final class WaitingWork: Sendable {
    private let state = Mutex(State())

    private struct State {
        var works: [any Work] = []
        var isTaken = false
        var isRush = false
    }

    /// How much may share one transaction.
    private static let limit = 512

    /// Whether several came together the last time.
    var isRush: Bool { state.withLock { $0.isRush } }

    /// Returns whether nobody is at work, so that the caller must see to it.
    func add(_ work: any Work) -> Bool {
        state.withLock { state in
            state.works.append(work)
            defer { state.isTaken = true }
            return !state.isTaken
        }
    }

    /// All that waits, as far as it fits beside `taken`; it may be nothing.
    func next(beside taken: Int = 0) -> [any Work] {
        state.withLock { state in
            let room = max(0, Self.limit - taken)
            state.isRush = taken + state.works.count > 1
            guard state.works.count > room else {
                defer { state.works = [] }
                return state.works
            }
            defer { state.works.removeFirst(room) }
            return Array(state.works.prefix(room))
        }
    }

    /// Ends the work unless more has come; returns whether it has ended.
    func end() -> Bool {
        state.withLock { state in
            state.isTaken = !state.works.isEmpty
            return !state.isTaken
        }
    }
}

/// A read or a write that waits for its transaction.
protocol Work: Sendable {
    /// Keeps what the body returns, and throws what it throws.
    func run(in transaction: SQLiteTransaction) throws
    /// Keeps an error of its own instead.
    func keep(_ error: any Error)
    /// The transaction is done, and on the disk if it has written.
    func succeed()
    /// There was no transaction.
    func fail(_ error: any Error)
}

final class PendingWork<T: Sendable>: Work {
    private let body: @Sendable (any Transaction) throws -> T
    private let continuation: CheckedContinuation<T, any Error>
    private let outcome = Mutex<Result<T, any Error>>(.failure(StorageError.busy))

    init(
        body: @escaping @Sendable (any Transaction) throws -> T,
        continuation: CheckedContinuation<T, any Error>
    ) {
        self.body = body
        self.continuation = continuation
    }

    func run(in transaction: SQLiteTransaction) throws {
        let value = try body(transaction)
        outcome.withLock { $0 = .success(value) }
    }

    func keep(_ error: any Error) { outcome.withLock { $0 = .failure(error) } }

    func succeed() { continuation.resume(with: outcome.withLock { $0 }) }

    func fail(_ error: any Error) { continuation.resume(throwing: error) }
}
