package import Domain

/// The letter that goes to a target next.
package struct LetterRow: Hashable, Sendable {
    package let id: LetterID
    package let action: ActionID
    package let target: String
    /// Its place in the queue of its target.
    package let position: Int
    /// Not before; milliseconds since 1970.
    package let due: Int
    /// Hand-overs that began.
    package let attempts: Int
    /// Hand-overs that were cut off after the text.
    package let unsure: Int
    /// The day of the first attempt.
    package let firstDay: Day?
}

extension Transaction {
    /// Which targets have letters that wait; a few seeks in an index, however many wait.
    package func letterQueues() throws -> [(action: ActionID, target: String)] {
        var queues: [(action: ActionID, target: String)] = []
        var action: [UInt8] = []
        var target = ""
        while let row = try rows(
            """
            SELECT action, target FROM letter WHERE (action, target) > (\(action), \(target))
            ORDER BY action, target LIMIT 1
            """
        ).first {
            action = try row.bytes("action")
            target = try row.text("target")
            queues.append((try row.identifier("action"), target))
        }
        return queues
    }

    /// The first in the queue of a target.
    package func nextLetter(of action: ActionID, to target: String) throws -> LetterRow? {
        try rows(
            """
            SELECT id, position, due_ms, attempts, unsure, first_day FROM letter
            WHERE action = \(action) AND target = \(target) ORDER BY position LIMIT 1
            """
        ).first.map {
            LetterRow(
                id: try $0.identifier("id"), action: action, target: target,
                position: try $0.integer("position"),
                due: try $0.integer("due_ms"), attempts: try $0.integer("attempts"),
                unsure: try $0.integer("unsure"),
                firstDay: try $0.isNull("first_day")
                    ? nil : Day(number: try $0.integer("first_day")))
        }
    }

    /// Notes that a letter is handed over now, and when it and the mailbox have their next turn,
    /// whatever happens to this process; milliseconds since 1970.
    ///
    /// Returns the sealed letter, its id first; nil if it must not go: the action is not open, the
    /// letter is gone or the mailbox is disabled.
    package func claim(
        _ letter: LetterRow, for mailbox: String, retry: Int, next: Int, today: Day
    ) throws -> [UInt8]? {
        guard
            let row = try rows(
                """
                SELECT sealed FROM letter JOIN action ON action.id = letter.action
                WHERE letter.id = \(letter.id) AND action.state = 'open'
                """
            ).first, try !targetMailbox(mailbox).isDisabled
        else { return nil }
        try run(
            """
            UPDATE letter SET due_ms = \(retry), attempts = attempts + 1,
                first_day = \((letter.firstDay ?? today).number)
            WHERE id = \(letter.id)
            """)
        try setNextLetter(next, for: mailbox)
        return letter.id.bytes + (try row.bytes("sealed"))
    }

    /// A letter leaves the queue, and only the number of its like stays.
    ///
    /// One that was dropped while it was handed over counts as what it became.
    package func finish(_ letter: LetterRow, as kind: LetterTally) throws {
        let isThere = try run("DELETE FROM letter WHERE id = \(letter.id)") == 1
        if !isThere { try tallyLetter(.dropped, action: letter.action, target: letter.target, -1) }
        try tallyLetter(kind, action: letter.action, target: letter.target)
    }

    /// It may have arrived: the hand-over was cut off after the text.
    package func noteUnsure(_ letter: LetterRow) throws {
        try run("UPDATE letter SET unsure = unsure + 1 WHERE id = \(letter.id)")
    }

    /// A hand-over that did not begin, or was not about the letter, does not count for it.
    package func takeBackAttempt(_ letter: LetterRow, due: Int) throws {
        try run(
            """
            UPDATE letter SET due_ms = \(due), attempts = \(letter.attempts),
                first_day = \(letter.firstDay?.number)
            WHERE id = \(letter.id)
            """)
    }

