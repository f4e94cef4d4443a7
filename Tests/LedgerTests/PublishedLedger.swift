import Domain
import Foundation
import Ledger
import Storage
import Testing

/// A sequencer and a publisher from a start on; a new one is the next start.
struct LedgerServer: Sendable {
    let sequencer: Sequencer
    let publisher: Publisher
    let service: LedgerService
    let standings = Standings()

    init(_ world: LedgerWorld, seed: UInt8, store: any Store, files: any LedgerFiles) {
        let identity = Sequencer.Identity(
            key: signingKey(seed, .log), origin: "https://\(LedgerWorld.host)")
        sequencer = Sequencer(
            store: store, identity: identity, now: { world.now },
            isPublished: { files.byteCount("\($0)/checkpoint") != nil })
        publisher = Publisher(
            store: store, files: files, identity: identity, standings: standings)
        service = LedgerService(
            sequencer: sequencer, publisher: publisher, interval: 1, logger: quiet)
    }

    /// Starts, and does all that there is to do.
    func run() async throws -> LedgerServer {
        try await service.start()
        try await drain()
        return self
    }

    /// Sequences until nothing is left that can have its place.
    func drain() async throws { for _ in 0..<3 { try await service.sequence() } }
}

/// An action's ledger as anybody reads it, checked as the verifier does.
struct PublishedLedger {
    let note: SignedNote
    let checkpoint: Checkpoint
    let entries: [LedgerEntry]
    let state: LedgerState
    let problems: [LedgerProblem]

    /// Throws if a file is missing or is no part of a ledger.
    init(_ files: any LedgerFiles, _ index: Int = 0, seed: UInt8 = 1) throws {
        func read(_ name: String) throws -> [UInt8] {
            try #require(try files.read("a\(index)/\(name)"), "\(name)")
        }
        let key = try #require(
            NoteKey(String(decoding: try read("vkey").dropLast(), as: UTF8.self)))
        #expect(key.publicKey == signingKey(seed, .log).publicKey(named: "").publicKey)
        note = try #require(SignedNote(try read("checkpoint")))
        checkpoint = try Checkpoint(note, signedBy: key)
        var verifier = LedgerVerifier(checkpoint)
        var entries: [LedgerEntry] = []
        for number in 0..<LedgerPart.count(size: checkpoint.size) {
            let (bundle, tile) = LedgerPart.tiles(number: number, size: checkpoint.size)
            let part = try LedgerPart(
                number: number, size: checkpoint.size, bundle: try read(bundle.path),
                tile: try read(tile.path))
            verifier.append(part)
            entries += part.entries
        }
        for (tile, hashes) in verifier.upperTiles() {
            verifier.check(try read(tile.path), of: tile, against: hashes)
        }
        verifier.finish()
        verifier.check(statements: try read("statements.json"))
        #expect(verifier.missingTexts == 0)
        self.entries = entries
        state = verifier.state
        problems = verifier.problems
    }

    /// Whether what somebody was once shown is the beginning of this.
    func goesOn(from older: Checkpoint) -> Bool {
        guard older.size <= entries.count, older.origin == checkpoint.origin else { return false }
        var range = CompactRange()
        for entry in entries.prefix(older.size) { range.append(TreeHash(leaf: entry.bytes)) }
        return range.root == older.root
    }

    func kinds() -> [LedgerEntry.Kind] { entries.map(\.kind) }

    func count(_ kind: LedgerEntry.Kind) -> Int { entries.filter { $0.kind == kind }.count }
}

extension LedgerWorld {
    /// Everything that must be true of a ledger whose queue is empty: what is published, what the
    /// page shows and what the rows say are one, and it is the number expected.
    @discardableResult
    func check(
        _ server: LedgerServer, number: Int, _ index: Int = 0,
        at place: SourceLocation = #_sourceLocation
    ) async throws -> PublishedLedger {
        let published = try PublishedLedger(files, index)
        #expect(published.problems == [], sourceLocation: place)
        #expect(published.state.counted == number, sourceLocation: place)
        let standing = server.standings.standing(of: actions[index])
        #expect(standing?.number == number, sourceLocation: place)
        #expect(standing?.size == published.checkpoint.size, sourceLocation: place)
        #expect(standing?.root == published.checkpoint.root, sourceLocation: place)
        let action = actions[index]
        let row = try await store.read { try $0.ledger(of: action) }
        #expect(row?.number == number, sourceLocation: place)
        #expect(row?.size == published.checkpoint.size, sourceLocation: place)
        #expect(try await problems() == [], sourceLocation: place)
        return published
    }
}
