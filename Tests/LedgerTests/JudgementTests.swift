import Domain
import Ledger
import Storage
import Testing

@Suite("Setting aside and readmitting")
struct JudgementTests {
    @Test("takes those with the flag out and in again, and says so in public")
    func asideAndBack() async throws {
        let world = try await LedgerWorld()
        try await world.sign(5)
        try await world.sign(3, flags: .honeypot)
        try await world.sign(2, flags: [.honeypot, .disposable])
        let server = world.server()
        try await server.drain()
        #expect(try await world.judge(.setAside, .honeypot) == 5)
        #expect(try await world.judge(.setAside, .honeypot) == 0, "they are aside already")
        try await server.service.sequence()
        var ledger = try await world.check(server, number: 5)
        #expect(ledger.state.aside == [1: 5])
        #expect(server.standings.standing(of: world.actions[0])?.aside == [1: 5])
        let statement = try #require(ledger.kinds().firstIndex(of: .statement))
        #expect(LedgerEntry.number(in: ledger.entries[statement].b) == 5)
        #expect(
            ledger.entries[(statement + 1)...].allSatisfy { entry in
                LedgerEntry.Judgement(entry.b)?.act == Array(ledger.entries[statement].a.prefix(16))
            })
        #expect(try await world.judge(.readmit, .disposable) == 2)
        try await server.service.sequence()
        ledger = try await world.check(server, number: 7)
        #expect(ledger.state.aside == [1: 3])
        #expect(try await world.judge(.readmit, .honeypot) == 3)
        try await server.service.sequence()
        try await world.check(server, number: 10)
        #expect(try await world.judge(.readmit, .honeypot) == 0)
    }

    @Test("takes only the days that are meant, and no other action")
    func days() async throws {
        let world = try await LedgerWorld(actions: 2)
        for offset in 0..<4 {
            try await world.sign(
                offset + 1, flags: .honeypot, day: LedgerWorld.today + offset)
        }
        try await world.sign(7, 1, flags: .honeypot)
        let server = world.server()
        try await server.drain()
        let days = LedgerWorld.today + 1...LedgerWorld.today + 2
        #expect(try await world.judge(.setAside, .honeypot, days: days) == 5)
        let action = world.actions[0]
        let left = try await world.store.read {
            try $0.judgedByDay(.setAside, .init(flag: .honeypot, days: nil), of: action)
        }
        #expect(left.map(\.day) == [LedgerWorld.today, LedgerWorld.today + 3])
        #expect(left.map(\.count) == [1, 4])
        try await server.service.sequence()
        try await world.check(server, number: 5)
        try await world.check(server, number: 7, 1)
    }

    @Test("waits for signatures that have no place yet")
    func waiting() async throws {
        let world = try await LedgerWorld()
        let server = world.server()
        try await server.drain()
        try await world.sign(2)
        try await world.sign(3, flags: .disposable)
        try await world.judge(.setAside, .disposable)
        try await server.service.sequence()
        #expect(server.standings.number(of: world.actions[0]) == 5, "their places come first")
        try await server.service.sequence()
        let ledger = try await world.check(server, number: 2)
        #expect(ledger.state.aside == [2: 3])
        #expect(try await world.queueLength() == 0)
    }

    @Test("lets those go that are set aside, once and for all")
    func asideThenWithdrawn() async throws {
        let world = try await LedgerWorld()
        let signers = try await world.sign(4, flags: .honeypot)
        let server = world.server()
        try await server.drain()
        try await world.judge(.setAside, .honeypot)
        try await server.drain()
        try await world.withdraw(signers[0])
        try await world.remove(signers[1])
        try await server.drain()
        try await world.check(server, number: 0)
        #expect(try await world.judge(.readmit, .honeypot) == 2)
        try await server.drain()
        let ledger = try await world.check(server, number: 2)
        #expect(ledger.state.withdrawn == 1 && ledger.state.removed == 1)
    }

    @Test(
        "is dropped for one who went in the same moment, whether it has a place or not",
        arguments: [false, true])
    func tooLate(hasPlace: Bool) async throws {
        let world = try await LedgerWorld()
        let server = world.server()
        let signers = try await world.sign(3, flags: .honeypot)
        if hasPlace {
            try await server.drain()
            try await world.judge(.setAside, .honeypot)
            try await server.drain()
            try await world.judge(.readmit, .honeypot)
        } else {
            try await world.judge(.setAside, .honeypot)
        }
        try await world.withdraw(signers[0])
        // The withdrawal has its place before the judgement: the batch had read the other queue
        // before all this.
        try await world.store.write { transaction in
            try transaction.run(
                "CREATE TABLE late AS SELECT * FROM ledger_queue WHERE position IS NOT NULL")
            try transaction.run("DELETE FROM ledger_queue WHERE position IS NOT NULL")
        }
        try await server.drain()
        _ = try await world.store.write {
            try $0.run("INSERT INTO ledger_queue SELECT * FROM late")
        }
        try await server.drain()
        #expect(try await world.queueLength() == 0, "nothing waits for ever")
        try await world.check(server, number: hasPlace ? 2 : 0)
    }

    @Test("of many holds up nobody, though none of them has a place")
    func manyWaiting() async throws {
        let world = try await LedgerWorld(actions: 2)
        let server = world.server()
        try await server.drain()
        // More than a batch, about records that wait: another ledger's statement comes behind them.
        let (action, entry) = (
            world.actions[0],
            LedgerEntry(
                .setAside, a: LedgerEntry.unknownIndex,
                b: LedgerEntry.Judgement(act: randomBytes(16), reason: 1).bytes)
        )
        let signers = try await world.sign(1, flags: .honeypot)
        _ = try await world.store.write { transaction in
            for position in 1...4_200 {
                try transaction.run(
                    """
                    INSERT INTO ledger_queue (id, action, record_id, entry, position)
                    VALUES (\(randomBytes(16)), \(action), \(signers[0].record), \(entry.bytes),
                            \(position))
                    """)
            }
        }
        try await world.state("behind all of them", .newVersion, 1)
        try await server.sequencer.sequenceInOrder()
        try await world.server().service.start()
        #expect(try PublishedLedger(world.files, 1).count(.newVersion) == 1)
    }
}
