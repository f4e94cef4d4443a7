package import Domain
import Storage
import Synchronization

/// Where confirmed letters wait for their mail.
package struct LetterDesk: Sendable {
    /// Seals a letter for the queue of an action.
    package var seal: @Sendable (Letter, ActionID) throws -> [UInt8]
    /// Whether letters are taken: there is a key, and a relay.
    package var isOpen: @Sendable () -> Bool

    package init(
        seal: @escaping @Sendable (Letter, ActionID) throws -> [UInt8],
        isOpen: @escaping @Sendable () -> Bool = { true }
    ) {
        self.seal = seal
        self.isOpen = isOpen
    }

    /// Takes no letters.
    package static let closed = LetterDesk(
        seal: { _, _ in throw PageError.busy }, isOpen: { false })
}

/// How many people say that they posted a letter, by action; what the store counts, held in memory.
final class PostedLetters: Sendable {
    private let counts = Mutex<[ActionID: Int]>([:])

    subscript(action: ActionID) -> Int { counts.withLock { $0[action] ?? 0 } }

    func add(_ count: Int, to action: ActionID) {
        counts.withLock { $0[action, default: 0] += count }
    }

    /// Reads all of them; called once before the first request.
    func load(from store: any Store) async throws {
        let counts = try await store.read { transaction in
            var counts: [ActionID: Int] = [:]
            for action in try transaction.actions() {
                counts[action.id] = try transaction.letterTallies(of: action.id)
                    .filter { $0.kind == .posted }.reduce(0) { $0 + $1.count }
            }
            return counts
        }
        self.counts.withLock { $0 = counts }
    }
}
