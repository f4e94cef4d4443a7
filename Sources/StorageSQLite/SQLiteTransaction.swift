import Foundation
import GRDB
import Storage
import Synchronization

/// Statements bound and run on one connection.
struct SQLiteTransaction: Transaction {
    let database: Database

    func rows(_ sql: Storage.SQL) throws -> [Storage.Row] {
        let statement = try prepared(sql)
        let columns = statement.columnNames
        return try GRDB.Row.fetchAll(statement).map { row in
            Storage.Row(columns: columns, values: row.databaseValues.map(Value.init))
        }
    }

    func run(_ sql: Storage.SQL) throws -> Int {
        try prepared(sql).execute()
        return database.changesCount
    }

    private func prepared(_ sql: Storage.SQL) throws -> Statement {
        let statement = try database.cachedStatement(sql: sql.text)
        statement.setUncheckedArguments(StatementArguments(sql.values.map(\.databaseValue)))
        return statement
    }
}

extension Value {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let integer): integer.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        switch value.storage {
        case .null: self = .null
        case .int64(let integer): self = .integer(integer)
        case .double: self = .null  // no table has such a column
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes(Array(data))
        }
    }
}

/// A write that waits for a commit.
protocol Write: Sendable {
    /// Throws only what spoils the whole commit; an error of its own is kept for `succeed`.
    func run(in database: Database) throws
    /// The commit is on the disk.
    func succeed()
    /// There was no commit.
    func fail(_ error: any Error)
}

final class PendingWrite<T: Sendable>: Write {
    private let body: @Sendable (any Transaction) throws -> T
    private let continuation: CheckedContinuation<T, any Error>
    private let outcome = Mutex<Result<T, any Error>?>(nil)

    init(
        body: @escaping @Sendable (any Transaction) throws -> T,
        continuation: CheckedContinuation<T, any Error>
    ) {
        self.body = body
        self.continuation = continuation
    }

    func run(in database: Database) throws {
        do {
            var value: T?
            try database.inSavepoint {
                value = try body(SQLiteTransaction(database: database))
                return .commit
            }
            let result = value.map { Result<T, any Error>.success($0) }
            outcome.withLock { $0 = result }
        } catch let error as DatabaseError where error.resultCode != .SQLITE_CONSTRAINT {
            throw error
        } catch {
            outcome.withLock { $0 = .failure(error) }
        }
    }

    func succeed() {
        let result = outcome.withLock { $0 }
        continuation.resume(with: result ?? .failure(StorageError.busy))
    }

    func fail(_ error: any Error) { continuation.resume(throwing: error) }
}
