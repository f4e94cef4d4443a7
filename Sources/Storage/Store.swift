/// Where everything durable lives; one embedded file or a database server, told apart by nobody
/// above this line.
///
/// - `read` sees one snapshot and never blocks a writer.
/// - `write` is serializable and durable when it returns. It may share a commit with others,
///   and it **may run its closure again** after a conflict, so the closure touches nothing but
///   the transaction. A closure that throws leaves no trace, and its error is thrown on.
/// - Values are exactly null, 64-bit integers, text and bytes: no dialect leaks upward.
/// - `StorageError.busy` and `.full` mean that nothing was done and a later try may succeed. An
///   input or output error at commit is not retryable: the store ends the process.
package protocol Store: Sendable {
    func read<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T

    func write<T: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> T
    ) async throws -> T
}

package protocol Transaction {
    func rows(_ sql: SQL) throws -> [Row]

    /// Returns how many rows were inserted, changed or deleted.
    @discardableResult func run(_ sql: SQL) throws -> Int

    /// A place for a row that lies nowhere else: random for each commit, and side by side within
    /// one, so that rows which are written together share pages. One that is taken, once in ages,
    /// makes the write run again with others.
    func place() -> Int
}

package enum StorageError: Error, Hashable, Sendable {
    /// Another process holds the database; nothing was done.
    case busy
    /// The disk is full; nothing was done.
    case full
    /// A row does not have the shape that its query expects.
    case unexpectedRow(column: String)
    /// The file is of another schema than this program.
    case schema(found: Int, expected: Int)
    /// The database does not keep its promise of durability.
    case notDurable(String)
    /// The file is no database, or its pages contradict each other.
    case damaged
    /// What was committed cannot be read any more, from this byte of the log on.
    case damagedLog(byte: Int)
}
