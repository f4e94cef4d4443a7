import GRDB
import GRDBSQLite
import Storage

/// Statements bound and run on one connection.
///
/// GRDB keeps the connection and its prepared statements; binding and stepping go to SQLite itself,
/// since they are most of what a small transaction costs.
struct SQLiteTransaction: Transaction {
    let database: Database
    private let places = Places()

    init(_ database: Database) { self.database = database }

    func place() -> Int { places.next() }

    func rows(_ sql: Storage.SQL) throws -> [Storage.Row] {
        var columns: [String] = []
        var rows: [Storage.Row] = []
        try withStatement(sql) { statement in
            while try step(statement) {
                if columns.isEmpty { columns = names(of: statement) }
                let values = columns.indices.map { Value(column: Int32($0), of: statement) }
                rows.append(Storage.Row(columns: columns, values: values))
            }
        }
        return rows
    }

    @discardableResult
    func run(_ sql: Storage.SQL) throws -> Int {
        try withStatement(sql) { while try step($0) {} }
        return database.changesCount
    }

    private func withStatement(
        _ sql: Storage.SQL, _ body: (SQLiteStatement) throws -> Void
    ) throws {
        let statement = try database.cachedStatement(sql: sql.text).sqliteStatement
        defer {
            sqlite3_reset(statement)
            // What was bound is a supporter's, and a cached statement lives long.
            sqlite3_clear_bindings(statement)
        }
        for (index, value) in sql.values.enumerated() {
            let code = value.bind(to: statement, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw failure(code) }
        }
        try body(statement)
    }

    /// Whether there is another row.
    private func step(_ statement: SQLiteStatement) throws -> Bool {
        switch sqlite3_step(statement) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        case let code: throw failure(code)
        }
    }

    private func names(of statement: SQLiteStatement) -> [String] {
        (0..<sqlite3_column_count(statement)).map {
            sqlite3_column_name(statement, $0).map { String(cString: $0) } ?? ""
        }
    }

    private func failure(_ code: Int32) -> DatabaseError {
        DatabaseError(
            resultCode: ResultCode(rawValue: code), message: database.lastErrorMessage)
    }
}

/// The places of one commit: a random one, and those after it.
private final class Places {
    /// Drawn when the first is asked for: most transactions ask for none.
    private lazy var last = Int.random(in: 0...Int.max >> 10) << 10

    func next() -> Int {
        last += 1
        return last
    }
}

extension Value {
    /// Returns SQLite's code; SQLite keeps a copy.
    fileprivate func bind(to statement: SQLiteStatement, at index: Int32) -> Int32 {
        switch self {
        case .null: sqlite3_bind_null(statement, index)
        case .integer(let integer): sqlite3_bind_int64(statement, index, integer)
        case .text(let text):
            sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), copied)
        case .bytes(let bytes) where bytes.isEmpty: sqlite3_bind_zeroblob(statement, index, 0)
        case .bytes(let bytes):
            sqlite3_bind_blob(statement, index, bytes, Int32(bytes.count), copied)
        }
    }

    fileprivate init(column: Int32, of statement: SQLiteStatement) {
        func bytes(_ start: UnsafeRawPointer?) -> UnsafeRawBufferPointer {
            UnsafeRawBufferPointer(
                start: start, count: Int(sqlite3_column_bytes(statement, column)))
        }
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER: self = .integer(sqlite3_column_int64(statement, column))
        case SQLITE_TEXT:
            let text = bytes(sqlite3_column_text(statement, column))
            self = .text(String(decoding: text, as: UTF8.self))
        case SQLITE_BLOB: self = .bytes(Array(bytes(sqlite3_column_blob(statement, column))))
        default: self = .null  // no table has a column of fractions
        }
    }
}

/// `SQLITE_TRANSIENT`, a macro that Swift does not see.
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
