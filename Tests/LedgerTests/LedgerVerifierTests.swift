import Crypto
import Domain
import Foundation
import Ledger
import Testing

/// A small log with its files, each of which a test may damage.
private struct FiledLog {
    var entries: [LedgerEntry] = []
    var files: [Tile: [UInt8]] = [:]
    var checkpoint: Checkpoint
    static let action = ActionID(Array(0..<16))

    static let opening = "outcry open 2\nslug\n\(action?.description ?? "")\nff\none per mailbox\n"

    /// `r | h` of entry `index`.
    static func opening(of index: Int) -> [UInt8] {
        [UInt8](repeating: UInt8(index % 251), count: 64)
    }

    static func leaf(_ index: Int) -> [UInt8] {
        let head = Array("outcry/leaf/v1".utf8) + (action?.bytes ?? [])
        return Array(SHA256.hash(data: head + opening(of: index)))
    }

    init(size: Int, more: [LedgerEntry] = []) throws {
        let text = Array(SHA256.hash(data: Array(Self.opening.utf8)))
        entries = [LedgerEntry(.open, a: text, b: LedgerEntry.number(0))]
        while entries.count + more.count < size {
            let code = Array(SHA256.hash(data: LedgerEntry.number(7)))
            entries.append(LedgerEntry(.sign, a: Self.leaf(entries.count), b: code))
        }
        entries += more
        var edge = TreeEdge()
        for (tile, hashes) in edge.append(entries.map { TreeHash(leaf: $0.bytes) }) {
            files[tile] = hashes.concatenated
        }
        for tile in Tile.new(in: size) where tile.content == .entries {
            let start = tile.number * Tile.fullWidth
            files[tile] = Bundle.bytes(Array(entries[start..<start + tile.width]))
        }
        checkpoint = Checkpoint(origin: "h/actions/slug/log", size: size, root: edge.root)
    }

    func root(_ size: Int) -> TreeHash {
        plainRoot(entries[..<size].map { TreeHash(leaf: $0.bytes) }[...])
    }

    func path(_ index: Int, _ size: Int) throws -> [TreeHash] {
        let leaves = entries.map { TreeHash(leaf: $0.bytes) }
        return try MerkleTree(size: size) { tile in
            let start = tile.number * Tile.fullWidth
            if tile.content == .hashes(level: 0) {
                return Array(leaves[start..<start + tile.width])
            }
            return (0..<tile.width).map { plainRoot(leaves[(256 * $0)..<(256 * $0 + 256)]) }
        }.inclusionProof(of: index)
    }

    /// A verifier that has seen everything.
    func verified(rootsAt sizes: [Int] = [], entryAt index: Int? = nil) throws -> LedgerVerifier {
        var verifier = LedgerVerifier(checkpoint, rootsAt: sizes, entryAt: index)
        let size = checkpoint.size
        for number in 0..<LedgerPart.count(size: size) {
            let (bundle, tile) = LedgerPart.tiles(number: number, size: size)
            verifier.append(
                try LedgerPart(
                    number: number, size: size, bundle: files[bundle] ?? [],
                    tile: files[tile] ?? []))
        }
        verifier.finish()
        for (tile, hashes) in verifier.upperTiles() {
            verifier.check(files[tile] ?? [], of: tile, against: hashes)
        }
        return verifier
    }

    /// What a verifier says of it, thrown or collected.
    func problems() -> [LedgerProblem] {
        do {
            return try verified().problems
        } catch let problem as LedgerProblem {
            return [problem]
        } catch {
            return []
        }
    }
}

@Suite("The verifier")
struct LedgerVerifierTests {
    @Test("finds nothing in a whole log", arguments: [1, 2, 255, 256, 257, 512, 700])
    func whole(size: Int) throws {
        let log = try FiledLog(size: size)
        let verifier = try log.verified()
        #expect(verifier.problems.isEmpty)
        #expect(verifier.state.counted == size - 1)
    }

    @Test("finds nothing in a log without entries")
    func empty() throws {
        var verifier = LedgerVerifier(Checkpoint(origin: "o", size: 0, root: .empty))
        verifier.finish()
        #expect(verifier.problems.isEmpty)
        var wrong = LedgerVerifier(Checkpoint(origin: "o", size: 0, root: .init(leaf: [])))
        wrong.finish()
        #expect(wrong.problems == [.wrongRoot])
    }

