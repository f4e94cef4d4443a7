import Domain
import Foundation
import Storage
import StorageSQLite
import Testing

@Suite("Replies and used links")
struct ReplyTests {
    private let store: SQLiteStore
    private let action = ActionID.random()
    private static let day = 86_400_000

    init() async throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "outcry-replies-\(randomBytes(8).hex).sqlite").path
        store = try SQLiteStore(path: path)
        let action = action
        try await store.write { transaction in
            let organisation = Organisation(id: .random(), name: "O", origin: "https://o.example")
            try transaction.insert(organisation)
            try transaction.insertAction(
                action, slug: "a", of: organisation.id, preview: false, nowMilliseconds: 0)
            try transaction.run("UPDATE action SET state = 'open', key_number = 1, opened_day = 10")
        }
    }

    private func reply() -> ReplyRow {
        ReplyRow(id: .random(), action: action, day: Day(number: 10), sealed: [1])
    }

    private func insert(limit: Int = 10, now: Int = 0) async throws -> Bool {
        let reply = reply()
        return try await store.write { try $0.insert(reply, limit: limit, nowMilliseconds: now) }
    }

    private func record() async throws {
        let action = action
        _ = try await store.write {
            try $0.run(
                """
                INSERT INTO record (record_id, action, day, flags, sealed, leaf, lookup, receipt)
                VALUES (\(randomBytes(16)), \(action), 1, 0, \([1] as [UInt8]), \(randomBytes(32)),
                        \(randomBytes(32)), \([1] as [UInt8]))
                """)
        }
    }

    private func end() async throws {
        _ = try await store.write {
            try $0.run("UPDATE action SET state = 'closed', state_since_ms = 0, ended_ms = 0")
        }
    }

    private func expire(at milliseconds: Int) async throws -> RetentionReport {
        var report = RetentionReport()
        try await store.removeExpired(
            today: Day(number: 500), nowMilliseconds: milliseconds, into: &report)
        return report
    }

    @Test("No more are kept than may be, and none for an action that is over for good")
    func bounded() async throws {
        #expect(try await insert(limit: 2))
        #expect(try await insert(limit: 2))
        #expect(try await !insert(limit: 2))
        try await end()
        #expect(try await insert(now: 180 * Self.day - 1))
        #expect(try await !insert(now: 180 * Self.day))
        _ = try await store.write { try $0.run("UPDATE action SET state = 'stopped'") }
        #expect(try await !insert())
    }

    @Test("They go with the records of their action")
    func retention() async throws {
        _ = try await insert()
        try await end()
        #expect(try await expire(at: 180 * Self.day - 1).replies == 0)
        #expect(try await expire(at: 180 * Self.day).replies == 1)
        let action = action
        #expect(try await store.read { try $0.replyCount(of: action) } == 0)
    }

    @Test("A used link is kept once, as long as anybody could be written to because of it")
    func links() async throws {
        let (before, after) = (randomBytes(32), randomBytes(32))
        try await record()
        let isNew = try await store.write { transaction in
            try [(before, 9), (after, 10), (after, 11)].map {
                try transaction.unsubscribe($0.0, today: Day(number: $0.1))
            }
        }
        #expect(isNew == [true, true, false])
        // Nobody could get a mail before the action was opened on day 10.
        #expect(try await expire(at: 0).unsubscribed == 1)
        #expect(try await store.read { try $0.unsubscribed() } == [after])
        #expect(try await expire(at: 0).unsubscribed == 0)
        try await end()
        #expect(try await expire(at: 180 * Self.day).unsubscribed == 1)
        #expect(try await store.read { try $0.unsubscribedCount() } == 0)
    }
}
