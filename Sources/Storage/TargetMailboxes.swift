package import Domain

/// How mail fares at an address of an office; not a person's.
package struct TargetMailbox: Hashable, Sendable {
    /// In small letters.
    package let address: String
    /// When the next letter may go there, milliseconds since 1970; nil before the first.
    package let next: Int?
    /// Reports that mail is late or did not arrive for the moment, since it was enabled last.
    package let soft: Int
    /// Since when no letter goes there.
    package let disabled: Day?
    /// The mail system's word for why: `550 5.1.1`.
    package let reason: String?

    package var isDisabled: Bool { disabled != nil }
}

extension Transaction {
    /// The mailbox as it stands; one that is new has nothing against it.
    package func targetMailbox(_ address: String) throws -> TargetMailbox {
        let address = address.lowercased()
        return try rows("SELECT * FROM target_mailbox WHERE address = \(address)").first
            .map(mailbox)
            ?? TargetMailbox(address: address, next: nil, soft: 0, disabled: nil, reason: nil)
    }

    /// Every mailbox that anything is known of.
    package func targetMailboxes() throws -> [TargetMailbox] {
        try rows("SELECT * FROM target_mailbox ORDER BY address").map(mailbox)
    }

    /// No letter goes to `address` before `next`, milliseconds since 1970.
    package func setNextLetter(_ next: Int, for address: String) throws {
        try ensureMailbox(address)
        try run(
            "UPDATE target_mailbox SET next_ms = \(next) WHERE address = \(address.lowercased())")
    }

    /// No letter goes there from now on; false if that was so before.
    package func disableMailbox(_ address: String, reason: String, today: Day) throws -> Bool {
        try ensureMailbox(address)
        return try run(
            """
            UPDATE target_mailbox SET disabled_day = \(today.number), reason = \(reason)
            WHERE address = \(address.lowercased()) AND disabled_day IS NULL
            """) == 1
    }

    /// Letters go there again; false if they did.
    package func enableMailbox(_ address: String) throws -> Bool {
        try run(
            """
            UPDATE target_mailbox SET disabled_day = NULL, reason = NULL, soft = 0
            WHERE address = \(address.lowercased()) AND disabled_day IS NOT NULL
            """) == 1
    }

    /// Counts a report that mail is late or may not arrive.
    package func noteSoftBounce(_ address: String) throws {
        try ensureMailbox(address)
        try run(
            "UPDATE target_mailbox SET soft = soft + 1 WHERE address = \(address.lowercased())")
    }

    private func ensureMailbox(_ address: String) throws {
        try run(
            """
            INSERT INTO target_mailbox (address) VALUES (\(address.lowercased()))
            ON CONFLICT (address) DO NOTHING
            """)
    }
}

private func mailbox(_ row: Row) throws -> TargetMailbox {
    TargetMailbox(
        address: try row.text("address"),
        next: try row.isNull("next_ms") ? nil : try row.integer("next_ms"),
        soft: try row.integer("soft"),
        disabled: try row.isNull("disabled_day")
            ? nil : Day(number: try row.integer("disabled_day")),
        reason: try row.isNull("reason") ? nil : try row.text("reason"))
}