    @Test("asks for every tile of the log and for no other", arguments: [1, 256, 65_536, 65_793])
    func tiles(size: Int) throws {
        let log = try FiledLog(size: size)
        let parts = (0..<LedgerPart.count(size: size)).flatMap { number in
            let names = LedgerPart.tiles(number: number, size: size)
            return [names.bundle, names.tile]
        }
        let verifier = try log.verified()
        #expect(verifier.problems.isEmpty)
        #expect(Set(parts + verifier.upperTiles().map(\.tile)) == Set(Tile.new(in: size)))
    }

    @Test("sees one wrong byte in any file, and says in which")
    func tampered() throws {
        let whole = try FiledLog(size: 600)
        for (tile, bytes) in whole.files {
            for place in Set([0, 1, bytes.count - 1, Int.random(in: bytes.indices)]) {
                var log = whole
                log.files[tile]?[place] ^= 1
                let problems = log.problems()
                let names = problems.map(\.description)
                #expect(!problems.isEmpty, "byte \(place) of \(tile.path)")
                #expect(
                    names.contains { $0.hasPrefix(tile.path) }
                        || (tile.content == .entries && problems.contains(.wrongRoot)))
            }
        }
    }

    @Test("sees a file that is shorter or longer", arguments: [-1, 1, -32, 68])
    func lengths(change: Int) throws {
        let whole = try FiledLog(size: 600)
        for (tile, bytes) in whole.files {
            var log = whole
            log.files[tile] =
                change < 0 ? bytes.dropLast(-change) : bytes + [UInt8](repeating: 0, count: change)
            #expect(
                log.problems() == [
                    .wrongLength(
                        file: tile.path, bytes: bytes.count + change, expected: bytes.count)
                ])
        }
    }

    @Test("sees two entries that have changed places, and one that was replaced with its tile")
    func rewritten() throws {
        var log = try FiledLog(size: 600)
        let other = try FiledLog(
            size: 600,
            more: [LedgerEntry(.statement, a: LedgerEntry.number(1), b: LedgerEntry.number(0))])
        log.files = other.files
        #expect(log.problems().contains(.wrongRoot))
        // The forger's own tiles fit together; only the signed root does not.
        #expect(log.problems() == [.wrongRoot])
    }

    @Test("names the entry that breaks the rules, though all hashes fit")
    func rules() throws {
        let wrongCode = LedgerEntry(.withdraw, a: LedgerEntry.number(3), b: LedgerEntry.number(8))
        let log = try FiledLog(size: 300, more: [wrongCode])
        #expect(log.problems() == [.violation(.init(index: 299, reason: .code))])
        let right = LedgerEntry(.withdraw, a: LedgerEntry.number(3), b: LedgerEntry.number(7))
        #expect(try FiledLog(size: 300, more: [right]).problems().isEmpty)
        let again = try FiledLog(size: 300, more: [right, right])
        #expect(again.problems() == [.violation(.init(index: 299, reason: .transition))])
    }

    @Test("does not collect problems without end")
    func bounded() throws {
        var log = try FiledLog(size: 10_000)
        for tile in log.files.keys where tile.content == .hashes(level: 0) {
            log.files[tile]?[5] ^= 1
        }
        #expect(log.problems().count == LedgerVerifier.mostProblems)
    }
}

