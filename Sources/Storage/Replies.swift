package import Domain

/// A reply that a supporter got from a target, sealed to the keepers.
package struct ReplyRow: Hashable, Sendable {
    package let id: ReplyID
    package let action: ActionID
    package let day: Day
    package let sealed: [UInt8]

    package init(id: ReplyID, action: ActionID, day: Day, sealed: [UInt8]) {
        self.id = id
        self.action = action
        self.day = day
        self.sealed = sealed
    }
}

extension Transaction {
    /// Keeps a reply; false if the action has as many as it may, `limit`, or none may be kept for
    /// it any more.
    package func insert(_ reply: ReplyRow, limit: Int, nowMilliseconds: Int) throws -> Bool {
        guard let action = try self.action(reply.action), action.state != .stopped,
            action.keepsRecords(nowMilliseconds: nowMilliseconds),
            try replyCount(of: reply.action) < limit
        else { return false }
        try run(
            """
            INSERT INTO reply (id, action, day, sealed)
            VALUES (\(reply.id), \(reply.action), \(reply.day.number), \(reply.sealed))
            """)
        return true
    }

    package func replyCount(of action: ActionID) throws -> Int {
        try rows("SELECT count(*) AS n FROM reply WHERE action = \(action)").first?
            .integer("n") ?? 0
    }

    /// How many sizes the sealed replies have: one for each number of keepers.
    package func replySizes(of action: ActionID) throws -> Int {
        try rows(
            "SELECT count(DISTINCT length(sealed)) AS n FROM reply WHERE action = \(action)"
        ).first?.integer("n") ?? 0
    }

    /// The next replies in the order of their random ids; nil starts at the beginning.
    package func replies(
        of action: ActionID, after: ReplyID?, limit: Int
    ) throws -> [ReplyRow] {
        let start = after?.bytes ?? []
        return try rows(
            """
            SELECT * FROM reply WHERE action = \(action) AND id > \(start)
            ORDER BY id LIMIT \(limit)
            """
        ).map {
            ReplyRow(
                id: try $0.identifier("id"), action: try $0.identifier("action"),
                day: Day(number: try $0.integer("day")), sealed: try $0.bytes("sealed"))
        }
    }

    /// Erases a reply that was brought to the keeper.
    @discardableResult
    package func removeReply(_ id: ReplyID) throws -> Bool {
        try run("DELETE FROM reply WHERE id = \(id)") == 1
    }
}
