"""Fills a stopped installation with as many counted signatures as are wanted.

Sealing a million takes long and is not what is measured here. So a few are really signed, and
the rest are copies of one of them: every number the same, every value of bytes drawn at random in
its size. To the database they are what a million signatures are; no key would open them.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

# A signature leaves one row in each. `spent` is emptied after days: a full one is the worst case.
TABLES = ("record", "spent")
# These hold more than one signature has of its own.
SHARED = ("action",)
# The entry of a signature: version and type, then two hashes.
ENTRY = b"\x01\x01"


def fill(path: Path, wanted: int) -> None:
    """Adds rows until `wanted` signatures are stored, in the random order in which they come."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "locking_mode = EXCLUSIVE",
                       f"cache_size = -{cache_kib()}"):
            database.execute(f"PRAGMA {pragma}")
        missing = wanted - database.execute("SELECT count(*) FROM record").fetchone()[0]
        models = {table: model(database, table) for table in TABLES}
        database.execute("BEGIN")
        for start in range(0, missing, 10_000):
            insert(database, models, min(10_000, missing - start))
        database.execute("COMMIT")
        database.execute("PRAGMA journal_mode = WAL")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def cache_kib() -> int:
    """Room for most of what a random order touches, and never more than half of the memory."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min(4 << 30, memory // 2) // 1024


def model(database: sqlite3.Connection, table: str) -> dict:
    """One row that the server has written."""
    cursor = database.execute(f"SELECT * FROM {table} LIMIT 1")
    return dict(zip((column[0] for column in cursor.description), cursor.fetchone()))


def insert(database: sqlite3.Connection, models: dict[str, dict], count: int) -> None:
    records = [os.urandom(16) for _ in range(count)]
    for table, row in models.items():
        places = ", ".join("?" * len(row))
        database.executemany(
            f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", copies(row, records))
    # They wait for their place in the ledger, which the server gives them at its next start.
    action = models["record"]["action"]
    database.executemany(
        "INSERT INTO ledger_queue (id, action, record_id, entry) VALUES (?, ?, ?, ?)",
        ((os.urandom(16), action, record, ENTRY + os.urandom(64)) for record in records))


def copies(row: dict, records: list[bytes]) -> Iterator[list]:
    for record in records:
        yield [record if name == "record_id" else
               os.urandom(len(value)) if isinstance(value, bytes) and name not in SHARED else value
               for name, value in row.items()]
