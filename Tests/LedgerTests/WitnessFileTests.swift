import Domain
import Foundation
import Ledger
import Testing

@Suite("What a witness has cosigned")
struct WitnessFileTests {
    private static let origin = "rights.example/actions/a/log"
    private let log = NumberLog(origin, size: 20)
    private let fork = NumberLog(origin, size: 20, forkedAt: 3)

    @Test("is known after a restart, and no fork of it is cosigned")
    func restart() async throws {
        let files = FragileDisk()
        _ = try await witness([log.vkey], on: files).add(log.request(0, 9), time: 1)
        let again = try witness([log.vkey], on: files)
        #expect(try await again.add(fork.request(0, 9), time: 1) == .conflict(size: 9))
        #expect(try await again.add(fork.request(9, 9), time: 1) == .inconsistent)
        #expect(try await again.add(fork.request(9, 12), time: 1) == .inconsistent)
        #expect(try await again.add(log.request(9, 12), time: 1).status == 200)
    }

    @Test("is on the disk before anybody hears of it, wherever the disk fails", arguments: 0..<6)
    func faults(step: Int) async throws {
        for keepsLost in [true, false] {
            let files = FragileDisk()
            let witness = try witness([log.vkey], on: files)
            files.fail(after: step)
            var heard = 0
            for (older, size) in [(0, 5), (5, 9)] where heard == older {
                if let answer = try? await witness.add(log.request(older, size), time: 1) {
                    #expect(answer.status == 200)
                    #expect(files.unsettledNames.isEmpty)
                    heard = size
                }
            }
            #expect(heard < 9)
            let size = await witness.checkpoint(originHash(Self.origin))
                .flatMap { Checkpoint(text: $0.text)?.size }
            #expect(size ?? 0 == heard, "nothing is shown that was not cosigned")
            files.losePower(keeping: keepsLost ? files.unsettledNames : [])
            let again = try Witness(
                name: "witness.example/w99", key: signingKey(99, .cosigner), logs: [log.vkey],
                files: files, logger: quiet)
            let known =
                await again.checkpoint(originHash(Self.origin))
                .flatMap { Checkpoint(text: $0.text)?.size } ?? 0
            #expect(known >= heard)
            #expect(try await again.add(log.request(known, 12), time: 1).status == 200)
        }
    }

    @Test("outlives a failure of the disk within the same run", arguments: 0..<6)
    func retry(step: Int) async throws {
        let files = FragileDisk()
        let witness = try witness([log.vkey], on: files)
        files.fail(after: step)
        for (older, size) in [(0, 5), (5, 9)] {
            let body = try log.request(older, size)
            var answer = try? await witness.add(body, time: 1)
            if answer == nil { answer = try await witness.add(body, time: 1) }
            #expect(answer?.status == 200)
        }
        #expect(files.unsettledNames.isEmpty)
    }

    @Test("must not be missing")
    func missing() async throws {
        let files = FragileDisk()
        _ = try await witness([log.vkey], on: files).add(log.request(0, 9), time: 1)
        let name = "checkpoints/\(originHash(Self.origin))"
        func start() throws {
            _ = try Witness(
                name: "witness.example/w99", key: signingKey(99, .cosigner), logs: [log.vkey],
                files: files, logger: quiet)
        }
        files.change(name) { _ in nil }
        #expect(throws: Witness.Problem.lost(file: name)) { try start() }
        files.change("origins") { _ in nil }
        #expect(throws: Witness.Problem.emptied) { try start() }
    }

    @Test("is not taken if it was changed by a byte")
    func damage() async throws {
        let files = FragileDisk()
        _ = try await witness([log.vkey], on: files).add(log.request(0, 9), time: 1)
        let name = "checkpoints/\(originHash(Self.origin))"
        let right = try #require(try files.read(name))
        for index in right.indices {
            var wrong = right
            wrong[index] ^= 1
            files.change(name) { _ in wrong }
            do {
                // A changed signature of the log is an unknown one, or is refused.
                let started = try witness([log.vkey], on: files)
                let kept = try #require(await started.checkpoint(originHash(Self.origin)))
                #expect(kept.text == (try log.checkpoint(9).text))
                #expect(started.key.verdict(on: kept) == .signed)
            } catch let problem as Witness.Problem {
                #expect(problem == .damaged(file: name))
            }
        }
    }
}
