CREATE TABLE organisation (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL CHECK (name <> ''),
    origin TEXT NOT NULL CHECK (origin <> ''),
    appearance TEXT,
    revision INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE TABLE recipient_key (
    organisation BLOB NOT NULL REFERENCES organisation (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    keeper INTEGER NOT NULL CHECK (keeper IN (1, 2)),
    public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) = 1216),
    PRIMARY KEY (organisation, number, keeper)
) STRICT, WITHOUT ROWID;
CREATE TABLE action (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    organisation BLOB NOT NULL REFERENCES organisation (id),
    slug TEXT NOT NULL UNIQUE CHECK (slug <> ''),
    state TEXT NOT NULL CHECK (state IN
        ('draft', 'open', 'paused', 'won', 'closed', 'delivered', 'stopped')),
    state_since_ms INTEGER NOT NULL,
    opened_day INTEGER,
    ended_ms INTEGER,
    preview INTEGER NOT NULL CHECK (preview IN (0, 1)),
    key_number INTEGER,
    version INTEGER NOT NULL CHECK (version >= 1),
    revision INTEGER NOT NULL CHECK (revision >= 1),
    erased INTEGER NOT NULL DEFAULT 0 CHECK (erased >= 0),
    UNIQUE (organisation, key_number),
    CHECK (state IN ('draft', 'stopped') OR key_number IS NOT NULL)
) STRICT, WITHOUT ROWID;
CREATE TABLE action_version (
    action BLOB NOT NULL REFERENCES action (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    day INTEGER NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (action, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE action_file (
    action BLOB NOT NULL,
    version INTEGER NOT NULL,
    path TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (action, version, path),
    FOREIGN KEY (action, version) REFERENCES action_version (action, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE pending (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    expires INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pending_by_expiry ON pending (expires);
CREATE TABLE record (
    record_id BLOB PRIMARY KEY CHECK (length(record_id) = 16),
    action BLOB NOT NULL REFERENCES action (id),
    day INTEGER NOT NULL,
    flags INTEGER NOT NULL CHECK (flags BETWEEN 0 AND 255),
    sealed BLOB NOT NULL,
    leaf BLOB NOT NULL CHECK (length(leaf) = 32),
    lookup BLOB NOT NULL UNIQUE CHECK (length(lookup) = 32),
    receipt BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX record_by_action ON record (action, record_id);
CREATE TABLE dedupe (
    action BLOB NOT NULL REFERENCES action (id),
    tag BLOB NOT NULL CHECK (length(tag) = 32),
    record_id BLOB NOT NULL UNIQUE REFERENCES record (record_id),
    PRIMARY KEY (action, tag)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_queue (
    id BLOB PRIMARY KEY CHECK (length(id) = 16),
    action BLOB NOT NULL REFERENCES action (id),
    record_id BLOB,
    entry BLOB NOT NULL CHECK (length(entry) = 66),
    statement TEXT,
    position INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE spent (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    day INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_by_day ON spent (day);
CREATE TABLE withdrawn (
    lookup BLOB PRIMARY KEY CHECK (length(lookup) = 32),
    action BLOB NOT NULL REFERENCES action (id),
    day INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ledger_queue_by_position ON ledger_queue (position)
WHERE position IS NOT NULL;
CREATE TABLE ledger (
    action BLOB PRIMARY KEY REFERENCES action (id),
    origin TEXT NOT NULL UNIQUE,
    size INTEGER NOT NULL CHECK (size >= 1),
    number INTEGER NOT NULL CHECK (number BETWEEN 0 AND size),
    checkpoint TEXT NOT NULL,
    as_of_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_tile (
    action BLOB NOT NULL REFERENCES ledger (action),
    level INTEGER NOT NULL CHECK (level BETWEEN -1 AND 7),
    number INTEGER NOT NULL CHECK (number >= 0),
    content BLOB NOT NULL CHECK (length(content) BETWEEN 32 AND 17408),
    PRIMARY KEY (action, level, number)
);
CREATE TABLE ledger_statement (
    action BLOB NOT NULL REFERENCES ledger (action),
    ledger_index INTEGER NOT NULL CHECK (ledger_index >= 0),
    text TEXT NOT NULL,
    PRIMARY KEY (action, ledger_index)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_place (
    record_id BLOB PRIMARY KEY CHECK (length(record_id) = 16),
    action BLOB NOT NULL REFERENCES action (id),
    ledger_index INTEGER NOT NULL CHECK (ledger_index >= 1)
) STRICT, WITHOUT ROWID;
CREATE TABLE ledger_aside (
    record_id BLOB PRIMARY KEY REFERENCES record (record_id),
    reason INTEGER NOT NULL CHECK (reason BETWEEN 0 AND 127)
) STRICT, WITHOUT ROWID;
PRAGMA user_version = 3;
