import Foundation
import Ledger
import Testing

@Suite("Signed notes")
struct NoteTests {
    /// The example of the specification.
    private static let vkey =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    private static let example = """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """

    @Test("The specification's example is signed by its key")
    func specification() throws {
        let note = try #require(SignedNote(Self.example.utf8))
        let key = try #require(NoteKey(Self.vkey))
        #expect(note.text == "This is an example message.\n")
        #expect(key.name == "example.com/foo")
        #expect(key.id == [0x53, 0x0d, 0x90, 0x3a])
        #expect(key.kind == .log)
        #expect(key.text == Self.vkey)
        #expect(key.verdict(on: note) == .signed)
        #expect(note.bytes == Array(Self.example.utf8))
    }

    @Test("Of two blank lines the last parts the text from the signatures")
    func blankLines() throws {
        let poem = """
            Ognuno sta solo sul cuor della terra
            trafitto da un raggio di sole:

            ed è subito sera.

            — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=

            """
        let note = try #require(SignedNote(poem.utf8))
        #expect(note.text.hasSuffix("sole:\n\ned è subito sera.\n"))
        #expect(note.signatures.map(\.name) == ["quasimodo.example/salvatore"])
        let doubled = try #require(SignedNote("a\n\n\n— k AAAAAAA=\n".utf8))
        #expect(doubled.text == "a\n\n")
    }

    @Test("Every byte counts: of the text, of the name, of the signature")
    func tampered() throws {
        let key = try #require(NoteKey(Self.vkey))
        let bytes = Array(Self.example.utf8)
        for place in bytes.indices {
            for bit in [0, 3, 5] as [UInt8] {
                var wrong = bytes
                wrong[place] ^= 1 << bit
                #expect(
                    SignedNote(wrong).map(key.verdict) != .signed, "bit \(bit) of byte \(place)")
            }
            #expect(SignedNote(bytes[..<place]).map(key.verdict) != .signed)
        }
    }

    @Test(
        "What is not a note in every line is none",
        arguments: [
            "", "\n", "\n\n", "a", "a\n", "a\n\n", "a\n\n\n",
            "\n\n— k AAAAAAA=\n".dropFirst(1).description,
            "a\n\n— k AAAAAAA=", "a\n— k AAAAAAA=\n", "a\n\n- k AAAAAAA=\n", "a\n\n—k AAAAAAA=\n",
            "a\n\n— AAAAAAA=\n", "a\n\n—  AAAAAAA=\n", "a\n\n— k  AAAAAAA=\n",
            "a\n\n— k AAAAAAA= \n",
            "a\n\n— k+l AAAAAAA=\n", "a\n\n— k\u{a0}l AAAAAAA=\n", "a\n\n— k AAAAAA==\n",
            "a\n\n— k AAAAAAB=\n", "a\n\n— k AAAAAAA\n", "a\n\n— k !\n", "a\n\n— k AAAAAAA=\nx\n",
            "a\r\n\n— k AAAAAAA=\n", "a\tb\n\n— k AAAAAAA=\n", "a\u{0}\n\n— k AAAAAAA=\n",
            "a\n\n— k AAAAAAA=\r\n", "a\n\n—\u{301} k AAAAAAA=\n",
        ])
    func malformed(text: String) {
        #expect(SignedNote(text.utf8) == nil)
    }

    @Test("A note must be UTF-8, and of a length that can be meant")
    func bounds() {
        let line = "— k AAAAAAA=\n"
        #expect(SignedNote(Array("a".utf8) + [0xff] + Array("\n\n\(line)".utf8)) == nil)
        #expect(SignedNote(("a\n\n" + String(repeating: line, count: 16)).utf8) != nil)
        #expect(SignedNote(("a\n\n" + String(repeating: line, count: 65)).utf8) == nil)
        let long = String(repeating: "a", count: SignedNote.limit)
        #expect(SignedNote("\(long)\n\n\(line)".utf8) == nil)
    }

    @Test(
        "A key's text is that of its name, its id and its bytes",
        arguments: [
            "", "example.com/foo", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+BekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
            "example.com /foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        ])
    func keys(text: String) {
        #expect(NoteKey(text) == nil)
    }

    @Test("A key signs under its name; another name, another kind or another key has not signed")
    func others() throws {
        let key = signingKey(1, .log)
        let vkey = key.publicKey(named: "a")
        #expect(NoteKey(vkey.text) == vkey)
        let note = SignedNote(text: "t\n", signatures: [try key.sign("t\n", named: "a")])
        #expect(vkey.verdict(on: note) == .signed)
        #expect(vkey.named("b").verdict(on: note) == .absent)
        #expect(signingKey(2, .log).publicKey(named: "a").verdict(on: note) == .absent)
        #expect(signingKey(1, .cosigner).publicKey(named: "a").verdict(on: note) == .absent)
    }

    @Test("One wrong signature of a key is enough to refuse the note")
    func oneWrong() throws {
        let key = signingKey(1, .log)
        let right = try key.sign("t\n", named: "a")
        let wrong = try key.sign("other\n", named: "a")
        let vkey = key.publicKey(named: "a")
        for signatures in [[right, wrong], [wrong, right], [wrong]] {
            #expect(vkey.verdict(on: SignedNote(text: "t\n", signatures: signatures)) == .forged)
        }
        let short = SignedNote.Signature(name: "a", keyID: vkey.id, bytes: [1, 2, 3])
        #expect(vkey.verdict(on: SignedNote(text: "t\n", signatures: [short])) == .forged)
    }

    @Test("A cosignature is of its time, and a log's signature is none")
    func cosignatures() throws {
        let key = signingKey(3, .cosigner)
        let vkey = key.publicKey(named: "w")
        let signature = try key.sign("t\n", named: "w", time: 1_679_315_147)
        #expect(signature.bytes.count == 72)
        #expect(vkey.verdict(on: SignedNote(text: "t\n", signatures: [signature])) == .signed)
        for place in signature.bytes.indices {
            var bytes = signature.bytes
            bytes[place] ^= 1
            let wrong = SignedNote.Signature(name: "w", keyID: vkey.id, bytes: bytes)
            #expect(vkey.verdict(on: SignedNote(text: "t\n", signatures: [wrong])) == .forged)
        }
        let plain = try signingKey(3, .log).sign("t\n", named: "w")
        let renamed = SignedNote.Signature(name: "w", keyID: vkey.id, bytes: plain.bytes)
        #expect(vkey.verdict(on: SignedNote(text: "t\n", signatures: [renamed])) == .forged)
    }
}
