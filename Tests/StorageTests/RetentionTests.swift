import Domain
import Foundation
import Storage
import StorageSQLite
import TestSupport
import Testing

struct RetentionTests {
    @Test("Rows go when their time has come, and the number stays")
    func expiry() async throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "outcry-retention-\(randomBytes(8).hex).sqlite").path
        let store = try SQLiteStore(path: path)
        let organisation = Organisation(id: .random(), name: "O", origin: "https://o.example")
        let action = ActionID.random()
        try await store.write { transaction in
            try transaction.insert(organisation)
            try transaction.insertAction(
                action, slug: "a", of: organisation.id, preview: false, nowMilliseconds: 0)
            for expires in [98, 99, 100] {
                try transaction.insert(
                    PendingRow(id: randomBytes(32), expires: Day(number: expires), sealed: [1]))
            }
            for day in [96, 97, 100] {
                try transaction.run(
                    "INSERT INTO spent (id, day, sealed) VALUES (\(randomBytes(32)), \(day), \([1] as [UInt8]))"
                )
            }
            try insertRecord(of: action, transaction)
            try transaction.run(
                "UPDATE action SET state = 'closed', state_since_ms = 0, ended_ms = 0, key_number = 1"
            )
        }
        let day = 86_400_000
        var early = RetentionReport()
        try await store.removeExpired(
            today: Day(number: 100), nowMilliseconds: 180 * day - 1, into: &early)
        #expect(early.pending == 1 && early.spent == 1 && early.records == 0)
        #expect(
            try await store.read { try $0.keyNumbersToWipe(nowMilliseconds: 30 * day - 1) } == [])
        #expect(try await store.read { try $0.keyNumbersToWipe(nowMilliseconds: 30 * day) } == [1])
        var late = RetentionReport()
        try await store.removeExpired(
            today: Day(number: 100), nowMilliseconds: 180 * day, into: &late)
        #expect(late.records == 1)
        #expect(try await store.read { try $0.tally() } == [action: 1])
    }

    @Test("However many rows go, all of them go, and none of the others")
    func many() async throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "outcry-retention-\(randomBytes(8).hex).sqlite").path
        let store = try SQLiteStore(path: path)
        let organisation = Organisation(id: .random(), name: "O", origin: "https://o.example")
        let (ended, open) = (ActionID.random(), ActionID.random())
        try await store.write { transaction in
            try transaction.insert(organisation)
            for (action, slug) in [(ended, "ended"), (open, "open")] {
                try transaction.insertAction(
                    action, slug: slug, of: organisation.id, preview: false, nowMilliseconds: 0)
                for _ in 0..<1_100 { try insertRecord(of: action, transaction) }
            }
            for number in 0..<2_300 {
                let isOld = number % 2 == 0
                try transaction.insert(
                    PendingRow(
                        id: randomBytes(32), expires: Day(number: isOld ? 98 : 99), sealed: [1]))
                try transaction.run(
                    """
                    INSERT INTO spent (id, day, sealed)
                    VALUES (\(randomBytes(32)), \(isOld ? 96 : 97), \([1] as [UInt8]))
                    """)
            }
            try transaction.run(
                """
                UPDATE action SET state = 'closed', state_since_ms = 0, ended_ms = 0, key_number = 1
                WHERE id = \(ended)
                """)
        }
        var report = RetentionReport()
        try await store.removeExpired(
            today: Day(number: 100), nowMilliseconds: 180 * 86_400_000, into: &report)
        #expect(report.pending == 1_150 && report.spent == 1_150 && report.records == 1_100)
        #expect(try await store.read { try $0.pendingCount() } == 1_150)
        #expect(try await store.read { try $0.tally() } == [ended: 1_100, open: 1_100])
        let left = try await store.read { transaction in
            try ["pending", "spent", "record"].map { table in
                try transaction.rows(SQL(stringLiteral: "SELECT count(*) AS n FROM \(table)"))[0]
                    .integer("n")
            }
        }
        #expect(left == [1_150, 1_150, 1_100])
        var again = RetentionReport()
        try await store.removeExpired(
            today: Day(number: 100), nowMilliseconds: 180 * 86_400_000, into: &again)
        #expect(again == RetentionReport())
    }

    @Test("What went before the disk was full is told all the same")
    func interrupted() async throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "outcry-retention-\(randomBytes(8).hex).sqlite").path
        let store = FailingStore(try SQLiteStore(path: path))
        try await store.write { transaction in
            for _ in 0..<1_200 {
                try transaction.insert(
                    PendingRow(id: randomBytes(32), expires: Day(number: 1), sealed: [1]))
            }
        }
        store.fail(after: 1)
        var report = RetentionReport()
        await #expect(throws: StorageError.full) {
            try await store.removeExpired(
                today: Day(number: 100), nowMilliseconds: 0, into: &report)
        }
        #expect(report.pending == 500)
        #expect(try await store.read { try $0.pendingCount() } == 700)
    }
}

private func insertRecord(of action: ActionID, _ transaction: any Transaction) throws {
    try transaction.run(
        """
        INSERT INTO record
            (record_id, action, day, flags, sealed, leaf, lookup, receipt, tag)
        VALUES (\(randomBytes(16)), \(action), 1, 0, \([1] as [UInt8]), \(randomBytes(32)),
                \(randomBytes(32)), \([1] as [UInt8]), \(randomBytes(32)))
        """)
}
