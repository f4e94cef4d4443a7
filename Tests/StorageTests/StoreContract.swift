import Domain
import Foundation
import Storage
import StorageSQLite
import Testing

/// A store that the contract is held against; a second database is one more case.
enum StoreKind: String, CaseIterable, Sendable {
    case sqlite

    /// A fresh store with the whole schema.
    func make(in folder: URL) throws -> any Store {
        switch self {
        case .sqlite: try SQLiteStore(path: folder.appending(path: "outcry.sqlite").path)
        }
    }
}

/// What every store promises, whichever database it is.
@Suite("The contract of a store")
struct StoreContract {
    private let folder = FileManager.default.temporaryDirectory
        .appending(path: "outcry-store-\(randomBytes(8).hex)")

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private func pending(_ byte: UInt8, expires: Int = 100) -> PendingRow {
        PendingRow(
            id: [UInt8](repeating: byte, count: 32), expires: Day(number: expires), sealed: [byte])
    }

    private func record(of action: ActionID, tag: [UInt8]) -> SQL {
        """
        INSERT INTO record (record_id, action, day, flags, sealed, leaf, lookup, receipt, tag)
        VALUES (\(randomBytes(16)), \(action), 1, 0, \([1] as [UInt8]), \(randomBytes(32)),
                \(randomBytes(32)), \([1] as [UInt8]), \(tag))
        """
    }

    private func count(_ store: any Store) async throws -> Int {
        try await store.read { try $0.pendingCount() }
    }

    @Test("What was written is there, with every kind of value", arguments: StoreKind.allCases)
    func values(kind: StoreKind) async throws {
        let store = try kind.make(in: folder)
        let text = "Əliyev \u{1F54A} 'quoted\" ? \u{301}"
        let row = try await store.read { transaction in
            try transaction.rows(
                "SELECT \(text) AS t, \(Int64.max) AS i, \([0, 255, 1] as [UInt8]) AS b, \(nil as Int?) AS n"
            )[0]
        }
        #expect(try row.text("t") == text)
        #expect(try row.integer("i") == Int.max)
        #expect(try row.bytes("b") == [0, 255, 1])
        #expect(try row.isNull("n"))
        #expect(throws: StorageError.unexpectedRow(column: "t")) { try row.integer("t") }
        #expect(throws: StorageError.unexpectedRow(column: "x")) { try row.integer("x") }
    }

