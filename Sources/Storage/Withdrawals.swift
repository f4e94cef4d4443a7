package import Domain

package enum WithdrawalOutcome: Hashable, Sendable {
    case withdrawn(ActionID)
    /// This code was used before: the signature is gone already.
    case already(ActionID)
    case unknown
}

/// What became of the signature of a code.
package enum SignatureStatus: Hashable, Sendable {
    case counted(RecordID, of: ActionID, receipt: [UInt8])
    case takenBack(ActionID)
    case unknown
}

extension Transaction {
    /// Takes back the signature that this code belongs to.
    ///
    /// `preimage` is `HKDF(w, "outcry/withdraw")` and `lookup` its SHA-256, 32 bytes each. The
    /// queued entry carries the preimage: nobody but the code's holder could have made it.
    package func withdraw(
        lookup: [UInt8], preimage: [UInt8], today: Day
    ) throws -> WithdrawalOutcome {
        guard
            let row = try rows(
                "SELECT record_id, action FROM record WHERE lookup = \(lookup)"
            ).first
        else {
            let known = try rows("SELECT action FROM withdrawn WHERE lookup = \(lookup)").first
            return try known.map { .already(try $0.identifier("action")) } ?? .unknown
        }
        let action: ActionID = try row.identifier("action")
        let entry = LedgerEntry(.withdraw, a: LedgerEntry.unknownIndex, b: preimage)
        try remove(try row.identifier("record_id"), of: action, entry, lookup, today)
        return .withdrawn(action)
    }

    /// What this code belongs to; `lookup` is the SHA-256 of its preimage.
    package func signature(lookup: [UInt8]) throws -> SignatureStatus {
        if let row = try rows(
            "SELECT record_id, action, receipt FROM record WHERE lookup = \(lookup)"
        ).first {
            return .counted(
                try row.identifier("record_id"), of: try row.identifier("action"),
                receipt: try row.bytes("receipt"))
        }
        let gone = try rows("SELECT action FROM withdrawn WHERE lookup = \(lookup)").first
        return try gone.map { .takenBack(try $0.identifier("action")) } ?? .unknown
    }

    /// Those among these by which a mailbox is counted, or has a letter that waits.
    package func actionsWithTag(_ tags: [(ActionID, [UInt8])]) throws -> [(ActionID, [UInt8])] {
        try tags.filter { try isCounted($0, tag: $1) || hasLetter($0, tag: $1) }
    }

    /// Removes a signature, or a letter that waits, by the tag of its mailbox; false if there is none.
    package func removeOnRequest(
        action: ActionID, tag: [UInt8], today: Day
    ) throws -> Bool {
        guard
            let row = try rows(
                "SELECT record_id, lookup FROM record WHERE action = \(action) AND tag = \(tag)"
            ).first
        else { return try takeBackLetter(action, tag: tag) }
        let entry = LedgerEntry(
            .removedOnRequest, a: LedgerEntry.unknownIndex,
            b: LedgerEntry.number(LedgerEntry.byMailedLink))
        try remove(
            try row.identifier("record_id"), of: action, entry, try row.bytes("lookup"), today)
        return true
    }

    /// Takes out a signature that the ledger says was taken back: its entry is there already.
    package func removeAsPublished(
        _ record: RecordID, of action: ActionID, today: Day
    ) throws {
        guard
            let row = try rows("SELECT lookup FROM record WHERE record_id = \(record)").first
        else { return }
        try erase(record, of: action, try row.bytes("lookup"), today)
    }

    /// Uses up a pending row; false if it was used up before.
    package func deletePending(_ id: [UInt8]) throws -> Bool {
        try run("DELETE FROM pending WHERE id = \(id)") == 1
    }

    private func remove(
        _ record: RecordID, of action: ActionID, _ entry: LedgerEntry, _ lookup: [UInt8],
        _ today: Day
    ) throws {
        try erase(record, of: action, lookup, today)
        try run(
            """
            INSERT INTO ledger_queue (id, action, record_id, entry)
            VALUES (\(queueID()), \(action), \(record), \(entry.bytes))
            """)
    }

    private func erase(
        _ record: RecordID, of action: ActionID, _ lookup: [UInt8], _ today: Day
    ) throws {
        try run("DELETE FROM ledger_aside WHERE record_id = \(record)")
        try run("DELETE FROM record WHERE record_id = \(record)")
        try run(
            """
            INSERT INTO withdrawn (lookup, action, day)
            VALUES (\(lookup), \(action), \(today.number))
            """)
    }
}
