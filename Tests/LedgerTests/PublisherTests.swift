import Domain
import Foundation
import Storage
import Synchronization
import Testing

@testable import Ledger

@Suite("The publisher")
struct PublisherTests {
    @Test("writes 70,000 entries as the tiles that the specification draws")
    func seventyThousand() async throws {
        let world = try await LedgerWorld()
        try await world.fillQueue(69_999)
        let server = world.server()
        try await server.service.sequence()
        let ledger = try PublishedLedger(world.files)
        #expect(ledger.problems == [] && ledger.checkpoint.size == 70_000)
        #expect(ledger.state.counted == 69_999 && ledger.count(.sign) == 69_999)
        #expect(Set(ledger.entries).count == 70_000)
        var expected: Set = [
            "tile/0/273.p/112", "tile/entries/273.p/112", "tile/1/000", "tile/1/001.p/17",
            "tile/2/000.p/1", "checkpoint", "statements.json", "vkey",
        ]
        for number in 0..<273 {
            expected.insert("tile/0/\(padded(number))")
            expected.insert("tile/entries/\(padded(number))")
        }
        #expect(try world.publishedNames() == expected)
        #expect(
            try await world.store.read { try $0.rows("SELECT count(*) AS n FROM ledger_place") }[0]
                .integer("n") == 69_999)
    }

    private func padded(_ number: Int) -> String {
        String(repeating: "0", count: 3 - "\(number)".count) + "\(number)"
    }

    @Test("keeps the partial tiles of every checkpoint until two tiles later")
    func pruning() async throws {
        let world = try await LedgerWorld()
        let server = world.server()
        var sizes: [Int] = []
        for count in [9, 100, 200, 100, 100, 300] {
            try await world.fillQueue(count)
            try await server.service.sequence()
            sizes.append(try PublishedLedger(world.files).checkpoint.size)
            let names = try world.publishedNames()
            for size in sizes where size % 256 != 0 {
                let place = size / 256
                let isKept = place >= sizes[sizes.count - 1] / 256 - 1
                let name = "tile/0/00\(place).p/\(size % 256)"
                #expect(names.contains(name) == isKept, "\(name) at \(sizes)")
                #expect(names.contains("tile/0/00\(place)") == (size / 256 < sizes.last! / 256))
            }
        }
        #expect(sizes == [10, 110, 310, 410, 510, 810])
    }

    @Test("writes the checkpoint last, and shows the number after it")
    func order() async throws {
        let disk = FragileDisk()
        let world = try await LedgerWorld(files: disk)
        let log = FileLog(disk)
        let server = world.server(files: log)
        try await world.sign(300)
        // Not the server: it holds the log, and neither would ever go.
        let (standings, action) = (server.standings, world.actions[0])
        log.onWrite { name in
            guard name == "a0/checkpoint" else { return }
            #expect(standings.number(of: action) == 0)
            #expect(disk.unsettledNames.subtracting([name]).isEmpty)
        }
        try await server.service.sequence()
        #expect(log.names.last == "a0/checkpoint")
        #expect(log.names.count == Set(log.names).count, "nothing is written twice")
        try await world.check(server, number: 300)
        let written = log.names.count
        try await server.service.sequence()
        #expect(log.names.count == written, "nothing new, nothing written")
    }

    @Test("makes up for files that are lost, and leaves alone what is there")
    func republishing() async throws {
        let world = try await LedgerWorld()
        try await world.fillQueue(600)
        _ = try await world.server().run()
        let names = try world.publishedNames()
        for name in ["tile/0/000", "tile/entries/001", "tile/1/000.p/2", "statements.json"] {
            try FileManager.default.removeItem(
                at: world.folder.appending(path: "ledger/a0/\(name)"))
        }
        let log = FileLog(world.files)
        let server = world.server(files: log)
        try await server.service.start()
        #expect(try world.publishedNames() == names)
        #expect(
            Set(log.names) == [
                "a0/tile/0/000", "a0/tile/entries/001", "a0/tile/1/000.p/2", "a0/statements.json",
                "a0/vkey",
            ])
        #expect(try PublishedLedger(world.files).problems == [])
        try FileManager.default.removeItem(at: world.folder.appending(path: "ledger"))
        try await world.server().service.start()
        #expect(try PublishedLedger(world.files).problems == [])
    }

    @Test("writes over what a history that was undone has left beyond its last checkpoint")
    func leftovers() async throws {
        let world = try await LedgerWorld()
        try await world.sign(9)
        _ = try await world.server().run()
        let backup = try await world.backup()
        let checkpoint = try #require(try world.files.read("a0/checkpoint"))
        // Killed before the checkpoint, with its tiles on the disk; then the backup comes back.
        try await world.fillQueue(300)
        _ = try await world.server().run()
        try world.files.write(checkpoint, as: "a0/checkpoint")
        let restored = try LedgerWorld(restoring: backup, of: world)
        let server = restored.server()
        try await server.service.start()
        try await restored.fillQueue(300)
        try await server.service.sequence()
        let ledger = try PublishedLedger(restored.files)
        #expect(ledger.problems == [] && ledger.checkpoint.size == 310)
    }

    @Test("never puts an older checkpoint over one that may have been read")
    func cosignaturesComeLate() async throws {
        let disk = FragileDisk()
        let world = try await LedgerWorld(files: disk)
        try await world.sign(3)
        let server = world.server()
        try await server.service.sequence()
        let old = try #require(await server.publisher.heads.first)
        try await world.sign(2)
        // Everything but the last settle: the new checkpoint can be read.
        let log = FileLog(disk)
        let failing = world.server(files: log)
        try await failing.service.start()
        log.onWrite { if $0 == "a0/checkpoint" { disk.fail(after: 1) } }
        await #expect(throws: FragileDisk.Failure.self) { try await failing.service.sequence() }
        #expect(try PublishedLedger(disk).checkpoint.size == 6)
        let cosignature = try signingKey(9, .cosigner).sign(
            old.note.text, named: "witness.example/w", time: 1)
        try await failing.publisher.publish(cosignatures: [cosignature], on: old.row)
        #expect(try PublishedLedger(disk).checkpoint.size == 6)
        log.onWrite { _ in }
        try await failing.service.sequence()
        try await world.check(failing, number: 5)
    }

    @Test("keeps cosignatures through a restart, and puts them below no other checkpoint")
    func cosignatures() async throws {
        let world = try await LedgerWorld()
        try await world.sign(3)
        let server = world.server()
        try await server.service.sequence()
        let head = try #require(await server.publisher.heads.first)
        let cosignature = try signingKey(9, .cosigner).sign(
            head.note.text, named: "witness.example/w", time: 1)
        try await server.publisher.publish(cosignatures: [cosignature], on: head.row)
        #expect(try PublishedLedger(world.files).note.signatures.count == 2)
        #expect(
            server.standings.standing(of: world.actions[0])?.cosigned == ["witness.example/w"])
        let next = world.server()
        try await next.service.start()
        #expect(try PublishedLedger(world.files).note.signatures.count == 2)
        try await world.sign()
        try await next.service.sequence()
        #expect(try PublishedLedger(world.files).note.signatures.count == 1)
    }

    @Test("does not let one ledger that cannot be published hold up another")
    func isolation() async throws {
        let world = try await LedgerWorld(actions: 2)
        try await world.sign(2, 0)
        try await world.sign(3, 1)
        // A file where the folder should be.
        let ledgers = world.folder.appending(path: "ledger")
        try FileManager.default.createDirectory(at: ledgers, withIntermediateDirectories: true)
        try Data().write(to: ledgers.appending(path: "a0"))
        let server = world.server()
        await #expect(throws: (any Error).self) { try await server.service.sequence() }
        #expect(server.standings.number(of: world.actions[1]) == 3)
        #expect(server.standings.standing(of: world.actions[0]) == nil)
        try FileManager.default.removeItem(at: ledgers.appending(path: "a0"))
        try await server.service.sequence()
        try await world.check(server, number: 2)
    }
}

