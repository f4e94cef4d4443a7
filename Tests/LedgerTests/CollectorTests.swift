import Foundation
import Ledger
import Storage
import Testing

@Suite("The server asks witnesses")
struct CollectorTests {
    private static let origin = "rights.example/actions/a/log"
    private let log = NumberLog(origin, size: 20)
    private let world = WitnessWorld()

    @Test("and has each one's cosignature once, for every ledger")
    func collecting() async throws {
        let other = NumberLog("rights.example/actions/b/log", size: 20)
        let keepers = try [10, 11].map { try witness([log.vkey], seed: $0) }
        for (seed, witness) in zip([UInt8(10), 11], keepers) {
            world.add("w\(seed)", seed: seed, honest(witness))
        }
        let collector = try world.collector(log.vkey)
        for size in [5, 9, 9] {
            let heads = try [log.head(size), other.head(size)]
            world.set(heads[0], heads[1])
            for report in try await collector.reports().values {
                #expect(report.problems.isEmpty)
                #expect(report.contradictions.isEmpty)
            }
            for head in heads {
                let signatures = await collector.cosignatures(on: head.row)
                let note = SignedNote(text: head.note.text, signatures: signatures)
                #expect(signatures.count == 2)
                #expect(keepers.allSatisfy { $0.key.verdict(on: note) == .signed })
            }
        }
        #expect(world.requests.count == 8, "the third round had nothing to ask")
        #expect(await collector.cosignatures(on: try log.head(5).row).isEmpty)
    }

    @Test("and goes on after a restart from what a witness says that it has")
    func restart() async throws {
        world.add("w", seed: 10, honest(try witness([log.vkey], seed: 10)))
        world.set(try log.head(5))
        _ = try await world.collector(log.vkey).reports()
        world.set(try log.head(9))
        let collector = try world.collector(log.vkey)
        let report = try await collector.reports()["w"]
        #expect(report?.problems == [])
        #expect(report?.cosigned.map(\.size) == [9])
    }

    @Test("and believes no answer that is not a cosignature", arguments: lies)
    func lying(answer: Lie) async throws {
        let (log, lie) = (log, answer)
        world.add("liar", seed: 10) { path, _ in
            path == "/add-checkpoint" ? try lie.answer(log) : saying(404, "")
        }
        world.add("honest", seed: 11, honest(try witness([log.vkey], seed: 11)))
        let head = try log.head(9)
        world.set(head)
        let collector = try world.collector(log.vkey)
        let reports = try await collector.reports()
        #expect(reports["honest"]?.problems == [])
        let report = try #require(reports["liar"])
        #expect(report.problems.map(\.isLie) == [true], "\(report.problems)")
        #expect(report.contradictions.isEmpty)
        #expect(await collector.cosignatures(on: head.row).map(\.name) == ["witness.example/w11"])
    }

