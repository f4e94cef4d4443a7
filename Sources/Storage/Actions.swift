package import Domain

/// An action's row: everything about it but its text.
package struct ActionRow: Hashable, Sendable {
    package let id: ActionID
    package let organisation: OrganisationID
    package let slug: String
    package let state: ActionState
    /// Milliseconds since 1970, UTC.
    package let stateSince: Int
    package let openedDay: Day?
    /// When it was first closed, won or stopped, from where the clock of retention runs;
    /// milliseconds since 1970.
    package let ended: Int?
    /// Whether a draft may be seen over loopback.
    package let preview: Bool
    /// Nil until the action was opened for the first time.
    package let keyNumber: Int?
    /// The current version of its text, from 1.
    package let version: Int
    /// Rises with every change of this row or its text.
    package let revision: Int
}

/// One version of an action's text.
package struct VersionRow: Hashable, Sendable {
    package let number: Int
    /// 32 bytes.
    package let hash: [UInt8]
    /// The day of its import.
    package let day: Day
    /// `ActionContent` as JSON.
    package let content: String

    package init(number: Int, hash: [UInt8], day: Day, content: String) {
        self.number = number
        self.hash = hash
        self.day = day
        self.content = content
    }
}

extension Transaction {
    package func actions() throws -> [ActionRow] {
        try rows("SELECT * FROM action ORDER BY slug").map(actionRow)
    }

    package func action(slug: String) throws -> ActionRow? {
        try rows("SELECT * FROM action WHERE slug = \(slug)").first.map(actionRow)
    }

    package func action(_ id: ActionID) throws -> ActionRow? {
        try rows("SELECT * FROM action WHERE id = \(id)").first.map(actionRow)
    }

    /// Each action with the number that rises when anything about it changes.
    package func actionRevisions() throws -> [ActionID: Int] {
        var revisions: [ActionID: Int] = [:]
        for row in try rows("SELECT id, revision FROM action") {
            revisions[try row.identifier("id")] = try row.integer("revision")
        }
        return revisions
    }

    /// A draft without a key.
    package func insertAction(
        _ id: ActionID, slug: String, of organisation: OrganisationID, preview: Bool,
        nowMilliseconds: Int
    ) throws {
        try run(
            """
            INSERT INTO action
                (id, organisation, slug, state, state_since_ms, preview, version, revision)
            VALUES (\(id), \(organisation), \(slug), 'draft', \(nowMilliseconds), \(preview), 1, 1)
            """)
    }

    /// Makes `version` the current one; its number must be new.
    package func insertVersion(
        _ version: VersionRow, files: [(path: String, content: [UInt8])], of action: ActionID
    ) throws {
        try run(
            """
            INSERT INTO action_version (action, number, hash, day, content)
            VALUES (\(action), \(version.number), \(version.hash), \(version.day.number),
                    \(version.content))
            """)
        for file in files {
            try run(
                """
                INSERT INTO action_file (action, version, path, content)
                VALUES (\(action), \(version.number), \(file.path), \(file.content))
                """)
        }
        try run(
            """
            UPDATE action SET version = \(version.number), revision = revision + 1
            WHERE id = \(action)
            """)
    }

    package func setPreview(_ preview: Bool, of action: ActionID) throws {
        try run(
            "UPDATE action SET preview = \(preview), revision = revision + 1 WHERE id = \(action)")
    }

    /// Moves the action from the state it is known to have; returns false if it has another.
    package func setState(
        _ state: ActionState, of action: ActionRow, keyNumber: Int?, openedDay: Day?,
        nowMilliseconds: Int
    ) throws -> Bool {
        // Letters ask for what has been granted, or must not be asked for: none goes out any more.
        if state.isOver { try dropLetters(of: action.id) }
        return try run(
            """
            UPDATE action SET state = \(state.rawValue), state_since_ms = \(nowMilliseconds),
                key_number = \(keyNumber), opened_day = \(openedDay?.number),
                ended_ms = \(action.ended ?? (state.isOver ? nowMilliseconds : nil)),
                revision = revision + 1
            WHERE id = \(action.id) AND state = \(action.state.rawValue)
            """) == 1
    }

    /// Oldest first.
    package func versions(of action: ActionID) throws -> [VersionRow] {
        try rows("SELECT * FROM action_version WHERE action = \(action) ORDER BY number")
            .map(versionRow)
    }

    package func version(_ number: Int, of action: ActionID) throws -> VersionRow? {
        try rows(
            "SELECT * FROM action_version WHERE action = \(action) AND number = \(number)"
        ).first.map(versionRow)
    }

    /// The newest version with this hash.
    package func version(hash: [UInt8], of action: ActionID) throws -> VersionRow? {
        try rows(
            """
            SELECT * FROM action_version WHERE action = \(action) AND hash = \(hash)
            ORDER BY number DESC LIMIT 1
            """
        ).first.map(versionRow)
    }

    /// The imported bytes, by path.
    package func files(
        of action: ActionID, version: Int
    ) throws -> [(path: String, content: [UInt8])] {
        try rows(
            """
            SELECT path, content FROM action_file
            WHERE action = \(action) AND version = \(version) ORDER BY path
            """
        ).map { (try $0.text("path"), try $0.bytes("content")) }
    }

    /// The bytes of one imported file; nil if that version has none of this path.
    package func file(
        _ path: String, of action: ActionID, version: Int
    ) throws -> [UInt8]? {
        try rows(
            """
            SELECT content FROM action_file
            WHERE action = \(action) AND version = \(version) AND path = \(path)
            """
        ).first?.bytes("content")
    }
}

private func actionRow(_ row: Row) throws -> ActionRow {
    guard let state = ActionState(rawValue: try row.text("state")) else {
        throw StorageError.unexpectedRow(column: "state")
    }
    return ActionRow(
        id: try row.identifier("id"), organisation: try row.identifier("organisation"),
        slug: try row.text("slug"), state: state, stateSince: try row.integer("state_since_ms"),
        openedDay: try row.isNull("opened_day")
            ? nil : Day(number: try row.integer("opened_day")),
        ended: try row.isNull("ended_ms") ? nil : try row.integer("ended_ms"),
        preview: try row.integer("preview") == 1,
        keyNumber: try row.isNull("key_number") ? nil : try row.integer("key_number"),
        version: try row.integer("version"), revision: try row.integer("revision"))
}

private func versionRow(_ row: Row) throws -> VersionRow {
    VersionRow(
        number: try row.integer("number"), hash: try row.bytes("hash"),
        day: Day(number: try row.integer("day")), content: try row.text("content"))
}
