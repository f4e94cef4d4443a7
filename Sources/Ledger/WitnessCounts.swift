import Synchronization

/// What the rounds of asking witnesses tell each other.
final class WitnessCounts: Sendable {
    private let state = Mutex((failures: 0, isAsked: false))

    var failures: Int { state.withLock { $0.failures } }

    func countFailure() { state.withLock { $0.failures += 1 } }

    /// Something new was published.
    func askSoon() { state.withLock { $0.isAsked = true } }

    /// Whether anything was since this was asked last.
    func isAsked() -> Bool {
        state.withLock { state in
            defer { state.isAsked = false }
            return state.isAsked
        }
    }
}
