package import Storage
import Synchronization

/// A store of which one write fails, as on a full disk, when it is told so.
package final class FailingStore: Store {
    private let store: any Store
    /// Writes until the one that fails; nil if none does.
    private let left = Mutex<Int?>(nil)

    package init(_ store: any Store) { self.store = store }

    package func failNext() { fail(after: 0) }

    package func fail(after writes: Int) { left.withLock { $0 = writes } }

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T { try await store.read(body) }

    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        let isFailing = left.withLock { left in
            defer { left = left.flatMap { $0 > 0 ? $0 - 1 : nil } }
            return left == 0
        }
        guard !isFailing else { throw StorageError.full }
        return try await store.write(body)
    }
}
