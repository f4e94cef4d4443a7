package import Domain

/// A signature that waits for its confirmation; only the mail holds what opens it.
package struct PendingRow: Hashable, Sendable {
    /// 32 bytes.
    package let id: [UInt8]
    /// The last day on which it can be confirmed.
    package let expires: Day
    package let sealed: [UInt8]

    package init(id: [UInt8], expires: Day, sealed: [UInt8]) {
        self.id = id
        self.expires = expires
        self.sealed = sealed
    }
}

/// A counted signature, sealed to the keepers.
package struct RecordRow: Hashable, Sendable {
    package let id: RecordID
    package let action: ActionID
    package let day: Day
    package let flags: SignatureFlags
    package let sealed: [UInt8]
    /// 32 bytes each.
    package let leaf: [UInt8]
    package let lookup: [UInt8]
    package let receipt: [UInt8]

    package init(
        id: RecordID, action: ActionID, day: Day, flags: SignatureFlags, sealed: [UInt8],
        leaf: [UInt8], lookup: [UInt8], receipt: [UInt8]
    ) {
        self.id = id
        self.action = action
        self.day = day
        self.flags = flags
        self.sealed = sealed
        self.leaf = leaf
        self.lookup = lookup
        self.receipt = receipt
    }
}

/// What `confirm` writes, prepared outside of the transaction.
package struct Confirmation: Sendable {
    package let pendingID: [UInt8]
    /// 32 bytes.
    package let tag: [UInt8]
    package let record: RecordRow
    package let entry: LedgerEntry
    /// The version of the text that was signed, 32 bytes, and its language.
    package let version: [UInt8]
    package let language: String
    package let today: Day
    /// What a second confirmation with the same secret is answered from; the second is seldom
    /// needed, and made then.
    package let spentCounted: [UInt8]
    package let spentAlready: @Sendable () throws -> [UInt8]

    package init(
        pendingID: [UInt8], tag: [UInt8], record: RecordRow, entry: LedgerEntry,
        version: [UInt8], language: String, today: Day, spentCounted: [UInt8],
        spentAlready: @escaping @Sendable () throws -> [UInt8]
    ) {
        self.pendingID = pendingID
        self.tag = tag
        self.record = record
        self.entry = entry
        self.version = version
        self.language = language
        self.today = today
        self.spentCounted = spentCounted
        self.spentAlready = spentAlready
    }
}

package enum ConfirmationOutcome: Hashable, Sendable {
    case counted
    /// This mailbox is counted for this action already.
    case already
    /// Another request with the same secret came first, or the row has expired.
    case gone
    /// The action no longer takes confirmations.
    case ended
    /// The demand was changed after it was shown, which is possible only before the first
    /// signature.
    case demandChanged
}

private struct SignedAction {
    let state: ActionState
    /// Milliseconds since 1970.
    let stateSince: Int
    /// The current version and its hash.
    let version: Int
    let hash: [UInt8]
}

extension Transaction {
    package func insert(_ pending: PendingRow) throws {
        try run(
            """
            INSERT INTO pending (place, id, expires, sealed)
            VALUES (\(place()), \(pending.id), \(pending.expires.number),
                    \(pending.sealed))
            """)
    }

    /// Nil for an unknown row and for one that expired before `today`.
    package func pending(_ id: [UInt8], today: Day) throws -> PendingRow? {
        try rows(
            "SELECT * FROM pending WHERE id = \(id) AND expires >= \(today.number)"
        ).first.map {
            PendingRow(
                id: try $0.bytes("id"), expires: Day(number: try $0.integer("expires")),
                sealed: try $0.bytes("sealed"))
        }
    }

    package func pendingCount() throws -> Int {
        try rows("SELECT count(*) AS waiting FROM pending").first?.integer("waiting") ?? 0
    }

    /// What was answered to this secret, sealed under it, if that was at most a day ago.
    package func spent(_ id: [UInt8], today: Day) throws -> [UInt8]? {
        try rows(
            "SELECT sealed FROM spent WHERE id = \(id) AND day >= \(today.number - 1)"
        ).first?.bytes("sealed")
    }

    /// Counts a signature, all of it or nothing.
    package func confirm(
        _ confirmation: Confirmation, nowMilliseconds: Int
    ) throws -> ConfirmationOutcome {
        let record = confirmation.record
        if let refusal = try refusal(of: confirmation, nowMilliseconds: nowMilliseconds) {
            let waits = try isPending(confirmation.pendingID, today: confirmation.today)
            return waits ? refusal : .gone
        }
        let taken = try run(
            """
            DELETE FROM pending
            WHERE id = \(confirmation.pendingID) AND expires >= \(confirmation.today.number)
            """)
        guard taken == 1 else { return .gone }
        guard try insert(record, unlessCounted: confirmation.tag) else {
            try insertSpent(
                confirmation.pendingID, today: confirmation.today,
                sealed: try confirmation.spentAlready())
            return .already
        }
        try run(
            """
            INSERT INTO ledger_queue (id, action, record_id, entry)
            VALUES (\(queueID()), \(record.action), \(record.id),
                    \(confirmation.entry.bytes))
            """)
        try insertSpent(
            confirmation.pendingID, today: confirmation.today, sealed: confirmation.spentCounted)
        return .counted
    }

