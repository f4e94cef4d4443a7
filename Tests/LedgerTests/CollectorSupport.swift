import Foundation
import Ledger
import Synchronization

/// Witnesses by their addresses, and a ledger whose checkpoints they are asked about.
final class WitnessWorld: Sendable {
    typealias Handler =
        @Sendable (_ path: String, _ body: [UInt8]?) async throws
        -> WitnessCollector.Answer

    private let handlers = Mutex<[String: Handler]>([:])
    private let asked = Mutex<[String]>([])
    private let heads = Mutex<[LogHead]>([])
    private let policy = Mutex("")

    struct Down: Error {}

    /// The addresses that were asked, in order.
    var requests: [String] { asked.withLock { $0 } }

    func set(_ heads: LogHead...) { self.heads.withLock { $0 = heads } }

    /// A witness at `http://<name>` with the key of a seed.
    func add(_ name: String, seed: UInt8, _ handler: @escaping Handler) {
        let key = signingKey(seed, .cosigner).publicKey(named: "witness.example/w\(seed)")
        policy.withLock { $0 += "witness \(name) \(key.text) http://\(name)/\n" }
        handlers.withLock { $0[name] = handler }
    }

    func change(_ name: String, _ handler: @escaping Handler) {
        handlers.withLock { $0[name] = handler }
    }

    func collector(_ log: NoteKey, timeLimit: Duration = .seconds(60)) throws -> WitnessCollector {
        let policy = try WitnessPolicy(Array((policy.withLock { $0 } + "quorum none\n").utf8))
        return WitnessCollector(
            witnesses: policy.witnesses, log: log, timeLimit: timeLimit,
            fetch: { url, body, _ in
                let name = url.dropFirst("http://".count).prefix { $0 != "/" }
                let path = String(url.dropFirst("http://".count + name.count))
                self.asked.withLock { $0.append(url) }
                guard let handler = self.handlers.withLock({ $0[String(name)] }) else {
                    throw Down()
                }
                return try await handler(path, body)
            },
            heads: { self.heads.withLock { $0 } })
    }
}

/// A witness that keeps to the rules.
func honest(_ witness: Witness) -> WitnessWorld.Handler {
    { path, body in
        if let body {
            let answer = try await witness.add(body, time: 1_700_000_000)
            return .init(
                status: answer.status, contentType: answer.contentType,
                body: Array(answer.body.utf8))
        }
        let name = String(path.dropFirst().prefix { $0 != "/" })
        guard let note = await witness.checkpoint(name) else { return saying(404, "") }
        return .init(status: 200, contentType: "text/plain", body: note.bytes)
    }
}

func saying(_ status: Int, _ text: String, type: String = "text/plain") -> WitnessCollector.Answer {
    .init(status: status, contentType: type, body: Array(text.utf8))
}

extension WitnessCollector {
    /// The reports of a whole round, by witness.
    func reports() async throws -> [String: WitnessReport] {
        try await collect().reduce(into: [:]) { $0[$1.witness] = $1 }
    }

    func comparisons() async throws -> [String: WitnessReport] {
        try await compare().reduce(into: [:]) { $0[$1.witness] = $1 }
    }
}

/// Holds whoever comes until it is opened, whatever becomes of them meanwhile.
final class Gate: Sendable {
    private let state = Mutex<(isOpen: Bool, waiting: [CheckedContinuation<Void, Never>])>(
        (false, []))

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
