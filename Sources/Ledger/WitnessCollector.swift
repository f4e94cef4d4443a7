package import Storage

/// A ledger's newest checkpoint, and how to prove that it goes on from an older one.
package struct LogHead: Sendable {
    package let row: LedgerRow
    package let note: SignedNote
    package let checkpoint: Checkpoint
    /// That the tree of this many entries, from 0 to the size, is the beginning of this one.
    package let proof: @Sendable (Int) async throws -> [TreeHash]

    /// Nil if the row has no checkpoint of a log.
    package init?(
        _ row: LedgerRow, proof: @escaping @Sendable (Int) async throws -> [TreeHash]
    ) {
        guard let note = SignedNote(row.checkpoint.utf8),
            let checkpoint = Checkpoint(text: note.text)
        else { return nil }
        self.row = row
        self.note = note
        self.checkpoint = checkpoint
        self.proof = proof
    }
}

/// What came of asking one witness about every ledger.
package struct WitnessReport: Hashable, Sendable {
    /// What the policy calls it.
    package let witness: String
    /// Checkpoints that it has cosigned now.
    package var cosigned: [LedgerRow] = []
    /// What this installation has signed and its database does not have: nothing more may be
    /// signed.
    package var contradictions: [Publisher.Contradiction] = []
    /// Nothing of it is a reason to wait.
    package var problems: [Problem] = []

    package enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// It has not answered an earlier question yet, and was asked nothing.
        case busy
        case unreachable(String)
        /// It says no, and may have its reason.
        case refuses(String)
        /// It says what cannot be.
        case lies(String)
        /// It was asked nothing, or not understood, for a fault on this side.
        case faultHere(String)

        package var description: String {
            switch self {
            case .busy: "has not answered yet"
            case .unreachable(let why): "cannot be reached: \(why)"
            case .refuses(let what): "refuses: \(what)"
            case .lies(let what): "lies: \(what)"
            case .faultHere(let what): "could not be asked: \(what)"
            }
        }
    }

    mutating func note(_ problem: Problem) {
        if !problems.contains(problem) { problems.append(problem) }
    }
}

/// Gets the ledgers' checkpoints cosigned (C2SP tlog-witness).
///
/// Every witness is asked by itself and never twice at once: one that hangs or lies delays no
/// other and nobody here.
package final class WitnessCollector: Sendable {
    package struct Answer: Sendable {
        package let status: Int
        package let contentType: String
        package let body: [UInt8]

        package init(status: Int, contentType: String, body: [UInt8]) {
            self.status = status
            self.contentType = contentType
            self.body = body
        }
    }

    /// Sends a body with POST, or asks with GET if there is none, within the time. Throws if there
    /// is no whole answer, or a long one; every status is an answer.
    package typealias Fetch =
        @Sendable (_ url: String, _ body: [UInt8]?, _ timeout: Duration) async throws -> Answer

    /// The newest checkpoints, none older than what was ever served: asked at each round, and
    /// again before a witness is believed to know more.
    package typealias Heads = @Sendable () async throws -> [LogHead]

    private let clients: [WitnessClient]
    private let heads: Heads

    /// Witnesses without an address are asked nothing. `log` is this installation's key, under any
    /// name; `timeLimit` is for one request.
    package init(
        witnesses: [WitnessPolicy.Witness], log: NoteKey, timeLimit: Duration = .seconds(10),
        fetch: @escaping Fetch, heads: @escaping Heads
    ) {
        clients = witnesses.compactMap { witness in
            witness.url.map { url in
                WitnessClient(
                    witness, url: url, log: log, fetch: fetch, heads: heads, timeLimit: timeLimit)
            }
        }
        self.heads = heads
    }

    /// Asks for the cosignatures that are missing. Returns as soon as the witnesses are being
    /// asked; each report comes when its witness is done, and the last within four time limits.
    package func collect() async throws -> AsyncStream<WitnessReport> {
        let heads = try await heads()
        return each { await $0.collect(heads) }
    }

    /// Looks whether a witness keeps a checkpoint that contradicts the database; to be asked
    /// before anything is signed.
    package func compare() async throws -> AsyncStream<WitnessReport> {
        let heads = try await heads()
        return each { await $0.compare(heads) }
    }

    /// All cosignatures on this checkpoint so far, in the order of the witnesses.
    package func cosignatures(on row: LedgerRow) async -> [SignedNote.Signature] {
        guard let note = SignedNote(row.checkpoint.utf8) else { return [] }
        var signatures: [SignedNote.Signature] = []
        for client in clients {
            if let signature = await client.cosignature(on: note, of: row.origin) {
                signatures.append(signature)
            }
        }
        return signatures
    }

    private func each(
        _ ask: @escaping @Sendable (WitnessClient) async -> WitnessReport
    ) -> AsyncStream<WitnessReport> {
        let (reports, out) = AsyncStream<WitnessReport>.makeStream()
        let clients = clients
        Task {
            await withTaskGroup { group in
                for client in clients { group.addTask { out.yield(await ask(client)) } }
            }
            out.finish()
        }
        return reports
    }
}