    /// Why the action does not take this signature; nil if it does.
    private func refusal(
        of confirmation: Confirmation, nowMilliseconds: Int
    ) throws -> ConfirmationOutcome? {
        guard let action = try signedAction(confirmation.record.action) else { return .ended }
        let seconds = Double(nowMilliseconds - action.stateSince) / 1000
        guard action.state.takesConfirmation(secondsSinceChange: seconds) else { return .ended }
        return try demandStands(confirmation, action) ? nil : .demandChanged
    }

    /// Whether a row waits for its confirmation and has not expired.
    func isPending(_ id: [UInt8], today: Day) throws -> Bool {
        try !rows(
            "SELECT 1 AS one FROM pending WHERE id = \(id) AND expires >= \(today.number)"
        ).isEmpty
    }

    /// As much of an action as every confirmation asks for; nil if there is none.
    private func signedAction(_ id: ActionID) throws -> SignedAction? {
        try rows(
            """
            SELECT state, state_since_ms, version, hash FROM action
            JOIN action_version ON action_version.action = id AND number = version
            WHERE id = \(id)
            """
        ).first.map { row in
            guard let state = ActionState(rawValue: try row.text("state")) else {
                throw StorageError.unexpectedRow(column: "state")
            }
            return SignedAction(
                state: state, stateSince: try row.integer("state_since_ms"),
                version: try row.integer("version"), hash: try row.bytes("hash"))
        }
    }

    private func demandStands(
        _ confirmation: Confirmation, _ action: SignedAction
    ) throws -> Bool {
        if action.hash == confirmation.version { return true }
        let id = confirmation.record.action
        guard let signed = try version(hash: confirmation.version, of: id),
            let shown = try version(action.version, of: id)
        else { return false }
        let language = confirmation.language
        let then = try ActionContent(json: signed.content).shown(in: language).demand
        return try ActionContent(json: shown.content).shown(in: language).demand == then
    }

    /// Keeps what a second confirmation with the same secret is answered from.
    func insertSpent(_ id: [UInt8], today: Day, sealed: [UInt8]) throws {
        try run(
            "INSERT INTO spent (id, day, sealed) VALUES (\(id), \(today.number), \(sealed))")
    }

    /// Returns false, and stores nothing, if this mailbox is counted for the action.
    private func insert(_ record: RecordRow, unlessCounted tag: [UInt8]) throws -> Bool {
        try run(
            """
            INSERT INTO record
                (record_id, action, day, flags, sealed, leaf, lookup, receipt, tag)
            VALUES (\(record.id), \(record.action), \(record.day.number),
                    \(Int(record.flags.rawValue)), \(record.sealed), \(record.leaf),
                    \(record.lookup), \(record.receipt), \(tag))
            ON CONFLICT (action, tag) DO NOTHING
            """) == 1
    }

    /// Whether this mailbox is counted for the action.
    package func isCounted(_ action: ActionID, tag: [UInt8]) throws -> Bool {
        try !rows(
            "SELECT 1 AS one FROM record WHERE action = \(action) AND tag = \(tag)"
        ).isEmpty
    }

    /// Whether a signature's sealed record is here: it goes when it is taken back or erased.
    package func hasRecord(_ record: RecordID) throws -> Bool {
        try !rows("SELECT 1 AS one FROM record WHERE record_id = \(record)").isEmpty
    }

    /// Notes counted signatures whose records are lost: they stay in the number.
    package func noteLost(_ count: Int, of action: ActionID) throws {
        try run("UPDATE action SET erased = erased + \(count) WHERE id = \(action)")
    }

    /// How many signatures are counted, by action; those whose records retention has erased, or a
    /// restore has lost, stay in the number.
    package func tally() throws -> [ActionID: Int] {
        var tally: [ActionID: Int] = [:]
        let counts: SQL = """
            SELECT id, erased + (SELECT count(*) FROM record WHERE record.action = action.id)
                AS number FROM action
            """
        for row in try rows(counts) {
            tally[try row.identifier("id")] = try row.integer("number")
        }
        return tally
    }

    /// Whether anybody has ever been counted for the action, withdrawn or not.
    package func hasBeenSigned(_ action: ActionID) throws -> Bool {
        try !rows("SELECT 1 AS one FROM record WHERE action = \(action) LIMIT 1").isEmpty
            || !rows("SELECT 1 AS one FROM withdrawn WHERE action = \(action) LIMIT 1").isEmpty
            || !rows("SELECT 1 AS one FROM action WHERE id = \(action) AND erased > 0").isEmpty
    }

    /// The next records in the order of their random ids; nil starts at the beginning.
    package func records(
        of action: ActionID, after: RecordID?, limit: Int
    ) throws -> [RecordRow] {
        let start = after?.bytes ?? []
        return try rows(
            """
            SELECT * FROM record WHERE record_id > \(start) AND (action = \(action)) IS TRUE
            ORDER BY record_id LIMIT \(limit)
            """
        ).map {
            RecordRow(
                id: try $0.identifier("record_id"), action: try $0.identifier("action"),
                day: Day(number: try $0.integer("day")),
                flags: SignatureFlags(rawValue: UInt8(clamping: try $0.integer("flags"))),
                sealed: try $0.bytes("sealed"), leaf: try $0.bytes("leaf"),
                lookup: try $0.bytes("lookup"), receipt: try $0.bytes("receipt"))
        }
    }
}
