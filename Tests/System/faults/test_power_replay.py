"""Power that goes at any write or sync: from a recording of them, every disk is made that could
then be found, and each is started from. Whoever had their answer by then is there."""

import copy

import pytest

from faults.calls import database_files, launched
from faults.journal import Person
from faults.lots import lots, runs
from faults.needs import needs
from faults.recording import OPTIONS, Disk, Event, read
from faults.stream import take_back
from faults.trial import Trial
from outcry import until

pytestmark = [needs("strace", root=True), pytest.mark.timeout(3600)]

FAULT = "power lost at any write or sync (replayed)"


@pytest.fixture
def recorded(trial, tmp_path) -> Disk:
    """Some are counted one after the other, one takes it back and the log is emptied, and some
    more are counted."""
    trial.count(3)
    trial.server.stop()
    files = [file for file in database_files(trial.installation) if not file.name.endswith("shm")]
    before = {file.name: file.read_bytes() for file in files if file.exists()}
    launched(trial.server, tmp_path / "trace", *OPTIONS, files=files)
    trial.server.start()
    confirm_some(trial, runs(8, 60))
    log = trial.installation.data / "outcry.sqlite-wal"
    before_that = log.stat().st_size
    take_back(trial.visitor(), trial.journal, trial.journal.people[-1])
    until(lambda: log.stat().st_size < before_that, 20, "the log is emptied")
    confirm_some(trial, runs(8, 60))
    trial.server.kill()
    trial.server.within = []
    return Disk(before, read(tmp_path / "trace"))


def confirm_some(trial: Trial, people: int) -> None:
    for person in trial.waiting(people):
        assert trial.press(person) == 200


def test_every_disk_that_could_be_found_has_everybody(trial, recorded, progress):
    rng = lots("replay")
    kinds = {(event.file, event.is_sync) for event in recorded.events}
    assert len(kinds) >= 4, f"writes and syncs of file and log, not only {kinds}"
    kept = recorded.without_power_at(len(recorded.events), rng)
    assert kept["outcry.sqlite-wal"]
    everybody = trial.journal.people
    total = runs(15, 600)
    for _ in progress.over(total, FAULT):
        cut = rng.randrange(len(recorded.events))
        for file in database_files(trial.installation):
            file.unlink(missing_ok=True)
        for name, content in recorded.without_power_at(cut, rng).items():
            (trial.installation.data / name).write_bytes(content)
        trial.journal.people = [
            as_of(person, recorded.events[cut]) for person in everybody]
        trial.audit(FAULT, thorough=False)
    trial.figures.says(FAULT, "starts with everybody who had an answer by then")
    trial.journal.people = everybody


def as_of(person: Person, event: Event) -> Person:
    """What had been said to this person when the event began."""
    then = copy.copy(person)
    if not person.codes or person.answered > event.began:
        then.codes, then.unknown = set(), person.pressed > 0
    then.left = person.left and person.left_at < event.began
    return then


def test_a_disk_that_does_not_keep_what_it_synced_is_found_out(trial, recorded):
    """The replay can lose somebody, or nobody being lost would prove nothing."""
    for file in database_files(trial.installation):
        file.unlink(missing_ok=True)
    (trial.installation.data / "outcry.sqlite").write_bytes(recorded.before["outcry.sqlite"])
    assert len(trial.auditor.find(scan=False).lost) >= 8