    struct Lie: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let answer: @Sendable (NumberLog) throws -> WitnessCollector.Answer
    }

    private static func cosignature(
        _ text: String, by seed: UInt8 = 10, named name: String = "witness.example/w10",
        time: UInt64 = 1
    ) throws -> String {
        try signingKey(seed, .cosigner).sign(text, named: name, time: time).line
    }

    private static let lies: [Lie] = [
        .init(testDescription: "nothing") { _ in saying(200, "") },
        .init(testDescription: "a page") { _ in saying(200, "<!doctype html>\n") },
        .init(testDescription: "bytes that are no text") { _ in
            .init(status: 200, contentType: "", body: [0xff, 0x00])
        },
        .init(testDescription: "10 MB") { _ in
            saying(200, String(repeating: "x", count: 10_000_000))
        },
        .init(testDescription: "another key's") { log in
            saying(200, try cosignature(log.checkpoint(9).text, by: 12))
        },
        .init(testDescription: "another name's") { log in
            saying(200, try cosignature(log.checkpoint(9).text, named: "witness.example/w12"))
        },
        .init(testDescription: "another size's") { log in
            saying(200, try cosignature(log.checkpoint(8).text))
        },
        .init(testDescription: "another origin's") { _ in
            saying(200, try cosignature(NumberLog("other.example", size: 9).checkpoint(9).text))
        },
        .init(testDescription: "without a time") { log in
            saying(200, try cosignature(log.checkpoint(9).text, time: 0))
        },
        .init(testDescription: "a right one and a wrong one") { log in
            saying(
                200, try cosignature(log.checkpoint(9).text) + cosignature(log.checkpoint(8).text))
        },
        .init(testDescription: "a whole note") { log in
            saying(
                200,
                try log.checkpoint(8).text + "\n" + cosignature(log.checkpoint(9).text))
        },
        .init(testDescription: "the log's own") { log in
            saying(200, try log.note(9).signatures[0].line)
        },
        .init(testDescription: "a conflict without a size") { _ in
            saying(409, "lots\n", type: "text/x.tlog.size")
        },
        .init(testDescription: "a conflict of another type") { _ in saying(409, "5\n") },
        .init(testDescription: "a conflict with the size that was sent") { _ in
            saying(409, "0\n", type: "text/x.tlog.size")
        },
        .init(testDescription: "a larger tree that it cannot show") { _ in
            saying(409, "5000\n", type: "text/x.tlog.size")
        },
    ]

    @Test("and asks once more and no oftener after a conflict")
    func conflicts() async throws {
        world.add("w", seed: 10) { _, body in
            let old = body.flatMap { WitnessRequest($0) }?.oldSize ?? 0
            return saying(409, "\(old + 1)\n", type: "text/x.tlog.size")
        }
        world.set(try log.head(9))
        let report = try await world.collector(log.vkey).reports()["w"]
        #expect(report?.problems.count == 1)
        #expect(world.requests.count == 2)
    }

    @Test("and takes what one refuses for its word, and one that is down for that")
    func refusing() async throws {
        for status in [400, 403, 404, 422, 500, 301] {
            world.add("w\(status)", seed: UInt8(status % 251)) { path, _ in
                saying(path == "/add-checkpoint" ? status : 404, "no\n")
            }
        }
        world.add("down", seed: 7) { _, _ in throw WitnessWorld.Down() }
        world.set(try log.head(9), try NumberLog("rights.example/b", size: 9).head(9))
        var reports = try await world.collector(log.vkey).reports()
        let down = reports.removeValue(forKey: "down")
        #expect(down?.problems.first?.isUnreachable == true)
        #expect(world.requests.filter { $0.hasPrefix("http://down/") }.count == 1)
        #expect(reports.count == 6)
        #expect(reports.values.allSatisfy { $0.problems.allSatisfy(\.isRefusal) })
        #expect(reports.values.allSatisfy { $0.problems.count == 2 && $0.cosigned.isEmpty })
    }

    @Test("and is kept by none that hangs")
    func hanging() async throws {
        let gate = Gate()
        world.add("hangs", seed: 10) { _, _ in
            await gate.pass()
            return saying(500, "")
        }
        world.add("honest", seed: 11, honest(try witness([log.vkey], seed: 11)))
        let collector = try world.collector(log.vkey, timeLimit: .milliseconds(300))
        world.set(try log.head(5))
        var first = try await collector.collect().makeAsyncIterator()
        let quick = await first.next()
        #expect(quick?.witness == "honest")
        #expect(quick?.cosigned.map(\.size) == [5])
        let late = await first.next()
        #expect(late?.problems.first?.isUnreachable == true)

        world.set(try log.head(9))
        let second = try await collector.reports()
        #expect(second["honest"]?.cosigned.map(\.size) == [9])
        #expect(second["hangs"]?.problems == [.busy])
        #expect(world.requests.filter { $0.hasPrefix("http://hangs/") }.count == 1)

        world.change("hangs", honest(try witness([log.vkey], seed: 10)))
        gate.open()
        var third: WitnessReport?
        repeat { third = try await collector.reports()["hangs"] } while third?.problems == [.busy]
        #expect(third?.cosigned.map(\.size) == [9])
    }
}

