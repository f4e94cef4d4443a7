package import Domain

extension Transaction {
    /// Remembers that a link has ended somebody's updates; false if it had before. `hash` is that
    /// of the link's token, 32 bytes.
    package func unsubscribe(_ hash: [UInt8], today: Day) throws -> Bool {
        try run(
            """
            INSERT INTO unsubscribed (hash, day) VALUES (\(hash), \(today.number))
            ON CONFLICT (hash) DO NOTHING
            """) == 1
    }

    package func unsubscribedCount() throws -> Int {
        try rows("SELECT count(*) AS n FROM unsubscribed").first?.integer("n") ?? 0
    }

    /// Every hash, in the order of their bytes.
    package func unsubscribed() throws -> [[UInt8]] {
        try rows("SELECT hash FROM unsubscribed ORDER BY hash").map { try $0.bytes("hash") }
    }

    /// Forgets the links that nobody can be written by any more: those that were pressed before
    /// the oldest action whose records are still here was opened. To which action a link belongs
    /// nobody here knows, and a mail with it was sent after its action was opened.
    func removeUselessUnsubscribed() throws -> Int {
        let oldest = try rows(
            """
            SELECT min(opened_day) AS oldest FROM action WHERE EXISTS
                (SELECT 1 FROM record WHERE record.action = action.id)
            """)
        guard let row = oldest.first, try !row.isNull("oldest") else {
            return try run("DELETE FROM unsubscribed")
        }
        return try run("DELETE FROM unsubscribed WHERE day < \(try row.integer("oldest"))")
    }
}
