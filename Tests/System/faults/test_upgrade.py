"""A database of an earlier program is brought up to date at the first start: killed at any write
of that, it is still the old one or already the new one, and everybody is in it.

`schemas/N.sql` is the database's schema as version N had it, from `sqlite3 outcry.sqlite .schema`.
Whoever adds a migration puts the schema before it there.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from faults.calls import WRITING, counted_calls, database_files, fails, launched
from faults.lots import IS_LONG, lots
from faults.needs import needs
from faults.trial import DISK_FAILED, Trial
from outcry import until

SCHEMAS = Path(__file__).parent / "schemas"
FIRST_WITH_LEDGER = 3
FIRST_WITH_TAGS_IN_RECORDS = 4
ENTRY, TILE = 68, 256
"""Bytes of an entry with the two that say how many follow, and entries of a tile."""
WITHDRAW, REMOVED = 2, 10

pytestmark = pytest.mark.timeout(3600)


@pytest.fixture
def current(trial) -> int:
    """The version of this program's schema; its server has counted a few and was stopped."""
    trial.count(8)
    trial.server.stop()
    with closing(sqlite3.connect(database(trial))) as file:
        [version] = file.execute("PRAGMA user_version").fetchone()
    return version


def database(trial: Trial) -> Path:
    return trial.installation.data / "outcry.sqlite"


def go_back(trial: Trial, version: int) -> None:
    """Puts the same rows into a database of an earlier version, and takes away what that did not
    have."""
    new, old = database(trial), trial.installation.data / "older"
    with closing(sqlite3.connect(old)) as file:
        file.executescript((SCHEMAS / f"{version}.sql").read_text())
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("ATTACH ? AS new", (str(new),))
        tables = file.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'").fetchall()
        for [table] in tables:
            shared = ", ".join(columns(file, f"main.{table}") & columns(file, f"new.{table}"))
            if shared:
                file.execute(
                    f"INSERT INTO main.{table} ({shared}) SELECT {shared} FROM new.{table}")
        if version < FIRST_WITH_TAGS_IN_RECORDS:
            file.execute("INSERT INTO main.dedupe (action, tag, record_id) "
                         "SELECT action, tag, record_id FROM new.record")
        if version < FIRST_WITH_LEDGER:
            queue_again(file)
            shutil.rmtree(trial.installation.data / "ledger")
            (trial.installation.credentials / "log-key").unlink()
        file.commit()
    for end in ("", "-wal", "-shm"):
        new.with_name(new.name + end).unlink(missing_ok=True)
    old.rename(new)


def columns(file: sqlite3.Connection, table: str) -> set[str]:
    schema, name = table.split(".")
    return {row[1] for row in file.execute(f"PRAGMA {schema}.table_info({name})").fetchall()}


def queue_again(file: sqlite3.Connection) -> None:
    """What stands in the ledger waits for it once more: that was all there was of it.

    What takes a signature back names its place, which will be another one: it is left out
    together with the signature, of which nothing else is there any more.
    """
    places = {(action, index): record for record, action, index in file.execute(
        "SELECT record_id, action, ledger_index FROM new.ledger_place")}
    texts = {(action, index): text for action, index, text in file.execute(
        "SELECT action, ledger_index, text FROM new.ledger_statement")}
    entries = {}
    tiles = file.execute("SELECT action, number, content FROM new.ledger_tile WHERE level = -1")
    for action, number, content in tiles.fetchall():
        for at in range(0, len(content), ENTRY):
            entries[action, number * TILE + at // ENTRY] = content[at + 2:at + ENTRY]
    gone = {place for place, entry in entries.items() if entry[1] in (WITHDRAW, REMOVED)}
    gone |= {(action, int.from_bytes(entries[action, index][2:34]))
             for action, index in gone}
    for place, entry in entries.items():
        if place not in gone:
            file.execute(
                "INSERT INTO main.ledger_queue (id, action, record_id, entry, statement) "
                "VALUES (randomblob(16), ?, ?, ?, ?)",
                (place[0], places.get(place), entry, texts.get(place)))


def test_every_earlier_schema_is_at_hand(current):
    missing = [version for version in range(1, current)
               if not (SCHEMAS / f"{version}.sql").exists()]
    assert not missing, f"put the schema of version {missing} into {SCHEMAS}"


def test_an_older_database_is_taken_over_with_everybody_in_it(trial, current):
    for version in range(1, current):
        go_back(trial, version)
        trial.server.start()
        trial.audit("upgrade")
        trial.count(2)
        trial.audit("upgrade")
        trial.server.stop()
    trial.figures.says("upgrade", "brings it up to date and goes on")


def test_a_newer_database_is_left_alone(trial, current):
    with closing(sqlite3.connect(database(trial))) as file:
        file.execute(f"PRAGMA user_version = {current + 1}")
        file.commit()
    trial.server.launch()
    assert trial.server.end(within=30) != 0
    assert f"schema {current + 1}" in trial.server.log_text()


@needs("strace", root=True)
@pytest.mark.parametrize("how, some", [("SIGKILL", 3), ("EIO", 1)])
def test_an_upgrade_may_be_killed_or_fail_at_every_write(
    trial, current, tmp_path, progress, how, some
):
    rng, fault = lots(f"upgrade {how}"), f"{how} at a write of an upgrade"
    for version in range(1, current):
        go_back(trial, version)
        keep = tmp_path / f"version-{version}"
        shutil.copytree(trial.installation.data, keep)
        todo = [(call, number) for call, times in writes_of_a_start(trial, tmp_path).items()
                for number in range(1, times + 1)]
        if not IS_LONG:
            todo = sorted(rng.sample(todo, min(some, len(todo))))
        for index in progress.over(len(todo), f"{fault}, from version {version}"):
            shutil.rmtree(trial.installation.data)
            shutil.copytree(keep, trial.installation.data)
            break_a_start(trial, tmp_path / f"{version}-{index}", *todo[index], how)
            trial.restart()
            trial.audit(fault, thorough=index % 20 == 0)
            trial.server.kill()
    trial.figures.says(fault, "the next start finds the old database or the new one, whole")


def writes_of_a_start(trial: Trial, folder: Path) -> dict[str, int]:
    """How often an undisturbed first start makes which call."""
    log = folder / "all"
    launched(trial.server, log, "-e", f"trace={','.join(WRITING)}",
             files=database_files(trial.installation))
    trial.server.start()
    trial.server.stop()
    trial.server.within = []
    calls = counted_calls(log)
    assert calls["fdatasync"] + calls["fsync"] >= 1 and calls["pwrite64"] >= 2, calls
    return {call: times for call, times in calls.items() if call != "openat"}


def break_a_start(trial: Trial, log: Path, call: str, number: int, how: str) -> None:
    """It ends, or serves because the call came too late to matter."""
    server = trial.server
    launched(server, log, *fails(call, number, how), files=database_files(trial.installation))
    server.launch()
    until(lambda: server.code is not None or server.is_ready, 60, "it serves or ends")
    assert server.code in (None, -9 if how == "SIGKILL" else DISK_FAILED)
    if server.is_running:
        server.kill()
    server.within = []
