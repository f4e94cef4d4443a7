import Domain
import Foundation
import Ledger

/// One check of a log: fetches its files, several at once, and has them recomputed in order.
struct LedgerVerification {
    let source: LedgerSource
    /// The log's key as the user has it from elsewhere; else that beside the log is taken.
    let key: NoteKey?
    let policy: WitnessPolicy?
    /// Files with checkpoints from before.
    let older: [String]
    /// A file with a receipt.
    let receipt: String?

    private static let longestStatements = 16 << 20

    /// Throws `LedgerProblem` for a log that cannot even be begun, and other errors for what could
    /// not be read.
    func run() async throws -> LedgerReport {
        let key = try key ?? servedKey()
        let note = try readNote()
        let checkpoint = try Self.checkpoint(note, key, file: "checkpoint")
        guard key.name == checkpoint.origin else {
            throw LedgerProblem.keyOfOtherLog(key: key.name, origin: checkpoint.origin)
        }
        let (beside, badFiles) = try readBeside(key)
        var verifier = LedgerVerifier(
            checkpoint, rootsAt: beside.sizes, entryAt: beside.receipt?.proof.index)
        for problem in badFiles { verifier.report(problem) }
        do {
            try await recompute(checkpoint.size, &verifier)
            try checkBeside(beside, &verifier)
        } catch let problem as LedgerProblem {
            verifier.report(problem)
        }
        let signatures = LedgerSignatures(
            of: note, checkpoint: checkpoint, key: key, policy: policy)
        for problem in signatures.problems { verifier.report(problem) }
        return LedgerReport(
            verifier, signatures, older: beside.older.map { ($0.file, $0.checkpoint.size) },
            receipt: beside.receipt.map { ($0.file, $0.proof.index) })
    }

    private func servedKey() throws -> NoteKey {
        let text = String(decoding: try source.read("vkey", atMost: 1_024), as: UTF8.self)
        guard let key = NoteKey(text.trimmed), key.kind == .log else { throw LedgerProblem.noKey }
        say(
            """
            The key comes from the same place as the log. To be sure that it is the log that others \
            see, get the key from elsewhere and give it with --vkey.
            """)
        return key
    }

    private func readNote() throws -> SignedNote {
        guard let note = SignedNote(try source.read("checkpoint", atMost: SignedNote.limit)) else {
            throw LedgerProblem.checkpoint(file: "checkpoint", .malformed)
        }
        return note
    }

    private static func checkpoint(
        _ note: SignedNote, _ key: NoteKey, file: String
    ) throws(LedgerProblem) -> Checkpoint {
        do {
            return try Checkpoint(note, signedBy: key)
        } catch {
            throw .checkpoint(file: file, error)
        }
    }

    /// What the user gave beside the log, as far as it is signed by the log.
    private struct Beside {
        var older: [(file: String, checkpoint: Checkpoint)] = []
        var receipt: (file: String, proof: LedgerProof, checkpoint: Checkpoint)?

        var sizes: [Int] {
            older.map(\.checkpoint.size) + (receipt.map { [$0.checkpoint.size] } ?? [])
        }
    }

    private func readBeside(_ key: NoteKey) throws -> (Beside, [LedgerProblem]) {
        var beside = Beside()
        var problems: [LedgerProblem] = []
        for file in older {
            do {
                guard let note = SignedNote(try readFile(file)) else {
                    throw LedgerProblem.checkpoint(file: file, .malformed)
                }
                beside.older.append((file, try Self.checkpoint(note, key, file: file)))
            } catch let problem as LedgerProblem {
                problems.append(problem)
            }
        }
        if let receipt {
            do {
                guard let proof = LedgerProof(try readFile(receipt)) else {
                    throw LedgerProblem.noReceipt(file: receipt)
                }
                let checkpoint = try Self.checkpoint(proof.checkpoint, key, file: receipt)
                beside.receipt = (receipt, proof, checkpoint)
            } catch let problem as LedgerProblem {
                problems.append(problem)
            }
        }
        return (beside, problems)
    }

    private func readFile(_ path: String) throws -> [UInt8] {
        try LedgerSource.read(URL(filePath: path), named: path, atMost: SignedNote.limit)
    }

    private func recompute(_ size: Int, _ verifier: inout LedgerVerifier) async throws {
        var progress = Progress(total: size, what: "entries")
        defer { progress.finish() }
        let source = source
        try await inOrder(LedgerPart.count(size: size)) { number in
            let (bundle, tile) = LedgerPart.tiles(number: number, size: size)
            return try LedgerPart(
                number: number, size: size, bundle: source.read(bundle), tile: source.read(tile))
        } take: { part in
            verifier.append(part)
            progress.advance(by: part.entries.count)
        }
        verifier.finish()
        let upper = verifier.upperTiles()
        try await inOrder(upper.count) { number in
            (upper[number], try source.read(upper[number].tile))
        } take: { upper, bytes in
            verifier.check(bytes, of: upper.tile, against: upper.hashes)
        }
    }

    private func checkBeside(_ beside: Beside, _ verifier: inout LedgerVerifier) throws {
        do {
            verifier.check(
                statements: try source.read("statements.json", atMost: Self.longestStatements))
        } catch LedgerSource.Failure.missing(_) {
            // A copy may be without them.
        }
        for (file, checkpoint) in beside.older { verifier.check(older: checkpoint, file: file) }
        if let (file, proof, checkpoint) = beside.receipt {
            verifier.check(receipt: proof, of: checkpoint, file: file)
        }
    }

    /// Makes a value for each number below `count`, several at once, and hands them over in order.
    private func inOrder<Value: Sendable>(
        _ count: Int, make: @escaping @Sendable (Int) throws -> Value, take: (Value) -> Void
    ) async throws {
        let breadth = source.breadth
        try await withThrowingTaskGroup(of: (Int, Value).self) { group in
            var (begun, taken) = (0, 0)
            var waiting: [Int: Value] = [:]
            while taken < count {
                while begun < min(count, taken + 4 * breadth),
                    begun - taken - waiting.count < breadth
                {
                    let number = begun
                    group.addTask { (number, try await onThread { try make(number) }) }
                    begun += 1
                }
                guard let (number, value) = try await group.next() else { return }
                waiting[number] = value
                while let value = waiting.removeValue(forKey: taken) {
                    take(value)
                    taken += 1
                }
            }
        }
    }
}

private let threads = DispatchQueue(label: "outcry.verify", attributes: .concurrent)

/// Does what waits for files or a network beside the threads of the tasks.
private func onThread<Value: Sendable>(
    _ body: @escaping @Sendable () throws -> Value
) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        threads.async { continuation.resume(with: Result(catching: body)) }
    }
}
