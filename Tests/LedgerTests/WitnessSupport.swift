import Domain
import Ledger
import Logging
import Storage
import Synchronization

/// A log whose leaves are numbers, and which can have another history from some leaf on.
struct NumberLog: Sendable {
    let origin: String
    let key: SigningKey
    var leaves: [TreeHash]

    init(_ origin: String, seed: UInt8 = 1, size: Int, forkedAt fork: Int = .max) {
        self.origin = origin
        key = signingKey(seed, .log)
        leaves = (0..<size).map { TreeHash(leaf: [UInt8($0), $0 < fork ? 0 : 1]) }
    }

    var vkey: NoteKey { key.publicKey(named: origin) }

    private func tree(_ size: Int) -> MerkleTree {
        let leaves = leaves
        return MerkleTree(size: size) { tile in Array(leaves[..<tile.width]) }
    }

    func checkpoint(_ size: Int) throws -> Checkpoint {
        Checkpoint(origin: origin, size: size, root: try tree(size).root())
    }

    func note(_ size: Int) throws -> SignedNote {
        let text = try checkpoint(size).text
        return SignedNote(text: text, signatures: [try key.sign(text, named: origin)])
    }

    func proof(_ older: Int, _ size: Int) throws -> [TreeHash] {
        try tree(size).consistencyProof(from: older)
    }

    func request(_ older: Int, _ size: Int) throws -> [UInt8] {
        WitnessRequest(oldSize: older, proof: try proof(older, size), note: try note(size)).bytes
    }

    func head(_ size: Int) throws -> LogHead {
        let row = LedgerRow(
            action: .random(), origin: origin, size: size, number: 0,
            checkpoint: String(decoding: try note(size).bytes, as: UTF8.self), asOf: 0)
        guard let head = LogHead(row, proof: { try proof($0, size) }) else { throw NoHead() }
        return head
    }

    struct NoHead: Error {}
}

func signingKey(_ seed: UInt8, _ kind: NoteKey.Kind) -> SigningKey {
    guard let key = SigningKey(seed: Array(repeating: seed, count: 32), kind: kind) else {
        preconditionFailure("32 bytes are a seed")
    }
    return key
}

/// A disk that can fail at a call and lose its power.
final class FragileDisk: LedgerFiles {
    private let state = Mutex(State())

    private struct State {
        var settled: [String: [UInt8]] = [:]
        var unsettled: [String: [UInt8]] = [:]
        var calls = 0
        var failing: Int?

        mutating func count() throws {
            calls += 1
            if calls == failing { throw Failure() }
        }
    }

    struct Failure: Error {}

    var calls: Int { state.withLock { $0.calls } }

    /// Fails at the call after `calls` more; a failed write may have come to its end.
    func fail(after calls: Int) { state.withLock { $0.failing = $0.calls + calls + 1 } }

    /// Of the names that were not settled only these are left.
    func losePower(keeping names: Set<String>) {
        state.withLock { state in
            state.settled.merge(state.unsettled.filter { names.contains($0.key) }) { $1 }
            state.unsettled = [:]
            state.failing = nil
        }
    }

    var unsettledNames: Set<String> { state.withLock { Set($0.unsettled.keys) } }

    func change(_ name: String, _ body: ([UInt8]?) -> [UInt8]?) {
        state.withLock { $0.settled[name] = body($0.settled[name]) }
    }

    func read(_ name: String) throws -> [UInt8]? {
        state.withLock { $0.unsettled[name] ?? $0.settled[name] }
    }

    func byteCount(_ name: String) -> Int? { try? read(name)?.count }

    func write(_ bytes: [UInt8], as name: String) throws {
        try state.withLock { state in
            state.unsettled[name] = bytes
            try state.count()
        }
    }

    func settle() throws {
        try state.withLock { state in
            try state.count()
            state.settled.merge(state.unsettled) { $1 }
            state.unsettled = [:]
        }
    }

    func remove(_ folder: String) throws {}
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A witness that was started on these files before, or starts for the first time.
func witness(
    _ logs: [NoteKey], on files: FragileDisk = .init(), seed: UInt8 = 99, originLimit: Int = 10
) throws -> Witness {
    if try files.read("origins") == nil { try Witness.prepare(files) }
    return try Witness(
        name: "witness.example/w\(seed)", key: signingKey(seed, .cosigner), logs: logs,
        files: files, logger: quiet, originLimit: originLimit)
}