    /// Deletes what waits, counted as dropped, and who has written; returns how many letters.
    @discardableResult
    package func dropLetters(of action: ActionID) throws -> Int {
        var count = 0
        for (target, waiting) in try waitingLetters(of: action) {
            try tallyLetter(.dropped, action: action, target: target, waiting)
            count += waiting
        }
        try run("DELETE FROM letter WHERE action = \(action)")
        try run("DELETE FROM letter_once WHERE action = \(action)")
        return count
    }

    /// Deletes letters that have waited too long, and those to targets that the action names no
    /// more; returns how many.
    func dropStaleLetters(today: Day) throws -> Int {
        var count = 0
        for (action, target) in try letterQueues() {
            guard let row = try self.action(action),
                let version = try version(row.version, of: action)
            else { continue }
            let isNamed = try ActionContent(json: version.content).targets.contains {
                $0.id == target
            }
            let last = isNamed ? today + -LetterQueue.days : today + 1
            let dropped = try run(
                """
                DELETE FROM letter
                WHERE action = \(action) AND target = \(target) AND day < \(last.number)
                """)
            guard dropped > 0 else { continue }
            try tallyLetter(.dropped, action: action, target: target, dropped)
            count += dropped
        }
        return count
    }

    /// Deletes the letters of every action; for when their key is lost.
    package func dropAllLetters() throws -> Int {
        try Set(letterQueues().map(\.action)).reduce(0) { try $0 + dropLetters(of: $1) }
    }

    /// How many letters wait, by target; targets with none are not there.
    package func waitingLetters(of action: ActionID) throws -> [String: Int] {
        var waiting: [String: Int] = [:]
        let counts = try rows(
            """
            SELECT target, count(*) AS n FROM letter WHERE action = \(action) GROUP BY target
            """)
        for row in counts { waiting[try row.text("target")] = try row.integer("n") }
        return waiting
    }

    /// Counts a letter of this kind.
    package func tallyLetter(
        _ kind: LetterTally, action: ActionID, target: String, _ count: Int = 1
    ) throws {
        let changed = try run(
            """
            UPDATE letter_tally SET count = count + \(count)
            WHERE action = \(action) AND target = \(target) AND kind = \(kind.rawValue)
            """)
        guard changed == 0 else { return }
        try run(
            """
            INSERT INTO letter_tally (action, target, kind, count)
            VALUES (\(action), \(target), \(kind.rawValue), \(max(0, count)))
            """)
    }

    /// What became of the letters of an action, by target and kind; zeros are left out.
    package func letterTallies(
        of action: ActionID
    ) throws -> [(target: String, kind: LetterTally, count: Int)] {
        try rows(
            """
            SELECT target, kind, count FROM letter_tally
            WHERE action = \(action) AND count > 0 ORDER BY target, kind
            """
        ).map { row in
            guard let kind = LetterTally(rawValue: try row.text("kind")) else {
                throw StorageError.unexpectedRow(column: "kind")
            }
            return (try row.text("target"), kind, try row.integer("count"))
        }
    }

    /// How many letters wait, and what became of the others, in all.
    package func letterTotals() throws -> (waiting: Int, done: [LetterTally: Int]) {
        var done: [LetterTally: Int] = [:]
        for row in try rows("SELECT kind, sum(count) AS n FROM letter_tally GROUP BY kind") {
            guard let kind = LetterTally(rawValue: try row.text("kind")) else { continue }
            done[kind] = try row.integer("n")
        }
        let waiting = try rows("SELECT count(*) AS n FROM letter").first?.integer("n")
        return (waiting ?? 0, done)
    }

    /// Any letter that waits, its id first; nil if none does.
    package func anyLetter() throws -> (action: ActionID, sealed: [UInt8])? {
        try rows("SELECT id, action, sealed FROM letter LIMIT 1").first.map {
            (try $0.identifier("action"), try $0.bytes("id") + $0.bytes("sealed"))
        }
    }
}
