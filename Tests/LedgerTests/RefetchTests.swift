import Domain
import Foundation
import Ledger
import Storage
import Testing

@Suite("After a restore, what was published is taken over")
struct RefetchTests {
    @Test("with number, places, what was taken back, what was set aside, and statements")
    func everything() async throws {
        let world = try await LedgerWorld()
        let signers = try await world.sign(8) + world.sign(4, flags: .honeypot)
        let server = world.server()
        try await server.drain()
        // What waits when the backup is made, and has its place before the disk is lost.
        let waiting = try await world.sign(3)
        try await world.withdraw(signers[0])
        try await world.judge(.setAside, .honeypot)
        try await world.withdraw(signers[8])
        try await world.state("waits too")
        let backup = try await world.backup()
        try await server.drain()
        // What comes after the backup.
        let late = try await world.sign(3)
        try await world.withdraw(signers[1])
        try await world.remove(signers[2])
        try await world.remove(waiting[0])
        try await world.withdraw(late[0])
        try await world.state("after the backup")
        try await server.drain()
        try await world.judge(.readmit, .honeypot)
        try await server.drain()
        let before = try await world.check(server, number: 12)

        let restored = try LedgerWorld(restoring: backup, of: world)
        await #expect(throws: Publisher.Contradiction.self) {
            try await restored.server().service.start()
        }
        let report = try await restored.refetch()
        #expect(report.size == before.checkpoint.size)
        #expect(report.lost == 2 && report.takenBack == 3)
        let next = restored.server()
        try await next.service.start()
        let after = try await restored.check(next, number: 12)
        #expect(after.entries == before.entries)
        #expect(
            try await restored.statements(0).map(\.text) == world.statements(0).map(\.text))
        for signer in [signers[0], signers[1], signers[2], waiting[0], signers[8]] {
            #expect(try await restored.withdraw(signer) == .already(restored.actions[0]))
        }
        #expect(try await restored.withdraw(late[1]) == .unknown)

        // And everything goes on.
        try await restored.withdraw(waiting[1])
        try await restored.sign(5)
        #expect(try await restored.judge(.setAside, .honeypot) == 3)
        try await next.drain()
        #expect(try await restored.queueLength() == 0)
        let last = try await restored.check(next, number: 13)
        #expect(last.goesOn(from: before.checkpoint))
        let own = restored.actions[0]
        let places = try await restored.store.read { try $0.ledgerPlaces(of: own) }
        #expect(Set(places.values).contains(signers[3].record))
        #expect(places.count == 14)
    }

    @Test("and a judgement that waits behind one that was published is still to come")
    func judgementsBehind() async throws {
        let world = try await LedgerWorld()
        try await world.sign(3, flags: .honeypot)
        let server = world.server()
        try await server.drain()
        try await world.judge(.setAside, .honeypot)
        let early = try await world.backup()
        try await server.drain()
        let restored = try LedgerWorld(restoring: early, of: world)
        try await restored.judge(.readmit, .honeypot)
        try await restored.refetch()
        #expect(try await restored.queueLength() == 4)
        let next = try await restored.server().run()
        try await restored.check(next, number: 3)
        #expect(try await restored.judge(.readmit, .honeypot) == 0)
        #expect(try await restored.judge(.setAside, .honeypot) == 3)
    }

    @Test("even if the database knows no ledger at all")
    func fromNothing() async throws {
        let world = try await LedgerWorld()
        let signers = try await world.sign(300)
        let backup = try await world.backup()
        let server = world.server()
        try await server.drain()
        let before = try await world.check(server, number: 300)
        let restored = try LedgerWorld(restoring: backup, of: world)
        let report = try await restored.refetch()
        #expect(report.lost == 0 && report.takenBack == 0)
        #expect(try await restored.queueLength() == 0)
        let next = restored.server()
        try await next.service.start()
        try await restored.withdraw(signers[7])
        try await next.drain()
        let after = try await restored.check(next, number: 299)
        #expect(after.goesOn(from: before.checkpoint))
    }

    @Test("and the opening is not said twice")
    func openedAgain() async throws {
        let world = try await LedgerWorld(opened: false)
        let backup = try await world.backup()
        try await world.open()
        try await world.sign(2)
        _ = try await world.server().run()
        let restored = try LedgerWorld(restoring: backup, of: world)
        try await restored.refetch()
        try await restored.open()
        try await restored.sign(1)
        let next = restored.server()
        try await next.service.start()
        try await next.drain()
        try await restored.check(next, number: 3)
        #expect(try await restored.queueLength() == 0)
    }

    @Test("but not from a source that is not the published ledger", arguments: Spoilt.allCases)
    func refusal(spoilt: Spoilt) async throws {
        let world = try await LedgerWorld(actions: 2)
        try await world.sign(300)
        _ = try await world.server().run()
        let backup = try await world.backup()
        try await world.sign(3)
        try await world.sign(500, 1)
        _ = try await world.server().run()
        let restored = try LedgerWorld(restoring: backup, of: world)
        let problem = await #expect(throws: Refetch.Problem.self) {
            try await restored.refetch(seed: spoilt == .otherKey ? 2 : 1) { name in
                try spoilt.read(name, world)
            }
        }
        switch (spoilt, problem) {
        case (.otherKey, .notOurs), (.otherAction, .notOurs), (.older, .nothingNewer),
            (.noBundle, .missing), (.noStatements, .missing), (.noCheckpoint, .missing),
            (.otherEntry, .contradiction), (.otherText, .contradiction):
            break
        default: Issue.record("\(spoilt) is \(String(describing: problem))")
        }
        let action = restored.actions[0]
        #expect(try await restored.store.read { try $0.ledger(of: action)?.size } == 301)
        try await restored.refetch()
    }

    enum Spoilt: CaseIterable, Sendable {
        case otherKey, otherAction, older, noBundle, noStatements, noCheckpoint, otherEntry
        case otherText

        func read(_ name: String, _ world: LedgerWorld) throws -> [UInt8]? {
            let bytes = try world.files.read("a0/\(name)")
            switch self {
            case .otherKey: return bytes
            case .otherAction: return try world.files.read("a1/\(name)")
            case .older where name == "checkpoint":
                // A true checkpoint of before: that of the opening alone.
                let opening = try world.files.read("a0/tile/entries/000") ?? []
                let root = TreeHash(leaf: Array(opening[2..<68]))
                let text = Checkpoint(origin: world.origin(), size: 1, root: root).text
                let signature = try signingKey(1, .log).sign(text, named: world.origin())
                return SignedNote(text: text, signatures: [signature]).bytes
            case .noBundle where name == "tile/entries/000": return nil
            case .noStatements where name == "statements.json": return nil
            case .noCheckpoint where name == "checkpoint": return nil
            case .otherEntry where name == "tile/entries/000":
                return bytes.map { $0.dropLast() + [1 &+ ($0.last ?? 0)] }
            case .otherText where name == "statements.json":
                return bytes.map {
                    Array(
                        String(decoding: $0, as: UTF8.self).replacing("mailbox", with: "house").utf8
                    )
                }
            default: return bytes
            }
        }
    }

    @Test("and not from a history that is not the one here")
    func fork() async throws {
        let world = try await LedgerWorld()
        try await world.sign(2)
        _ = try await world.server().run()
        let backup = try await world.backup()
        try await world.sign(2)
        _ = try await world.server().run()
        let other = try LedgerWorld(restoring: backup, of: world, files: FragileDisk())
        try await other.sign(1)
        _ = try await other.server().run()
        await #expect(throws: Refetch.Problem.self) {
            try await other.refetch { try world.files.read("a0/\($0)") }
        }
        // Nor from the ledger of another action that had the same name.
        let namesake = try await LedgerWorld(files: FragileDisk())
        await #expect(
            throws: Refetch.Problem.contradiction("it is the ledger of another action")
        ) { try await namesake.refetch { try world.files.read("a0/\($0)") } }
    }
}

extension LedgerWorld {
    /// As the command does it; by default from the files that lie published.
    @discardableResult
    func refetch(
        seed: UInt8 = 1, from file: ((String) async throws -> [UInt8]?)? = nil
    ) async throws -> Refetch.Report {
        let (action, now, files) = (actions[0], Int(now * 1_000), files)
        let row = try await store.read { try $0.ledger(of: action) }
        let refetch = try await Refetch(
            row, action: action, origin: origin(), key: signingKey(seed, .log),
            file: file ?? { try files.read("a0/\($0)") })
        return try await store.write {
            try refetch.write(in: $0, nowMilliseconds: now, today: Self.today)
        }
    }

    func statements(_ index: Int) async throws -> [(index: Int, text: String)] {
        let action = actions[index]
        return try await store.read { try $0.ledgerStatements(of: action) }
    }
}
