import Foundation
import GRDB
package import Storage
import Synchronization

/// The embedded database: one file, one writer, transactions shared by all who arrive meanwhile.
///
/// Writes that come while a commit runs wait together and share the next one; each is answered
/// after its own commit has reached the disk. Reads that come while others run share one snapshot,
/// which is taken after the last of them came.
package final class SQLiteStore: Store {
    private let writer: DatabaseQueue
    private let reader: DatabaseQueue
    private let copier: LogCopier
    private let writes = WaitingWork()
    private let reads = WaitingWork()
    private let counts = Mutex((commits: 0, writes: 0))
    private let onBrokenDisk: @Sendable (String) -> Never
    private let places: [FilePlace]

    /// How long a commit waits for company, in microseconds.
    private static let company: UInt32 = 2_000
    /// Kilobytes of pages that are kept: the writer's outlast its commits, a reader's end with the
    /// next one.
    private static let (writersCache, readersCache) = (4_000, 1_000)

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
            writer = try SQLiteStore.openWriter(path, configuration)
            configuration.readonly = true
            reader = try DatabaseQueue(path: path, configuration: configuration)
            try reader.writeWithoutTransaction {
                try $0.execute(sql: "PRAGMA cache_size = -\(SQLiteStore.readersCache)")
            }
            configuration.readonly = false
            copier = try LogCopier(path, configuration, beside: writer)
        } catch let error as DatabaseError {
            throw SQLiteStore.whyNotOpened(error, onBrokenDisk)
        }
        places = [path, path + "-wal"].map(FilePlace.init)
    }

    private static func openWriter(
        _ path: String, _ configuration: Configuration
    ) throws -> DatabaseQueue {
        var configuration = configuration
        configuration.journalMode = .wal
        let writer = try DatabaseQueue(path: path, configuration: configuration)
        try writer.writeWithoutTransaction { database in
            // GRDB sets NORMAL after prepareDatabase, without a word; it must be undone here.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA cache_size = -\(writersCache)")
            try requireDurability(database)
            try migrate(database)
        }
        return writer
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
            .init(
                bytes: "BLOB", integer: "INTEGER", keyed: "STRICT, WITHOUT ROWID",
                placed: "STRICT"))
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
        try await withCheckedThrowingContinuation { continuation in
            guard reads.add(PendingWork(body: body, continuation: continuation)) else { return }
            reader.asyncWriteWithoutTransaction { [self] in readWhatWaits($0) }
        }
    }

    package func write<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            guard writes.add(PendingWork(body: body, continuation: continuation)) else { return }
            writeWhatWaits()
        }
    }

    /// How many commits there were since the start, and how many writes shared them.
    package var committed: (commits: Int, writes: Int) { counts.withLock { $0 } }

    /// Empties the write-ahead log, so that what was deleted lies in no file any more.
    package func emptyLog() async throws {
        try await writer.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
    }

    /// Rewrites the file without the room of what was deleted; takes as much disk again, in the
    /// folder that `SQLITE_TMPDIR` names, and no memory of that size.
    package func compact() async throws {
        try await writer.writeWithoutTransaction { database in
            _ = try database.checkpoint(.truncate)
            try database.execute(sql: "PRAGMA temp_store = FILE")
            try database.execute(sql: "VACUUM")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            _ = try database.checkpoint(.truncate)
        }
    }

    /// What SQLite finds damaged, one line each; empty when every page and index is sound.
    package func damages() async throws -> [String] {
        try await reader.read { database in
            let lines = try String.fetchAll(database, sql: "PRAGMA integrity_check(20)")
            let orphans = try Row.fetchAll(database, sql: "PRAGMA foreign_key_check").count
            return lines.filter { $0 != "ok" }
                + (orphans > 0 ? ["\(orphans) rows belong to nothing"] : [])
        }
    }

    /// Writes a copy of this moment, without the room of what was deleted, while others go on.
    package func copy(to path: String) async throws {
        try await writer.writeWithoutTransaction { database in
            try database.execute(sql: "VACUUM INTO ?", arguments: [path])
        }
    }

    /// Waits for running work and closes the file.
    package func close() throws {
        try copier.close()
        try reader.close()
        try writer.close()
    }

    // MARK: Reading

    private func readWhatWaits(_ database: Database) {
        repeat {
            let batch = reads.next()
            do { try read(batch, database) } catch { fail(batch, error) }
        } while !reads.end()
    }

    private func read(_ batch: [any Work], _ database: Database) throws {
        let transaction = SQLiteTransaction(database)
        defer { try? database.rollback() }
        try transaction.run("BEGIN DEFERRED")
        for work in batch {
            do { try work.run(in: transaction) } catch { work.keep(understood(error)) }
        }
        try transaction.run("COMMIT")
        for work in batch { work.succeed() }
    }

    // MARK: Writing

    /// One commit after the other, each queued anew, so that whoever else needs the connection has
    /// a turn between them.
    private func writeWhatWaits() {
        writer.asyncWriteWithoutTransaction { [self] database in
            // In a rush a commit that waits a moment is shared by more; a write that comes alone
            // is committed at once.
            if writes.isRush { usleep(SQLiteStore.company) }
            commit(writes.next(), database)
            do { try copier.copyIfLong() } catch { _ = understood(error) }
            if !writes.end() { writeWhatWaits() }
        }
    }

    /// Runs writes, and those that come while they run, in one transaction.
    private func commit(_ first: [any Work], _ database: Database) {
        var batch = first
        do {
            try database.beginTransaction(.immediate)
            let transaction = SQLiteTransaction(database)
            var next = 0
            while next < batch.count {
                try batch[next].run(in: transaction)
                next += 1
                if next == batch.count { batch += writes.next(beside: batch.count) }
            }
            try database.commit()
            answer(batch)
        } catch {
            try? database.rollback()
            if isOneWritesOwn(error) {
                commitApart(batch, database)
            } else {
                fail(batch, error)
            }
        }
    }

    /// Runs them anew, each in a savepoint of its own, so that one that fails leaves the others
    /// alone.
    private func commitApart(_ batch: [any Work], _ database: Database) {
        do {
            try database.beginTransaction(.immediate)
            let transaction = SQLiteTransaction(database)
            for write in batch {
                do {
                    try database.inSavepoint {
                        try write.run(in: transaction)
                        return .commit
                    }
                } catch {
                    guard isOneWritesOwn(error) else { throw error }
                    write.keep(error)
                }
            }
            try database.commit()
            answer(batch)
        } catch {
            try? database.rollback()
            fail(batch, error)
        }
    }

    private func answer(_ batch: [any Work]) {
        // A file that was moved or removed takes commits as before; nobody would find them.
        guard places.allSatisfy(\.isKept) else { onBrokenDisk("the database was moved or removed") }
        counts.withLock { $0 = ($0.commits + 1, $0.writes + batch.count) }
        for write in batch { write.succeed() }
    }

    private func fail(_ batch: [any Work], _ error: any Error) {
        let error = understood(error)
        for work in batch { work.fail(error) }
    }

    /// Whether an error concerns the write that threw it, and not the whole commit.
    private func isOneWritesOwn(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return true }
        return error.resultCode == .SQLITE_CONSTRAINT
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
