package import Domain

/// What `confirmLetter` writes, prepared outside of the transaction.
package struct LetterConfirmation: Sendable {
    package let pendingID: [UInt8]
    package let action: ActionID
    /// `Target.id`.
    package let target: String
    /// 32 bytes: one letter a mailbox and target.
    package let tag: [UInt8]
    /// The version of the text that the writer saw, 32 bytes.
    package let version: [UInt8]
    /// From `LetterKey.seal`, the id of the letter first.
    package let sealed: [UInt8]
    /// What a second confirmation with the same secret is answered from.
    package let spentQueued: [UInt8]
    package let spentAlready: [UInt8]
    package let today: Day

    package init(
        pendingID: [UInt8], action: ActionID, target: String, tag: [UInt8], version: [UInt8],
        sealed: [UInt8], spentQueued: [UInt8], spentAlready: [UInt8], today: Day
    ) {
        self.pendingID = pendingID
        self.action = action
        self.target = target
        self.tag = tag
        self.version = version
        self.sealed = sealed
        self.spentQueued = spentQueued
        self.spentAlready = spentAlready
        self.today = today
    }
}

package enum LetterOutcome: Hashable, Sendable {
    /// It waits to be sent.
    case queued
    /// This mailbox has written to this target already.
    case already
    /// Another request with the same secret came first, or the row has expired.
    case gone
    /// The action no longer takes letters, or has this target no more.
    case ended
    /// So many wait for this target that one more would wait for weeks.
    case full
}

package enum LetterQueue {
    /// Letters that may wait for one target: some ten days of the usual pace, and 32 MB.
    package static let limit = 2_000
    /// A letter that has not gone by then goes no more: what it asks for is out of date, and a
    /// name is not kept for nothing.
    package static let days = 60
}

extension Transaction {
    /// Queues a letter that its writer has confirmed, all of it or nothing.
    package func confirmLetter(
        _ letter: LetterConfirmation, nowMilliseconds: Int
    ) throws -> LetterOutcome {
        guard try isPending(letter.pendingID, today: letter.today) else { return .gone }
        guard let action = try action(letter.action), try takes(letter, action, nowMilliseconds)
        else { return .ended }
        guard try hasRoomForLetter(to: letter.target, of: letter.action) else { return .full }
        _ = try deletePending(letter.pendingID)
        let isFirst =
            try rows(
                """
                SELECT 1 AS one FROM letter_once
                WHERE action = \(letter.action) AND tag = \(letter.tag)
                """
            ).isEmpty
        try insertSpent(
            letter.pendingID, today: letter.today,
            sealed: isFirst ? letter.spentQueued : letter.spentAlready)
        guard isFirst else { return .already }
        try run(
            """
            INSERT INTO letter_once (action, tag, letter)
            VALUES (\(letter.action), \(letter.tag), \(Array(letter.sealed.prefix(16))))
            """)
        try queueLetter(
            letter.sealed, of: letter.action, to: letter.target, today: letter.today)
        return .queued
    }

    /// Whether one more letter may wait for this target.
    package func hasRoomForLetter(to target: String, of action: ActionID) throws -> Bool {
        let waiting = try rows(
            "SELECT count(*) AS n FROM letter WHERE action = \(action) AND target = \(target)"
        ).first?.integer("n")
        return (waiting ?? 0) < LetterQueue.limit
    }

    /// Whether this mailbox has a letter that waits.
    package func hasLetter(_ action: ActionID, tag: [UInt8]) throws -> Bool {
        try waitingLetter(action, tag: tag) != nil
    }

    private func waitingLetter(_ action: ActionID, tag: [UInt8]) throws -> Row? {
        try rows(
            """
            SELECT letter.id, letter.target
            FROM letter_once JOIN letter ON letter.id = letter_once.letter
            WHERE letter_once.action = \(action) AND letter_once.tag = \(tag)
            """
        ).first
    }

    /// Takes a letter out of the queue for whoever wrote it; false if none waits. They may write
    /// another one.
    package func takeBackLetter(_ action: ActionID, tag: [UInt8]) throws -> Bool {
        guard let row = try waitingLetter(action, tag: tag) else { return false }
        let id: LetterID = try row.identifier("id")
        try tallyLetter(.dropped, action: action, target: try row.text("target"))
        try run("DELETE FROM letter WHERE id = \(id)")
        try run("DELETE FROM letter_once WHERE action = \(action) AND tag = \(tag)")
        return true
    }

    /// Puts a sealed letter behind those that wait for this target.
    package func queueLetter(
        _ sealed: [UInt8], of action: ActionID, to target: String, today: Day
    ) throws {
        let last = try rows(
            """
            SELECT position FROM letter WHERE action = \(action) AND target = \(target)
            ORDER BY position DESC LIMIT 1
            """
        ).first?.integer("position")
        try run(
            """
            INSERT INTO letter (id, action, target, position, day, sealed)
            VALUES (\(Array(sealed.prefix(16))), \(action), \(target), \((last ?? 0) + 1),
                    \(today.number), \(Array(sealed.dropFirst(16))))
            """)
    }

    /// Letters are taken like signatures, but none once the action has ended: nobody asks for what
    /// was granted.
    private func takes(
        _ letter: LetterConfirmation, _ action: ActionRow, _ nowMilliseconds: Int
    ) throws -> Bool {
        let seconds = Double(nowMilliseconds - action.stateSince) / 1000
        guard !action.state.isOver, action.state.takesConfirmation(secondsSinceChange: seconds),
            let version = try version(action.version, of: action.id)
        else { return false }
        return try version.hash == letter.version
            || ActionContent(json: version.content).targets.contains { $0.id == letter.target }
    }
}
