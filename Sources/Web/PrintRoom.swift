import Domain
import HTTPTypes
import Sealing
import Synchronization

/// Prints that take time and room: one is made at a time, and once for all who ask for it
/// meanwhile; those that nobody asked for lately give way.
actor PrintRoom {
    /// A print is told from an older one under the same key by its state.
    private struct Print {
        let state: String
        let page: StoredPage
        let byteCount: Int
        var used: Int
    }

    /// Bytes that are kept.
    private let limit: Int
    private var prints: [String: Print] = [:]
    private var clock = 0
    private let waiting = Mutex(0)

    /// So many may wait; the next one is told to come back, rather than all wait for minutes.
    private static let mostWaiting = 20

    init(limit: Int = 64 * 1024 * 1024) { self.limit = limit }

    /// What is kept by nobody. Throws `PageError.busy` if many wait.
    nonisolated func print(_ body: @Sendable () throws -> [UInt8]) async throws -> [UInt8] {
        let hasRoom = waiting.withLock { waiting in
            waiting += 1
            return waiting <= Self.mostWaiting
        }
        defer { waiting.withLock { $0 -= 1 } }
        guard hasRoom else { throw PageError.busy }
        return try await perform(body)
    }

    private func perform(_ body: @Sendable () throws -> [UInt8]) throws -> [UInt8] { try body() }

    /// The print of this state; `print` makes it.
    func page(
        _ key: String, state: String, contentType: String, caching: String, special: HTTPFields,
        print: @Sendable () throws -> [UInt8]
    ) throws -> StoredPage {
        clock += 1
        if let known = prints[key], known.state == state {
            prints[key]?.used = clock
            return known.page
        }
        let bytes = try print()
        let page = StoredPage(
            bytes, contentType: contentType, hash: String(digest(bytes).hex.prefix(32)),
            caching: caching, special: special)
        prints[key] = Print(state: state, page: page, byteCount: bytes.count, used: clock)
        makeRoom(besides: key)
        return page
    }

    private func makeRoom(besides key: String) {
        var sum = prints.values.reduce(0) { $0 + $1.byteCount }
        while sum > limit {
            let others = prints.filter { $0.key != key }
            guard let oldest = others.min(by: { $0.value.used < $1.value.used }) else { return }
            sum -= oldest.value.byteCount
            prints[oldest.key] = nil
        }
    }
}
