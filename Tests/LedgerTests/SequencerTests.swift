import Domain
import Foundation
import Ledger
import Storage
import StorageSQLite
import Testing

@Suite("The sequencer")
struct SequencerTests {
    @Test("takes all that waits, statements first and in order, signatures shuffled")
    func batch() async throws {
        let world = try await LedgerWorld()
        let signers = try await world.sign(40)
        for text in ["first", "second", "third"] { try await world.state(text) }
        let server = world.server()
        try await server.service.sequence()
        let ledger = try await world.check(server, number: 40)
        #expect(
            ledger.kinds()
                == [.open, .newVersion, .newVersion, .newVersion]
                + Array(repeating: LedgerEntry.Kind.sign, count: 40))
        #expect(
            ledger.entries[1...3].map { Array($0.a) } == ["first", "second", "third"].map(sha256))
        #expect(Set(ledger.entries[4...]) == Set(signers.map(\.entry)))
        #expect(Array(ledger.entries[4...]) != signers.map(\.entry), "not in the order of signing")
        #expect(try await world.queueLength() == 0)
    }

    @Test("lets signatures wait until the ledger is opened")
    func opening() async throws {
        let world = try await LedgerWorld(opened: false)
        _ = try await world.store.write {
            try $0.run("UPDATE action SET state = 'open', key_number = 1")
        }
        try await world.sign(2)
        let server = world.server()
        try await server.service.sequence()
        #expect(server.standings.standing(of: world.actions[0]) == nil)
        #expect(try world.files.read("a0/checkpoint") == nil)
        try await world.open()
        try await server.service.sequence()
        try await world.check(server, number: 2)
    }

    @Test("takes a signature and its withdrawal in two batches, and takes off exactly one")
    func early() async throws {
        let world = try await LedgerWorld()
        let signers = try await world.sign(3)
        #expect(try await world.withdraw(signers[1]) == .withdrawn(world.actions[0]))
        let server = world.server()
        try await server.service.sequence()
        #expect(server.standings.number(of: world.actions[0]) == 3)
        try await server.service.sequence()
        let ledger = try await world.check(server, number: 2)
        #expect(ledger.kinds() == [.open, .sign, .sign, .sign, .withdraw])
        #expect(ledger.entries[4].index.map { ledger.entries[$0] } == signers[1].entry)
    }

    @Test("counts a withdrawal once, however often it is asked for")
    func repeats() async throws {
        let world = try await LedgerWorld()
        let signers = try await world.sign(4)
        let server = world.server()
        try await server.drain()
        for _ in 0..<3 {
            _ = try await world.withdraw(signers[0])
            _ = try await world.remove(signers[0])
            _ = try await world.remove(signers[1])
            _ = try await world.withdraw(signers[1])
            try await server.drain()
        }
        let stranger = LedgerWorld.Signer(
            record: .random(), action: world.actions[0], flags: [], day: LedgerWorld.today,
            leaf: randomBytes(32), preimage: randomBytes(32), tag: randomBytes(32))
        #expect(try await world.withdraw(stranger) == .unknown)
        #expect(try await world.remove(stranger) == false)
        try await server.drain()
        let ledger = try await world.check(server, number: 2)
        #expect(ledger.count(.withdraw) == 1 && ledger.count(.removedOnRequest) == 1)
        #expect(ledger.state.withdrawn == 1 && ledger.state.removed == 1)
    }

    @Test("keeps the number right whatever happens, in any order, through any restart")
    func anything() async throws {
        let world = try await LedgerWorld(actions: 2)
        var crowd = [Crowd(index: 0), Crowd(index: 1)]
        var server = world.server()
        var seen: [Checkpoint] = []
        for step in 0..<60 {
            let index = Int.random(in: 0...1)
            try await crowd[index].act(in: world)
            if step % 7 == 0 {
                server = world.server()
                try await server.service.start()
            }
            guard step % 3 == 0 else { continue }
            try await server.service.sequence()
            let ledger = try PublishedLedger(world.files, index)
            #expect(ledger.problems == [])
            #expect(
                server.standings.number(of: world.actions[index]) == ledger.state.counted)
            #expect(try await world.problems() == [])
            seen.append(ledger.checkpoint)
        }
        try await server.drain()
        #expect(try await world.queueLength() == 0)
        for crowd in crowd {
            let ledger = try await world.check(server, number: crowd.counted, crowd.index)
            #expect(ledger.count(.sign) == crowd.signed)
            for older in seen where older.origin == world.origin(crowd.index) {
                #expect(ledger.goesOn(from: older))
            }
        }
    }

    @Test("takes the same number of steps for many: more than one batch, none lost or doubled")
    func manyBatches() async throws {
        let world = try await LedgerWorld(actions: 2)
        try await world.fillQueue(5_000, 0)
        try await world.fillQueue(5_000, 1)
        let server = world.server()
        try await server.service.sequence()
        for index in 0...1 {
            let ledger = try PublishedLedger(world.files, index)
            #expect(ledger.problems == [] && ledger.state.counted == 5_000)
            #expect(Set(ledger.entries).count == 5_001)
        }
        #expect(try await world.queueLength() == 0)
    }

    @Test("stops when another one signs the same ledger, and there is no fork")
    func twoOnOneStore() async throws {
        let world = try await LedgerWorld()
        try await world.sign(3)
        let (first, second) = (world.server(), world.server())
        try await first.service.start()
        try await second.service.start()
        try await first.service.sequence()
        try await world.sign(2)
        try await second.service.sequence()
        #expect(await second.sequencer.halts.keys.sorted { "\($0)" < "\($1)" } == world.actions)
        #expect(await first.sequencer.halts.isEmpty)
        try await first.service.sequence()
        try await world.check(first, number: 5)
    }

    @Test("asked twice at once, does everything once")
    func twiceAtOnce() async throws {
        let world = try await LedgerWorld()
        let server = world.server()
        for _ in 0..<5 {
            try await world.sign(20)
            try await withThrowingTaskGroup { group in
                for _ in 0..<4 { group.addTask { try await server.service.sequence() } }
                try await group.waitForAll()
            }
        }
        try await server.drain()
        #expect(await server.sequencer.halts.isEmpty)
        try await world.check(server, number: 100)
    }

    @Test("signs nothing under a name that is published and not in the database")
    func otherHistory() async throws {
        let world = try await LedgerWorld()
        try await world.sign(2)
        _ = try await world.server().run()
        // The database is lost, and the action was imported anew while a server runs.
        let anew = try await LedgerWorld(opened: false, files: world.files)
        let server = anew.server()
        try await anew.open()
        try await anew.sign(5)
        try await server.service.sequence()
        #expect(await server.sequencer.halts.count == 1)
        #expect(try await anew.store.read { try $0.ledgers() }.isEmpty)
        #expect(try PublishedLedger(world.files).state.counted == 2)
    }

    @Test("signs nothing for a ledger of which a witness knows more")
    func halted() async throws {
        let world = try await LedgerWorld(actions: 2)
        let server = world.server()
        try await server.service.sequence()
        await server.sequencer.halt(.behind(origin: world.origin(0), known: 9, here: 1))
        try await world.sign(2, 0)
        try await world.sign(3, 1)
        try await server.drain()
        #expect(server.standings.number(of: world.actions[0]) == 0)
        try await world.check(server, number: 3, 1)
    }

    @Test(
        "makes no checkpoint older than the last one, and does not start when the clock is behind")
    func clock() async throws {
        let world = try await LedgerWorld()
        let server = world.server()
        try await server.service.sequence()
        let before = world.now
        world.set(clock: before - 100)
        try await world.sign()
        try await server.service.sequence()
        #expect(server.standings.standing(of: world.actions[0])?.asOf == before)
        try await world.server().service.start()
        world.set(clock: before - 121)
        await #expect(throws: Sequencer.LoadProblem.clock(signed: before)) {
            try await world.server().service.start()
        }
    }

    @Test("refuses another key")
    func otherKey() async throws {
        let world = try await LedgerWorld()
        _ = try await world.server().run()
        await #expect(throws: Sequencer.LoadProblem.otherKey(origin: world.origin())) {
            try await world.server(seed: 2).service.start()
        }
    }

    @Test(
        "does not start on a damaged ledger",
        arguments: [
            (
                "UPDATE ledger_tile SET content = CAST(x'00' || substr(content, 2) AS BLOB) "
                    + "WHERE level = 0", "tile/0/000"
            ),
            ("UPDATE ledger_tile SET content = zeroblob(32) WHERE level = 1", "tile/1/000.p/1"),
            (
                "UPDATE ledger_tile SET content = CAST(substr(content, 1, 68) || zeroblob(68) "
                    + "|| substr(content, 137) AS BLOB) WHERE level = -1 AND number = 0", "damaged"
            ),
            ("DELETE FROM ledger_tile WHERE level = -1 AND number = 1", "missing"),
            ("DELETE FROM ledger_tile WHERE level = 0 AND number = 1", "missing"),
            ("UPDATE ledger SET number = number - 1", "number"),
        ])
    func damage(spoil: String, says: String) async throws {
        let world = try await LedgerWorld()
        try await world.fillQueue(300)
        _ = try await world.server().run()
        try await world.server().service.start()
        _ = try await world.store.write { try $0.run(SQL(stringLiteral: spoil)) }
        do {
            try await world.server().service.start()
            Issue.record("it starts")
        } catch Sequencer.LoadProblem.damaged(let origin, let what) {
            #expect(origin == world.origin() && what.contains(says), "\(what)")
        }
    }

    @Test("does not mind that retention takes the records away")
    func retention() async throws {
        let world = try await LedgerWorld()
        let signers = try await world.sign(5)
        let server = world.server()
        try await server.drain()
        try await world.withdraw(signers[0])
        try await world.sign(1)
        _ = try await world.store.write {
            try $0.run("UPDATE action SET state = 'closed', ended_ms = 0")
        }
        var report = RetentionReport()
        try await world.store.removeExpired(
            today: LedgerWorld.today, nowMilliseconds: 181 * 86_400_000, into: &report)
        #expect(report.records == 5)
        try await server.drain()
        try await world.check(server, number: 5)
        let restarted = world.server()
        try await restarted.service.start()
        try await world.check(restarted, number: 5)
    }
}