    @Test("A write that throws leaves no trace", arguments: StoreKind.allCases)
    func rollback(kind: StoreKind) async throws {
        struct Stop: Error {}
        let store = try kind.make(in: folder)
        let row = pending(1)
        await #expect(throws: Stop.self) {
            try await store.write { transaction in
                try transaction.insert(row)
                throw Stop()
            }
        }
        #expect(try await count(store) == 0)
    }

    @Test("Writes that share a commit fail alone", arguments: StoreKind.allCases)
    func shared(kind: StoreKind) async throws {
        let store = try kind.make(in: folder)
        let succeeded = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                let row = pending(UInt8(number % 50))
                group.addTask { (try? await store.write { try $0.insert(row) }) != nil }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(succeeded == 50)
        #expect(try await count(store) == 50)
    }

    @Test(
        "A write sees what it has written, a read only what is committed",
        arguments: StoreKind.allCases)
    func snapshot(kind: StoreKind) async throws {
        let store = try kind.make(in: folder)
        let row = pending(1)
        let inside = try await store.write { transaction in
            try transaction.insert(row)
            return try transaction.pendingCount()
        }
        #expect(inside == 1)
        #expect(try await count(store) == 1)
    }

    @Test(
        "Places of one write lie side by side, those of many are in no order",
        arguments: StoreKind.allCases)
    func places(kind: StoreKind) async throws {
        let store = try kind.make(in: folder)
        var places: [Int] = []
        for _ in 0..<40 {
            let (first, second) = try await store.write { ($0.place(), $0.place()) }
            #expect(second == first + 1)
            places.append(first)
        }
        #expect(Set(places).count == places.count)
        #expect(places.sorted() != places)
    }

    @Test(
        "Reads that come together fail alone, and each sees what was answered before it came",
        arguments: StoreKind.allCases)
    func together(kind: StoreKind) async throws {
        let store = try kind.make(in: folder)
        let seen = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 1...40 {
                let row = pending(UInt8(number))
                group.addTask {
                    try await store.write { try $0.insert(row) }
                    let wrong = try? await store.read { try $0.rows("SELECT * FROM nothing") }
                    let found = try await store.read {
                        try $0.pending(row.id, today: Day(number: 1))
                    }
                    return wrong == nil && found == row
                }
            }
            return try await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(seen == [Bool](repeating: true, count: 40))
    }

    @Test("The schema refuses what must not be", arguments: StoreKind.allCases)
    func constraints(kind: StoreKind) async throws {
        let store = try kind.make(in: folder)
        let organisation = Organisation(id: .random(), name: "O", origin: "https://o.example")
        let (action, tag) = (ActionID.random(), randomBytes(32))
        try await store.write { transaction in
            try transaction.insert(organisation)
            try transaction.insertAction(
                action, slug: "a", of: organisation.id, preview: false, nowMilliseconds: 0)
            try transaction.run(record(of: action, tag: tag))
        }
        let bad: [SQL] = [
            "INSERT INTO pending (id, expires, sealed) VALUES (\([1] as [UInt8]), 1, \([] as [UInt8]))",
            "UPDATE action SET state = 'unknown'",
            "UPDATE action SET state = 'open'",
            "UPDATE action SET slug = ''",
            record(of: .random(), tag: randomBytes(32)),
            record(of: action, tag: tag),
        ]
        for statement in bad {
            await #expect(throws: (any Error).self) {
                try await store.write { try $0.run(statement) }
            }
        }
    }

    @Test("Opened again, everything is still there", arguments: StoreKind.allCases)
    func reopened(kind: StoreKind) async throws {
        let row = pending(7)
        let first = try kind.make(in: folder)
        try await first.write { try $0.insert(row) }
        let second = try kind.make(in: folder)
        #expect(try await second.read { try $0.pending(row.id, today: Day(number: 100)) } == row)
        #expect(try await second.read { try $0.pending(row.id, today: Day(number: 101)) } == nil)
    }
}

@Suite("The embedded database")
struct SQLiteStoreTests {
    private let path = FileManager.default.temporaryDirectory
        .appending(path: "outcry-sqlite-\(randomBytes(8).hex).sqlite").path

    @Test("A database of a newer program is not touched")
    func newerSchema() async throws {
        let store = try SQLiteStore(path: path)
        _ = try await store.write { try $0.run("PRAGMA user_version = 99") }
        try store.close()
        #expect(throws: StorageError.schema(found: 99, expected: Schema.version)) {
            _ = try SQLiteStore(path: path)
        }
    }

    @Test("Every commit waits for the disk")
    func durable() async throws {
        let store = try SQLiteStore(path: path)
        let row = try await store.write { try $0.rows("PRAGMA synchronous")[0] }
        #expect(try row.integer("synchronous") == 2)
    }

    @Test("What was deleted is gone from the files, from the log too", arguments: [false, true])
    func compact(all: Bool) async throws {
        let store = try SQLiteStore(path: path)
        let needle = Array("needle-in-the-haystack".utf8)
        try await store.write {
            try $0.insert(PendingRow(id: randomBytes(32), expires: Day(number: 1), sealed: needle))
        }
        let files = [path, path + "-wal"]
        func holdsNeedle() -> Bool {
            files.contains {
                (FileManager.default.contents(atPath: $0) ?? Data()).range(of: Data(needle)) != nil
            }
        }
        #expect(holdsNeedle())
        _ = try await store.write { try $0.run("DELETE FROM pending") }
        try await all ? store.compact() : store.emptyLog()
        #expect(!holdsNeedle())
    }
}
