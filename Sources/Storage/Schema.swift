/// The tables, as one ordered list of migrations for both databases.
///
/// Constraints carry the invariants; the program repeats them for its messages only. A migration
/// that has been released is never changed: a new one is added below it.
package enum Schema {
    /// The few words that the databases do not share.
    package struct Dialect: Sendable {
        package let bytes: String
        package let integer: String
        /// Ends a table whose rows lie in the order of a random key, so that their place tells
        /// nothing about when they came.
        package let keyed: String
        /// Ends a table whose rows lie in the order of `Transaction.place`.
        package let placed: String

        package init(bytes: String, integer: String, keyed: String, placed: String) {
            self.bytes = bytes
            self.integer = integer
            self.keyed = keyed
            self.placed = placed
        }
    }

    /// The number of migrations, which is the version of the schema.
    package static let version = 4

    /// One list of statements a migration; the first takes version 0 to version 1.
    package static func migrations(_ dialect: Dialect) -> [[SQL]] {
        [first, second, third, fourth].map { statements in
            statements.map { statement in
                SQL(
                    stringLiteral:
                        statement
                        .replacing("BYTES", with: dialect.bytes)
                        .replacing("BIGINT", with: dialect.integer)
                        .replacing("KEYED", with: dialect.keyed)
                        .replacing("PLACED", with: dialect.placed))
            }
        }
    }

    private static let first = [
        """
        CREATE TABLE organisation (
            id BYTES PRIMARY KEY CHECK (length(id) = 16),
            name TEXT NOT NULL CHECK (name <> ''),
            origin TEXT NOT NULL CHECK (origin <> '')
        ) KEYED
        """,
        """
        CREATE TABLE recipient_key (
            organisation BYTES NOT NULL REFERENCES organisation (id),
            number BIGINT NOT NULL CHECK (number >= 1),
            keeper BIGINT NOT NULL CHECK (keeper IN (1, 2)),
            public_key BYTES NOT NULL UNIQUE CHECK (length(public_key) = 1216),
            PRIMARY KEY (organisation, number, keeper)
        ) KEYED
        """,
        """
        CREATE TABLE action (
            id BYTES PRIMARY KEY CHECK (length(id) = 16),
            organisation BYTES NOT NULL REFERENCES organisation (id),
            slug TEXT NOT NULL UNIQUE CHECK (slug <> ''),
            state TEXT NOT NULL CHECK (state IN
                ('draft', 'open', 'paused', 'won', 'closed', 'delivered', 'stopped')),
            state_since_ms BIGINT NOT NULL,
            opened_day BIGINT,
            ended_ms BIGINT,
            preview BIGINT NOT NULL CHECK (preview IN (0, 1)),
            key_number BIGINT,
            version BIGINT NOT NULL CHECK (version >= 1),
            revision BIGINT NOT NULL CHECK (revision >= 1),
            erased BIGINT NOT NULL DEFAULT 0 CHECK (erased >= 0),
            UNIQUE (organisation, key_number),
            CHECK (state IN ('draft', 'stopped') OR key_number IS NOT NULL)
        ) KEYED
        """,
        """
        CREATE TABLE action_version (
            action BYTES NOT NULL REFERENCES action (id),
            number BIGINT NOT NULL CHECK (number >= 1),
            hash BYTES NOT NULL CHECK (length(hash) = 32),
            day BIGINT NOT NULL,
            content TEXT NOT NULL,
            PRIMARY KEY (action, number)
        ) KEYED
        """,
        """
        CREATE TABLE action_file (
            action BYTES NOT NULL,
            version BIGINT NOT NULL,
            path TEXT NOT NULL,
            content BYTES NOT NULL,
            PRIMARY KEY (action, version, path),
            FOREIGN KEY (action, version) REFERENCES action_version (action, number)
        ) KEYED
        """,
        """
        CREATE TABLE pending (
            id BYTES PRIMARY KEY CHECK (length(id) = 32),
            expires BIGINT NOT NULL,
            sealed BYTES NOT NULL
        ) KEYED
        """,
        "CREATE INDEX pending_by_expiry ON pending (expires)",
        """
        CREATE TABLE record (
            record_id BYTES PRIMARY KEY CHECK (length(record_id) = 16),
            action BYTES NOT NULL REFERENCES action (id),
            day BIGINT NOT NULL,
            flags BIGINT NOT NULL CHECK (flags BETWEEN 0 AND 255),
            sealed BYTES NOT NULL,
            leaf BYTES NOT NULL CHECK (length(leaf) = 32),
            lookup BYTES NOT NULL UNIQUE CHECK (length(lookup) = 32),
            receipt BYTES NOT NULL,
            ledger_index BIGINT
        ) KEYED
        """,
        "CREATE INDEX record_by_action ON record (action, record_id)",
        """
        CREATE TABLE dedupe (
            action BYTES NOT NULL REFERENCES action (id),
            tag BYTES NOT NULL CHECK (length(tag) = 32),
            record_id BYTES NOT NULL UNIQUE REFERENCES record (record_id),
            PRIMARY KEY (action, tag)
        ) KEYED
        """,
        """
        CREATE TABLE ledger_queue (
            id BYTES PRIMARY KEY CHECK (length(id) = 16),
            action BYTES NOT NULL REFERENCES action (id),
            record_id BYTES,
            entry BYTES NOT NULL CHECK (length(entry) = 66),
            statement TEXT
        ) KEYED
        """,
        """
        CREATE TABLE spent (
            id BYTES PRIMARY KEY CHECK (length(id) = 32),
            day BIGINT NOT NULL,
            sealed BYTES NOT NULL
        ) KEYED
        """,
        "CREATE INDEX spent_by_day ON spent (day)",
        """
        CREATE TABLE withdrawn (
            lookup BYTES PRIMARY KEY CHECK (length(lookup) = 32),
            action BYTES NOT NULL REFERENCES action (id),
            day BIGINT NOT NULL
        ) KEYED
        """,
    ]

    private static let second = [
        "ALTER TABLE organisation ADD COLUMN appearance TEXT",
        "ALTER TABLE organisation ADD COLUMN revision BIGINT NOT NULL DEFAULT 1",
    ]

    private static let third = [
        // What must stand in the order in which it happened; signatures must not.
        "ALTER TABLE ledger_queue ADD COLUMN position BIGINT",
        "UPDATE ledger_queue SET position = 1 WHERE statement IS NOT NULL",
        "UPDATE ledger_queue SET position = 0 WHERE statement LIKE 'outcry open%'",
        """
        CREATE INDEX ledger_queue_by_position ON ledger_queue (position)
        WHERE position IS NOT NULL
        """,
        """
        CREATE TABLE ledger (
            action BYTES PRIMARY KEY REFERENCES action (id),
            origin TEXT NOT NULL UNIQUE,
            size BIGINT NOT NULL CHECK (size >= 1),
            number BIGINT NOT NULL CHECK (number BETWEEN 0 AND size),
            checkpoint TEXT NOT NULL,
            as_of_ms BIGINT NOT NULL
        ) KEYED
        """,
        // Level -1 has the entries themselves.
        """
        CREATE TABLE ledger_tile (
            action BYTES NOT NULL REFERENCES ledger (action),
            level BIGINT NOT NULL CHECK (level BETWEEN -1 AND 7),
            number BIGINT NOT NULL CHECK (number >= 0),
            content BYTES NOT NULL CHECK (length(content) BETWEEN 32 AND 17408),
            PRIMARY KEY (action, level, number)
        )
        """,
        """
        CREATE TABLE ledger_statement (
            action BYTES NOT NULL REFERENCES ledger (action),
            ledger_index BIGINT NOT NULL CHECK (ledger_index >= 0),
            text TEXT NOT NULL,
            PRIMARY KEY (action, ledger_index)
        ) KEYED
        """,
        // Not a column of the record: to change one there is to write its three kilobytes anew.
        """
        CREATE TABLE ledger_place (
            record_id BYTES PRIMARY KEY CHECK (length(record_id) = 16),
            action BYTES NOT NULL REFERENCES action (id),
            ledger_index BIGINT NOT NULL CHECK (ledger_index >= 1)
        ) KEYED
        """,
        """
        CREATE TABLE ledger_aside (
            record_id BYTES PRIMARY KEY REFERENCES record (record_id),
            reason BIGINT NOT NULL CHECK (reason BETWEEN 0 AND 127)
        ) KEYED
        """,
        "ALTER TABLE record DROP COLUMN ledger_index",
    ]

    private static let fourth = [
        // Every page that a signature touches is written twice, to the log and to its place: the
        // fingerprint lies with its record, and what is asked for once an hour needs no index.
        // Who reads all records of an action asks for `(action = ...) IS TRUE`, or SQLite goes
        // through them in the order of their fingerprints, which is not that of the file.
        "ALTER TABLE record ADD COLUMN tag BYTES CHECK (length(tag) = 32)",
        """
        UPDATE record SET tag =
            (SELECT dedupe.tag FROM dedupe WHERE dedupe.record_id = record.record_id)
        """,
        "DROP INDEX record_by_action",
        "CREATE UNIQUE INDEX record_by_tag ON record (action, tag)",
        "DROP TABLE dedupe",
        // A row that waits fits into half a page; those of one commit lie side by side, at a random
        // place.
        """
        CREATE TABLE placed (
            place BIGINT PRIMARY KEY,
            id BYTES NOT NULL UNIQUE CHECK (length(id) = 32),
            expires BIGINT NOT NULL,
            sealed BYTES NOT NULL
        ) PLACED
        """,
        """
        INSERT INTO placed (place, id, expires, sealed)
            SELECT row_number() OVER (ORDER BY id), id, expires, sealed FROM pending
        """,
        "DROP TABLE pending",
        "ALTER TABLE placed RENAME TO pending",
        "DROP INDEX spent_by_day",
        // Letters that wait for their mail, all of one size; the key is in the credentials folder.
        """
        CREATE TABLE letter (
            id BYTES PRIMARY KEY CHECK (length(id) = 16),
            action BYTES NOT NULL REFERENCES action (id),
            target TEXT NOT NULL CHECK (target <> ''),
            position BIGINT NOT NULL CHECK (position >= 1),
            due_ms BIGINT NOT NULL DEFAULT 0,
            attempts BIGINT NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            unsure BIGINT NOT NULL DEFAULT 0 CHECK (unsure >= 0),
            day BIGINT NOT NULL,
            first_day BIGINT,
            sealed BYTES NOT NULL CHECK (length(sealed) = 16368),
            UNIQUE (action, target, position)
        ) KEYED
        """,
        """
        CREATE TABLE letter_once (
            action BYTES NOT NULL REFERENCES action (id),
            tag BYTES NOT NULL CHECK (length(tag) = 32),
            letter BYTES NOT NULL CHECK (length(letter) = 16),
            PRIMARY KEY (action, tag)
        ) KEYED
        """,
        """
        CREATE TABLE letter_tally (
            action BYTES NOT NULL REFERENCES action (id),
            target TEXT NOT NULL CHECK (target <> ''),
            kind TEXT NOT NULL CHECK (kind IN
                ('posted', 'sent', 'refused', 'unsure', 'dropped')),
            count BIGINT NOT NULL CHECK (count >= 0),
            PRIMARY KEY (action, target, kind)
        ) KEYED
        """,
        // An office's public addresses: whether mail arrives, and when the next letter may go.
        """
        CREATE TABLE target_mailbox (
            address TEXT PRIMARY KEY CHECK (address <> ''),
            next_ms BIGINT,
            soft BIGINT NOT NULL DEFAULT 0 CHECK (soft >= 0),
            disabled_day BIGINT,
            reason TEXT,
            CHECK ((disabled_day IS NULL) = (reason IS NULL))
        ) KEYED
        """,
        // Links that ended somebody's updates; whose they are, only a keeper can tell.
        """
        CREATE TABLE unsubscribed (
            hash BYTES PRIMARY KEY CHECK (length(hash) = 32),
            day BIGINT NOT NULL
        ) KEYED
        """,
        // Replies that supporters got and handed in.
        """
        CREATE TABLE reply (
            id BYTES PRIMARY KEY CHECK (length(id) = 16),
            action BYTES NOT NULL REFERENCES action (id),
            day BIGINT NOT NULL,
            sealed BYTES NOT NULL
        ) KEYED
        """,
        "CREATE INDEX reply_by_action ON reply (action, id)",
    ]
}