/// People of one action who do whatever comes to their mind, and the number that must come of it.
private struct Crowd {
    let index: Int
    var signed = 0
    private var standing: [LedgerWorld.Signer] = []
    private var aside: [LedgerWorld.Signer] = []

    init(index: Int) { self.index = index }

    var counted: Int { standing.count }

    mutating func act(in world: LedgerWorld) async throws {
        let flag: SignatureFlags = Bool.random() ? .honeypot : .disposable
        switch Int.random(in: 0..<8) {
        case 0...2:
            let flags: SignatureFlags = [[], flag, [.honeypot, .disposable]].randomElement() ?? []
            standing += try await world.sign(.random(in: 1...9), index, flags: flags)
            signed = standing.count + aside.count + gone
        case 3: try await take(from: \.standing) { try await world.withdraw($0) }
        case 4: try await take(from: \.aside) { try await world.withdraw($0) }
        case 5: try await take(from: \.standing) { try await world.remove($0) }
        case 6:
            let judged = standing.filter { $0.flags.contains(flag) }
            #expect(try await world.judge(.setAside, flag, index) == judged.count)
            standing.removeAll { $0.flags.contains(flag) }
            aside += judged
        default:
            let judged = aside.filter { $0.flags.contains(flag) }
            #expect(try await world.judge(.readmit, flag, index) == judged.count)
            aside.removeAll { $0.flags.contains(flag) }
            standing += judged
        }
    }

    private var gone = 0

    private mutating func take(
        from group: WritableKeyPath<Crowd, [LedgerWorld.Signer]>,
        _ body: (LedgerWorld.Signer) async throws -> some Any
    ) async throws {
        guard let signer = self[keyPath: group].randomElement() else { return }
        _ = try await body(signer)
        self[keyPath: group].removeAll { $0 == signer }
        gone += 1
    }
}