@Suite("The restore guard")
struct OlderDatabaseTests {
    @Test("refuses a database that is older than what is published")
    func behind() async throws {
        let world = try await LedgerWorld()
        let empty = try await world.backup()
        try await world.sign(2)
        _ = try await world.server().run()
        let older = try await world.backup()
        try await world.sign(2)
        _ = try await world.server().run()
        for (backup, here) in [(empty, 0), (older, 3)] {
            let restored = try LedgerWorld(restoring: backup, of: world)
            await #expect(
                throws: Publisher.Contradiction.behind(
                    origin: world.origin(), known: 5, here: here)
            ) { try await restored.server().service.start() }
            #expect(try PublishedLedger(world.files).checkpoint.size == 5)
        }
    }

    @Test("refuses a database with another history, whichever is longer")
    func fork() async throws {
        let world = try await LedgerWorld()
        try await world.sign(2)
        _ = try await world.server().run()
        let backup = try await world.backup()
        try await world.sign(2)
        _ = try await world.server().run()
        for count in [2, 9] {
            let other = try LedgerWorld(restoring: backup, of: world, files: FragileDisk())
            try await other.sign(count)
            _ = try await other.server().run()
            let server = other.server(files: world.files)
            await #expect(throws: Publisher.Contradiction.fork(origin: world.origin(), size: 5)) {
                try await server.service.start()
            }
            // Not even if nobody asks: publishing looks too.
            await #expect(throws: Publisher.Contradiction.fork(origin: world.origin(), size: 5)) {
                try await server.service.sequence()
            }
            #expect(try PublishedLedger(world.files).state.counted == 4)
        }
    }

    @Test(
        "refuses a checkpoint that was never signed here", arguments: ["", "nonsense\n", "other"])
    func unreadable(text: String) async throws {
        let world = try await LedgerWorld()
        _ = try await world.server().run()
        var bytes = Array(text.utf8)
        if text == "other" {
            let note = try #require(SignedNote(try world.files.read("a0/checkpoint") ?? []))
            let other = try signingKey(7, .log).sign(note.text, named: world.origin())
            bytes = SignedNote(text: note.text, signatures: [other]).bytes
        }
        try world.files.write(bytes, as: "a0/checkpoint")
        await #expect(throws: Publisher.Contradiction.unreadable("a0/checkpoint")) {
            try await world.server().service.start()
        }
    }
}