extension WitnessReport.Problem {
    var isLie: Bool { if case .lies = self { true } else { false } }
    var isUnreachable: Bool { if case .unreachable = self { true } else { false } }
    var isRefusal: Bool { if case .refuses = self { true } else { false } }
}

@Suite("A database that is older than what was served")
struct RestoreGuardTests {
    private static let origin = "rights.example/actions/a/log"
    private let log = NumberLog(origin, size: 20)
    private let fork = NumberLog(origin, size: 20, forkedAt: 3)
    private let world = WitnessWorld()

    /// A witness that has cosigned this checkpoint of a log.
    private func keeps(_ log: NumberLog, _ size: Int) async throws {
        let witness = try witness([log.vkey], seed: 10)
        _ = try await witness.add(log.request(0, size), time: 1)
        world.add("w", seed: 10, honest(witness))
    }

    @Test("is found out by a witness that has more")
    func behind() async throws {
        try await keeps(log, 9)
        world.set(try log.head(5))
        let collector = try world.collector(log.vkey)
        let found = Publisher.Contradiction.behind(origin: Self.origin, known: 9, here: 5)
        for report in try await [collector.reports(), collector.comparisons()] {
            #expect(report["w"]?.contradictions == [found])
            #expect(report["w"]?.cosigned == [])
        }
    }

    @Test("is found out when it has signed something else since", arguments: [5, 9, 12])
    func forked(size: Int) async throws {
        try await keeps(log, 9)
        world.set(try fork.head(size))
        let collector = try world.collector(log.vkey)
        let found: Publisher.Contradiction =
            size < 9
            ? .behind(origin: Self.origin, known: 9, here: size)
            : .fork(origin: Self.origin, size: 9)
        for report in try await [collector.reports(), collector.comparisons()] {
            #expect(report["w"]?.contradictions == [found])
            #expect(report["w"]?.cosigned == [])
        }
    }

    @Test("is not what a database is that has all of it", arguments: [9, 12])
    func current(size: Int) async throws {
        try await keeps(log, 9)
        world.set(try log.head(size))
        let collector = try world.collector(log.vkey)
        for reports in try await [collector.comparisons(), collector.reports()] {
            #expect(reports["w"]?.contradictions == [])
            #expect(reports["w"]?.problems == [])
        }
    }

    @Test("is not what a witness says without a signature of this installation")
    func unproven() async throws {
        let stranger = NumberLog(Self.origin, seed: 2, size: 20)
        let (theirs, other) = (
            try stranger.note(9), try NumberLog("rights.example/b", size: 20).note(9)
        )
        world.add("stranger", seed: 10) { _, body in
            body == nil
                ? .init(status: 200, contentType: "", body: theirs.bytes)
                : saying(409, "9\n", type: "text/x.tlog.size")
        }
        world.add("other", seed: 11) { _, body in
            body == nil
                ? .init(status: 200, contentType: "", body: other.bytes)
                : saying(409, "9\n", type: "text/x.tlog.size")
        }
        world.set(try log.head(5))
        let collector = try world.collector(log.vkey)
        for reports in try await [collector.reports(), collector.comparisons()] {
            for name in ["stranger", "other"] {
                #expect(reports[name]?.contradictions == [])
                #expect(reports[name]?.problems.map(\.isLie) == [true])
            }
        }
    }

    @Test("is not what a round was that began before a newer checkpoint")
    func overtaken() async throws {
        let witness = try witness([log.vkey], seed: 10)
        let (log, world) = (log, world)
        world.add("w", seed: 10) { path, body in
            // Somebody has read the newer checkpoint already, and has shown it to the witness.
            if await witness.checkpoint(originHash(log.origin)) == nil {
                world.set(try log.head(9))
                _ = try await witness.add(log.request(0, 9), time: 1)
            }
            return try await honest(witness)(path, body)
        }
        world.set(try log.head(5))
        let collector = try world.collector(log.vkey)
        let report = try await collector.reports()["w"]
        #expect(report?.contradictions == [])
        #expect(report?.problems == [])
        #expect(try await collector.reports()["w"]?.cosigned.map(\.size) == [9])
    }
}
