import GRDB
import GRDBSQLite
import Synchronization

/// Copies the write-ahead log into the database, on a connection of its own: SQLite would have a
/// commit do it now and then, and all that waits for that commit.
final class LogCopier: Sendable {
    private let connection: DatabaseQueue
    private let frames = Atomic(0)
    private let isCopying = Atomic(false)

    /// Pages in the log from which on they are copied while others write: some 16 MB.
    private static let long = 4_000
    /// Pages from which on the writer waits for it, so that the log begins anew: some 64 MB.
    private static let tooLong = 16_000

    /// Watches the log of `writer`, which no longer copies it itself.
    init(_ path: String, _ configuration: Configuration, beside writer: DatabaseQueue) throws {
        connection = try DatabaseQueue(path: path, configuration: configuration)
        try connection.writeWithoutTransaction { database in
            // A log may only begin anew when what was in it is on the disk.
            try database.execute(sql: "PRAGMA synchronous = FULL")
        }
        writer.writeWithoutTransaction { database in
            // SQLite says after each commit how long the log is.
            let this = Unmanaged.passUnretained(self).toOpaque()
            sqlite3_wal_hook(
                database.sqliteConnection,
                { this, _, _, frames in
                    guard let this else { return SQLITE_OK }
                    Unmanaged<LogCopier>.fromOpaque(this).takeUnretainedValue()
                        .frames.store(Int(frames), ordering: .relaxed)
                    return SQLITE_OK
                }, this)
        }
    }

    /// Called by the writer between two commits.
    func copyIfLong() throws {
        let frames = frames.load(ordering: .relaxed)
        if frames >= LogCopier.tooLong {
            // While the writer waits here nothing is added, and all of it is copied.
            try connection.writeWithoutTransaction { try copy($0) }
        } else if frames >= LogCopier.long, !isCopying.exchange(true, ordering: .relaxed) {
            connection.asyncWriteWithoutTransaction { [self] database in
                // What fails here fails again when the writer waits for it.
                try? copy(database)
                isCopying.store(false, ordering: .relaxed)
            }
        }
    }

    func close() throws { try connection.close() }

    private func copy(_ database: Database) throws {
        do {
            _ = try database.checkpoint(.passive)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // Somebody else is at it.
        }
    }
}
