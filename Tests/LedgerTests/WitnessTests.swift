import Foundation
import Ledger
import Testing

/// A hash in base64.
private let zeros = String(repeating: "A", count: 43) + "="

@Suite("A witness")
struct WitnessTests {
    private static let origin = "rights.example/actions/a/log"
    private let log = NumberLog(origin, size: 20)
    private let fork = NumberLog(origin, size: 20, forkedAt: 3)

    @Test("cosigns a first checkpoint, and one that goes on from it")
    func growing() async throws {
        let witness = try witness([log.vkey])
        for (older, size) in [(0, 5), (5, 5), (5, 20)] {
            let answer = try await witness.add(log.request(older, size), time: 1_700_000_000)
            #expect(answer.status == 200)
            let signed = try SignedNote(
                Array(log.checkpoint(size).text.utf8) + [0x0a] + Array(answer.body.utf8))
            #expect(try #require(signed).text == log.checkpoint(size).text)
            #expect(signed.map(witness.key.verdict) == .signed)
            let kept = try #require(await witness.checkpoint(originHash(Self.origin)))
            #expect(witness.key.verdict(on: kept) == .signed)
            #expect(try Checkpoint(kept, signedBy: log.vkey).size == size)
            #expect(kept.signatures.count == 2)
        }
    }

    @Test("says the time at which it has seen it")
    func time() async throws {
        let witness = try witness([log.vkey])
        guard case .cosigned(let signature) = try await witness.add(log.request(0, 5), time: 258)
        else { throw NumberLog.NoHead() }
        #expect(signature.bytes.prefix(8) == [0, 0, 0, 0, 0, 0, 1, 2])
    }

    @Test("answers 400 to whatever is no request", arguments: mistakes)
    func malformed(body: @Sendable (String) -> String) async throws {
        let witness = try witness([log.vkey])
        _ = try await witness.add(log.request(0, 5), time: 1)
        let right = String(decoding: try log.request(5, 9), as: UTF8.self)
        #expect(try await witness.add(Array(body(right).utf8), time: 1) == .malformed)
        #expect(try await witness.add(Array(right.utf8), time: 1).status == 200)
    }

    private static let mistakes: [@Sendable (String) -> String] = [
        { _ in "" },
        { _ in "\n" },
        { _ in "\n\n" },
        { _ in String(repeating: "old 0\n", count: 20_000) },
        { String($0.dropLast()) },
        { "\n" + $0 },
        { $0.replacing("old 5", with: "old 05") },
        { $0.replacing("old 5", with: "old -5") },
        { $0.replacing("old 5", with: "old  5") },
        { $0.replacing("old 5", with: "old 5 ") },
        { $0.replacing("old 5", with: "old 99999999999999999999") },
        { $0.replacing("old 5", with: "Old 5") },
        { $0.replacing("old 5", with: "5") },
        { $0.replacing("old 5\n", with: "old 5\r\n") },
        { $0.replacing("old 5\n", with: "old 5\nAAAA\n") },
        { $0.replacing("old 5\n", with: "old 5\n" + String(repeating: zeros + "\n", count: 64)) },
        { $0.replacing("old 5\n", with: "old 5\n" + zeros.dropLast(2) + "B=\n") },
        { $0.replacing("\n9\n", with: "\n09\n") },
        { $0.replacing("\n9\n", with: "\n9\n\n") },
        { $0.replacing("old 5", with: "old 10") },
        { $0.replacing("— ", with: "- ") },
        { $0.replacing("— ", with: "—  ") },
    ]

    @Test("knows every origin of its key and no other")
    func origins() async throws {
        let witness = try witness([log.vkey])
        let other = NumberLog("rights.example/actions/b/log", size: 20)
        let stranger = NumberLog("rights.example/actions/c/log", seed: 2, size: 20)
        #expect(try await witness.add(other.request(0, 5), time: 1).status == 200)
        #expect(try await witness.add(stranger.request(0, 5), time: 1) == .unknownOrigin)
        #expect(await witness.checkpoint(originHash(stranger.origin)) == nil)
    }

    @Test("answers 403 for a known origin without its key's signature")
    func notSigned() async throws {
        let witness = try witness([log.vkey])
        let thief = NumberLog(Self.origin, seed: 2, size: 20)
        #expect(try await witness.add(thief.request(0, 5), time: 1) == .notSigned)
    }

    @Test("answers 403 for a wrong signature of one of its keys, whatever else is below the note")
    func forged() async throws {
        let other = NumberLog("rights.example/actions/b/log", size: 20)
        let partner = signingKey(2, .log)
        let witness = try witness([log.vkey, partner.publicKey(named: "partner.example")])
        let (text, wrong) = (try other.note(5).text, try other.note(6).signatures[0])
        for signatures in [[wrong], [try partner.sign(text, named: other.origin), wrong]] {
            let note = SignedNote(text: text, signatures: signatures)
            let request = WitnessRequest(oldSize: 0, proof: [], note: note)
            #expect(try await witness.add(request.bytes, time: 1) == .notSigned)
        }
    }

