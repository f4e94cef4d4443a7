import Domain
import Foundation
import Ledger
import Testing

@Suite("Checkpoints")
struct CheckpointTests {
    /// The example of tlog-cosignature, whose first signature is that of tlog-checkpoint.
    private static let example = """
        example.com/behind-the-sofa
        20852163
        CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
        — witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==

        """

    @Test("The examples of the specifications are read, and come out as they were")
    func specification() throws {
        let note = try #require(SignedNote(Self.example.utf8))
        let checkpoint = try #require(Checkpoint(text: note.text))
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.root.base64 == "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
        #expect(checkpoint.text == note.text)
        #expect(note.bytes == Array(Self.example.utf8))
        #expect(note.signatures.map(\.bytes.count) == [64, 72])
        #expect(note.signatures[1].bytes.prefix(8) == [0, 0, 0, 0, 0x64, 0x18, 0x50, 0xcb])
    }

    private static let root = TreeHash.empty.base64

    @Test("The empty tree has a checkpoint, and lines that we do not know are let be")
    func forms() {
        #expect(Checkpoint(text: "o\n0\n\(Self.root)\n")?.size == 0)
        #expect(Checkpoint(text: "o\n1\n\(Self.root)\nmore\nand more\n")?.size == 1)
    }

    @Test(
        "Anything else is no checkpoint",
        arguments: [
            "", "o\n0\n\(root)", "o\n0\n", "\n0\n\(root)\n", "o\n\n\(root)\n", "o\n00\n\(root)\n",
            "o\n01\n\(root)\n", "o\n+1\n\(root)\n", "o\n-1\n\(root)\n", "o\n 1\n\(root)\n",
            "o\n1 \n\(root)\n", "o\n٣\n\(root)\n", "o\n9223372036854775808\n\(root)\n",
            "o\n1e3\n\(root)\n", "o\n1\n\(root)\n\n", "o\n1\n\(root)\n\nx\n", "o\n1\nAAAA\n",
            "o\n1\n\(root.dropLast())\n", "o\n1\n \(root)\n",
        ])
    func malformed(text: String) {
        #expect(Checkpoint(text: text) == nil)
    }

    @Test("A checkpoint is its log's only with the log's signature under the origin's name")
    func signed() throws {
        let key = signingKey(1, .log)
        let checkpoint = Checkpoint(origin: "h/actions/a/log", size: 5, root: .empty)
        let note = SignedNote(
            text: checkpoint.text,
            signatures: [try key.sign(checkpoint.text, named: checkpoint.origin)])
        // The key is taken for every origin of the installation, whatever it is called.
        for name in [checkpoint.origin, "anything"] {
            #expect(try Checkpoint(note, signedBy: key.publicKey(named: name)) == checkpoint)
        }
        #expect(throws: Checkpoint.Refusal.notSigned) {
            try Checkpoint(note, signedBy: signingKey(2, .log).publicKey(named: "x"))
        }
        let other = Checkpoint(origin: "h/actions/b/log", size: 5, root: .empty)
        let moved = SignedNote(text: other.text, signatures: note.signatures)
        #expect(throws: Checkpoint.Refusal.notSigned) {
            try Checkpoint(moved, signedBy: key.publicKey(named: "x"))
        }
        let grown = Checkpoint(origin: checkpoint.origin, size: 6, root: .empty)
        let forged = SignedNote(text: grown.text, signatures: note.signatures)
        #expect(throws: Checkpoint.Refusal.forged) {
            try Checkpoint(forged, signedBy: key.publicKey(named: "x"))
        }
        let text = SignedNote(text: "no\n", signatures: [try key.sign("no\n", named: "no")])
        #expect(throws: Checkpoint.Refusal.malformed) {
            try Checkpoint(text, signedBy: key.publicKey(named: "no"))
        }
    }
}

@Suite("Receipts")
struct ReceiptFileTests {
    private static func proof() throws -> (LedgerProof, LedgerEntry, Checkpoint) {
        let entries = (0..<9).map {
            LedgerEntry(.sign, a: LedgerEntry.number($0), b: LedgerEntry.number($0 + 100))
        }
        let leaves = entries.map { TreeHash(leaf: $0.bytes) }
        let tree = MerkleTree(size: 9) { Array(leaves[..<$0.width]) }
        let checkpoint = Checkpoint(origin: "h/log", size: 9, root: try tree.root())
        let key = signingKey(1, .log)
        let note = SignedNote(
            text: checkpoint.text, signatures: [try key.sign(checkpoint.text, named: "h/log")])
        let proof = LedgerProof(
            opening: Array(0..<64), index: 4, path: try tree.inclusionProof(of: 4),
            checkpoint: note)
        return (proof, entries[4], checkpoint)
    }

    @Test("A receipt is read as it was written, and holds for its entry alone")
    func roundTrip() throws {
        let (proof, entry, checkpoint) = try Self.proof()
        let lines = String(decoding: proof.bytes, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        #expect(lines[0] == "c2sp.org/tlog-proof@v1")
        #expect(lines[1].hasPrefix("extra "))
        #expect(lines[2] == "index 4")
        #expect(lines[3 + proof.path.count] == "")
        #expect(LedgerProof(proof.bytes) == proof)
        #expect(proof.holds(for: entry, in: checkpoint))
        #expect(
            !proof.holds(
                for: LedgerEntry(.sign, a: Array(entry.b), b: Array(entry.a)), in: checkpoint))
        let smaller = Checkpoint(origin: "h/log", size: 8, root: checkpoint.root)
        #expect(!proof.holds(for: entry, in: smaller))
    }

    @Test("No byte of it can be another")
    func tampered() throws {
        let (proof, entry, checkpoint) = try Self.proof()
        let key = signingKey(1, .log).publicKey(named: "h/log")
        for place in proof.bytes.indices {
            var bytes = proof.bytes
            bytes[place] ^= 1
            guard let read = LedgerProof(bytes) else { continue }
            let isSame =
                read.opening == proof.opening && read.holds(for: entry, in: checkpoint)
                && key.verdict(on: read.checkpoint) == .signed
            #expect(!isSame, "byte \(place)")
        }
    }

    @Test("What is shortened, lengthened or left out makes it none")
    func malformed() throws {
        let (proof, _, _) = try Self.proof()
        let text = String(decoding: proof.bytes, as: UTF8.self)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for skipped in [0, 1, 2, 3 + proof.path.count] {
            let rest = lines.enumerated().filter { $0.offset != skipped }.map(\.element)
            #expect(LedgerProof(rest.joined(separator: "\n").utf8) == nil, "line \(skipped)")
        }
        for (line, other) in [
            (0, "c2sp.org/tlog-proof@v2"), (1, "extra AAAA"), (1, "extra "), (2, "index 04"),
            (1, String(lines[1].dropLast(3)) + "x=="), (2, "index -4"), (2, "index "), (3, "AAAA"),
            (3, String(lines[3]) + "\r"),
        ] {
            var wrong = lines.map(String.init)
            wrong[line] = other
            #expect(LedgerProof(wrong.joined(separator: "\n").utf8) == nil, "\(line): \(other)")
        }
        let long =
            lines[..<3] + Array(repeating: lines[3], count: 64) + lines[(3 + proof.path.count)...]
        #expect(LedgerProof(long.joined(separator: "\n").utf8) == nil)
    }
}
