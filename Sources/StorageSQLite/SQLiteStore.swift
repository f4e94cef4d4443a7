import Foundation
import GRDB
package import Storage
import Synchronization

/// The embedded database: one file, one writer, commits shared by all who arrive meanwhile.
///
/// Writes that come while a commit runs wait together and share the next one; each is answered
/// after its own commit has reached the disk.
package final class SQLiteStore: Store {
    private let pool: DatabasePool
    private let queue = Mutex(WriteQueue())
    private let counts = Mutex((commits: 0, writes: 0))
    private let onBrokenDisk: @Sendable (String) -> Never
    private let places: [FilePlace]

    /// How many writes may share one commit.
    private static let batchLimit = 512

    private struct WriteQueue {
        var waiting: [any Write] = []
        var isRunning = false
    }

    /// Opens or creates the file and brings its schema up to date.
    ///
    /// Throws `StorageError.notDurable` unless every commit waits for the disk,
    /// `StorageError.schema` for a file of a newer program, `.damaged` for one that is no database
    /// any more, and `.damagedLog` rather than to forget commits that people were told of.
    package init(
        path: String, onBrokenDisk: @escaping @Sendable (String) -> Never = SQLiteStore.stop
    ) throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { database in
            // Freed pages are overwritten, nothing temporary goes to a disk, and a damaged file
            // is noticed rather than believed.
            for pragma in [
                "secure_delete = ON", "temp_store = MEMORY", "trusted_schema = OFF",
                "cell_size_check = ON",
            ] {
                try database.execute(sql: "PRAGMA \(pragma)")
            }
        }
        self.onBrokenDisk = onBrokenDisk
        if let byte = WriteAheadLog.damage(besideDatabase: path) {
            throw StorageError.damagedLog(byte: byte)
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                // The pool sets NORMAL after prepareDatabase, without a word; it is undone here.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try SQLiteStore.requireDurability(database)
                try SQLiteStore.migrate(database)
            }
        } catch let error as DatabaseError {
            throw SQLiteStore.whyNotOpened(error, onBrokenDisk)
        }
        places = [path, path + "-wal"].map(FilePlace.init)
    }

    private static func whyNotOpened(
        _ error: DatabaseError, _ onBrokenDisk: (String) -> Never
    ) -> any Error {
        switch error.resultCode {
        case .SQLITE_IOERR: onBrokenDisk("database: \(error.extendedResultCode)")
        case .SQLITE_FULL: StorageError.full
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN, .SQLITE_READONLY: StorageError.busy
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: StorageError.damaged
        default: error
        }
    }

    private static func requireDurability(_ database: Database) throws {
        let synchronous = try Int.fetchOne(database, sql: "PRAGMA synchronous")
        let journal = try String.fetchOne(database, sql: "PRAGMA journal_mode")
        guard synchronous == 2, journal == "wal" else {
            throw StorageError.notDurable(
                "synchronous=\(synchronous ?? -1), journal_mode=\(journal ?? "none")")
        }
    }

    private static func migrate(_ database: Database) throws {
        let migrations = Schema.migrations(
            .init(bytes: "BLOB", integer: "INTEGER", keyed: "STRICT, WITHOUT ROWID"))
        try database.inTransaction(.immediate) {
            let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
            guard found <= Schema.version else {
                throw StorageError.schema(found: found, expected: Schema.version)
            }
            for statement in migrations.dropFirst(found).joined() {
                try database.execute(sql: statement.text)
            }
            try database.execute(sql: "PRAGMA user_version = \(Schema.version)")
            return .commit
        }
    }

    package func read<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        do {
            return try await pool.read { try body(SQLiteTransaction(database: $0)) }
        } catch let error as DatabaseError {
            throw understood(error)
        }
    }

    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(PendingWrite(body: body, continuation: continuation))
        }
    }

    /// How many commits there were since the start, and how many writes shared them.
    package var committed: (commits: Int, writes: Int) { counts.withLock { $0 } }

    /// Empties the write-ahead log, so that what was deleted lies in no file any more.
    package func emptyLog() async throws {
        try await pool.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    }

    /// Rewrites the file without the room of what was deleted; takes as much disk again, in the
    /// folder that `SQLITE_TMPDIR` names, and no memory of that size.
    package func compact() async throws {
        try await pool.writeWithoutTransaction { database in
            _ = try database.checkpoint(.truncate)
            try database.execute(sql: "PRAGMA temp_store = FILE")
            try database.execute(sql: "VACUUM")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            _ = try database.checkpoint(.truncate)
        }
    }

    /// What SQLite finds damaged, one line each; empty when every page and index is sound.
    package func damages() async throws -> [String] {
        try await pool.read { database in
            let lines = try String.fetchAll(database, sql: "PRAGMA integrity_check(20)")
            let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").count
            return lines.filter { $0 != "ok" }
                + (orphans > 0 ? ["\(orphans) rows belong to nothing"] : [])
        }
    }

    /// Writes a copy of this moment, without the room of what was deleted, while others go on.
    package func copy(to path: String) async throws {
        try await pool.writeWithoutTransaction { database in
            try database.execute(sql: "VACUUM INTO ?", arguments: [path])
        }
    }

    /// Waits for running work and closes the file.
    package func close() throws { try pool.close() }

    private func enqueue(_ write: any Write) {
        let mustStart = queue.withLock { queue in
            queue.waiting.append(write)
            defer { queue.isRunning = true }
            return !queue.isRunning
        }
        guard mustStart else { return }
        pool.asyncWriteWithoutTransaction { [self] database in
            while let batch = nextBatch() { commit(batch, database) }
        }
    }

    private func nextBatch() -> [any Write]? {
        queue.withLock { queue in
            guard !queue.waiting.isEmpty else {
                queue.isRunning = false
                return nil
            }
            let batch = Array(queue.waiting.prefix(SQLiteStore.batchLimit))
            queue.waiting.removeFirst(batch.count)
            return batch
        }
    }

    /// Runs each write in a savepoint of its own, so that one that fails leaves the others alone.
    private func commit(_ batch: [any Write], _ database: Database) {
        do {
            try database.beginTransaction(.immediate)
            for write in batch { try write.run(in: database) }
            try database.commit()
        } catch {
            try? database.rollback()
            let error = understood(error)
            for write in batch { write.fail(error) }
            return
        }
        // A file that was moved or removed takes commits as before; nobody would find them.
        guard places.allSatisfy(\.isKept) else { onBrokenDisk("the database was moved or removed") }
        counts.withLock { $0 = ($0.commits + 1, $0.writes + batch.count) }
        for write in batch { write.succeed() }
    }

    /// Says what an error means; a broken disk ends the process, since what a failed fsync has
    /// lost cannot be told by trying again.
    private func understood(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        switch error.resultCode {
        // A reader that found no free file descriptor is no sign of a broken disk.
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN: return StorageError.busy
        case .SQLITE_FULL: return StorageError.full
        case .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_READONLY:
            onBrokenDisk("database: \(error.extendedResultCode)")
        default: return error
        }
    }

    /// Says on standard error that the process stops, and stops it without waiting for anything.
    package static func stop(_ reason: String) -> Never {
        FileHandle.standardError.write(
            Data(
                "outcry: stopped, the disk failed (\(reason)). Check the disk, then start again.\n"
                    .utf8))
        _exit(74)
    }
}