/// Files that remember what was written, in order.
final class FileLog: LedgerFiles {
    private let files: any LedgerFiles
    private let written = Mutex<[String]>([])
    private let watcher = Mutex<(@Sendable (String) -> Void)?>(nil)

    init(_ files: any LedgerFiles) { self.files = files }

    var names: [String] { written.withLock { $0 } }

    /// Called before each write.
    func onWrite(_ body: @escaping @Sendable (String) -> Void) { watcher.withLock { $0 = body } }

    func read(_ name: String) throws -> [UInt8]? { try files.read(name) }
    func byteCount(_ name: String) -> Int? { files.byteCount(name) }
    func settle() throws { try files.settle() }
    func remove(_ folder: String) throws { try files.remove(folder) }

    func write(_ bytes: [UInt8], as name: String) throws {
        watcher.withLock { $0 }?(name)
        written.withLock { $0.append(name) }
        try files.write(bytes, as: name)
    }
}

extension LedgerWorld {
    /// All that lies in the folder of the first action.
    func publishedNames() throws -> Set<String> {
        let root = folder.appending(path: "ledger/a0")
        let names = try FileManager.default.subpathsOfDirectory(atPath: root.path)
        return Set(
            names.filter {
                var isFolder: ObjCBool = false
                let path = root.appending(path: $0).path
                return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
                    && !isFolder.boolValue
            })
    }
}