@Suite("Beside a log")
struct LedgerVerifierBesideTests {
    @Test("An older checkpoint is its beginning, or a fork, or longer, or another's")
    func older() throws {
        let log = try FiledLog(size: 700)
        for size in [0, 1, 255, 256, 257, 512, 699, 700] {
            var verifier = try log.verified(rootsAt: [size])
            let older = Checkpoint(
                origin: log.checkpoint.origin, size: size, root: log.root(size))
            verifier.check(older: older, file: "f")
            #expect(verifier.problems.isEmpty)
            let fork = Checkpoint(
                origin: older.origin, size: size, root: older.root.turned(31))
            verifier.check(older: fork, file: "f")
            #expect(verifier.problems == [.forked(file: "f", size: size)])
        }
        var verifier = try log.verified(rootsAt: [701])
        verifier.check(
            older: Checkpoint(origin: log.checkpoint.origin, size: 701, root: .empty), file: "f")
        verifier.check(older: Checkpoint(origin: "other", size: 1, root: .empty), file: "g")
        #expect(
            verifier.problems == [
                .shrunk(file: "f", older: 701, size: 700), .otherLog(file: "g", origin: "other"),
            ])
    }

    @Test("A statement is the one whose hash is in the log")
    func statements() throws {
        let log = try FiledLog(size: 5)
        func check(_ text: String) throws -> LedgerVerifier {
            var verifier = try log.verified()
            verifier.check(statements: Array(text.utf8))
            return verifier
        }
        let right = String(
            decoding: try JSONEncoder().encode(FiledLog.opening), as: UTF8.self)
        #expect(try check("[{\"index\":0,\"text\":\(right)}]").problems.isEmpty)
        #expect(try check("[{\"index\":0,\"text\":\(right)}]").missingTexts == 0)
        #expect(
            try check("[{\"index\":0,\"text\":\(right)},{\"index\":5,\"text\":\"\"}]").problems
                .isEmpty)
        #expect(try check("[]").missingTexts == 1)
        #expect(
            try check("[{\"index\":0,\"text\":\"other\"}]").problems == [.wrongStatement(index: 0)])
        #expect(try check("[{\"index\":1,\"text\":\"\"}]").problems == [.wrongStatement(index: 1)])
        #expect(
            try check("[{\"index\":-1,\"text\":\"\"}]").problems == [.wrongStatement(index: -1)])
        for broken in ["", "{}", "[{\"index\":0}]", "[{\"index\":1e30,\"text\":\"\"}]"] {
            #expect(try check(broken).problems == [.noStatements])
        }
    }

    @Test("A receipt is of its own signature, with the whole way to its checkpoint")
    func receipts() throws {
        let log = try FiledLog(size: 700)
        let text = String(decoding: try JSONEncoder().encode(FiledLog.opening), as: UTF8.self)
        func check(
            _ index: Int, opening: Int? = nil, path: [TreeHash]? = nil, says: Bool = true
        ) throws -> [LedgerProblem] {
            var verifier = try log.verified(rootsAt: [600], entryAt: index)
            if says { verifier.check(statements: Array("[{\"index\":0,\"text\":\(text)}]".utf8)) }
            let older = Checkpoint(origin: log.checkpoint.origin, size: 600, root: log.root(600))
            let proof = LedgerProof(
                opening: FiledLog.opening(of: opening ?? index), index: index,
                path: try path ?? log.path(index, 600),
                checkpoint: SignedNote(text: older.text, signatures: []))
            verifier.check(receipt: proof, of: older, file: "f")
            return verifier.problems
        }
        for index in [1, 255, 256, 599] { #expect(try check(index).isEmpty) }
        #expect(try check(0) == [.receiptOfNoSignature(file: "f", index: 0)])
        #expect(try check(9, opening: 10) == [.wrongOpening(file: "f", index: 9)])
        #expect(try check(9, path: log.path(10, 600)) == [.wrongProof(file: "f", index: 9)])
        #expect(try check(650, path: log.path(9, 600)) == [.wrongProof(file: "f", index: 650)])
        #expect(
            try check(700, path: log.path(9, 600)) == [.receiptOfNoSignature(file: "f", index: 700)]
        )
        #expect(try check(9, says: false) == [.noActionID(file: "f")])
    }

    @Test("Signatures are the log's, a witness's, a stranger's or forged")
    func signatures() throws {
        let checkpoint = Checkpoint(origin: "h/log", size: 0, root: .empty)
        let log = signingKey(1, .log)
        let witness = signingKey(2, .cosigner)
        let key = log.publicKey(named: "h/log")
        let text = "log \(key.text)\nwitness w \(witness.publicKey(named: "x").text)\nquorum w\n"
        let policy = try WitnessPolicy(Array(text.utf8))
        var note = SignedNote(
            text: checkpoint.text,
            signatures: [
                try log.sign(checkpoint.text, named: "h/log"),
                try signingKey(3, .cosigner).sign(checkpoint.text, named: "y", time: 5),
            ])
        func look() -> LedgerSignatures {
            LedgerSignatures(of: note, checkpoint: checkpoint, key: key, policy: policy)
        }
        #expect(look().lines.map(\.signer) == [.log, .unknown])
        #expect(look().problems == [.noQuorum])
        note.signatures.append(try witness.sign(checkpoint.text, named: "x", time: 5))
        #expect(look().lines.map(\.signer) == [.log, .unknown, .witness("w", time: 5)])
        #expect(look().problems.isEmpty)
        note.signatures[2] = try witness.sign("other", named: "x", time: 5)
        #expect(look().lines.map(\.signer) == [.log, .unknown, .forged])
        #expect(look().problems == [.forgedCosignature(witness: "w"), .noQuorum])
        let strange = try WitnessPolicy(
            Array("log \(key.named("h/other").text)\nquorum none\n".utf8))
        let others = LedgerSignatures(of: note, checkpoint: checkpoint, key: key, policy: strange)
        #expect(others.problems == [.noLogOfPolicy(origin: "h/log")])
    }
}