    @Test("answers 403 for a signature that its log's key has not made, and ignores strangers'")
    func signatures() async throws {
        let witness = try witness([log.vkey])
        let (note, other) = (try log.note(5), try log.note(6).signatures[0])
        let stranger = try NumberLog("stranger.example", seed: 2, size: 20).note(5).signatures[0]
        func add(_ signatures: [SignedNote.Signature]) async throws -> WitnessAnswer {
            let note = SignedNote(text: note.text, signatures: signatures)
            return try await witness.add(
                WitnessRequest(oldSize: 0, proof: [], note: note).bytes, time: 1)
        }
        #expect(try await add([other]) == .notSigned)
        #expect(try await add(note.signatures + [other]) == .notSigned)
        #expect(try await add([stranger] + note.signatures).status == 200)
        let kept = try #require(await witness.checkpoint(originHash(Self.origin)))
        #expect(!kept.signatures.contains(stranger))
    }

    @Test("says with 409 which size it has")
    func conflict() async throws {
        let witness = try witness([log.vkey])
        let first = try await witness.add(log.request(3, 9), time: 1)
        #expect(first == .conflict(size: 0))
        _ = try await witness.add(log.request(0, 9), time: 1)
        let answer = try await witness.add(log.request(0, 12), time: 1)
        #expect(
            (answer.status, answer.contentType, answer.body) == (409, "text/x.tlog.size", "9\n"))
    }

    @Test("answers 422 to what does not prove that it goes on")
    func inconsistent() async throws {
        let witness = try witness([log.vkey])
        let proof = try log.proof(5, 9)
        func add(_ older: Int, _ note: SignedNote, _ proof: [TreeHash]) async throws -> Int {
            try await witness.add(
                WitnessRequest(oldSize: older, proof: proof, note: note).bytes, time: 1
            ).status
        }
        let wrongEmpty = Checkpoint(origin: Self.origin, size: 0, root: proof[0]).text
        let signature = try log.key.sign(wrongEmpty, named: Self.origin)
        #expect(try await add(0, .init(text: wrongEmpty, signatures: [signature]), []) == 422)
        #expect(try await add(0, log.note(5), proof) == 422)
        #expect(try await add(0, log.note(0), []) == 200)
        #expect(try await add(0, log.note(5), []) == 200)
        #expect(try await add(5, log.note(9), []) == 422)
        #expect(try await add(5, log.note(9), proof.reversed()) == 422)
        #expect(try await add(5, log.note(9), proof + [proof[0]]) == 422)
        #expect(try await add(5, log.note(5), proof) == 422)
        #expect(try await add(5, fork.note(5), []) == 422)
        #expect(try await add(5, fork.note(9), fork.proof(5, 9)) == 422)
        #expect(try await add(5, log.note(9), proof) == 200)
    }

    @Test("never goes back to a smaller tree")
    func smaller() async throws {
        let witness = try witness([log.vkey])
        _ = try await witness.add(log.request(0, 9), time: 1)
        #expect(try await witness.add(log.request(0, 5), time: 1) == .conflict(size: 9))
        let request = WitnessRequest(oldSize: 9, proof: [], note: try log.note(5))
        #expect(try await witness.add(request.bytes, time: 1) == .malformed)
    }

    @Test("cosigns one of two histories that reach it at once")
    func race() async throws {
        for _ in 0..<20 {
            let witness = try witness([log.vkey])
            let bodies = try [log.request(0, 9), fork.request(0, 12)]
            let answers = try await withThrowingTaskGroup { group in
                for body in bodies { group.addTask { try await witness.add(body, time: 1) } }
                return try await group.reduce(into: []) { $0.append($1.status) }
            }
            #expect(answers.sorted() == [200, 409])
        }
    }

    @Test("lets no other key take an origin away")
    func owner() async throws {
        let rival = NumberLog(Self.origin, seed: 2, size: 20)
        let files = FragileDisk()
        let vkeys = [log.vkey, rival.key.publicKey(named: "rival.example")]
        _ = try await witness(vkeys, on: files).add(log.request(0, 5), time: 1)
        for witness in try [witness(vkeys, on: files), witness(vkeys.reversed(), on: files)] {
            #expect(try await witness.add(rival.request(5, 9), time: 1) == .notSigned)
        }
        #expect(try await witness(vkeys, on: files).add(log.request(5, 9), time: 1).status == 200)
    }

    @Test("keeps so many origins for a key and no more")
    func bound() async throws {
        let logs = (0..<3).map { NumberLog("rights.example/\($0)", size: 20) }
        let other = NumberLog("other.example", seed: 2, size: 20)
        let witness = try witness([logs[0].vkey, other.vkey], originLimit: 2)
        var answers: [Int] = []
        for log in logs + [other] {
            answers.append(try await witness.add(log.request(0, 5), time: 1).status)
        }
        #expect(answers == [200, 200, 404, 200])
        #expect(try await witness.add(logs[0].request(5, 6), time: 1).status == 200)
    }
}
