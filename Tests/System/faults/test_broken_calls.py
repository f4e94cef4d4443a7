"""Every call of one confirmation that writes fails once: nobody is told "counted" for what is not
on the disk, and a disk that fails ends the server."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from faults.calls import WRITING, counted_calls, database_files, fails, traced, was_injected
from faults.journal import Person
from faults.lots import IS_LONG, lots
from faults.needs import needs
from faults.stream import NO_ANSWER, take_back
from faults.trial import DISK_FAILED, Trial, Trials
from outcry import until

pytestmark = [needs("strace", root=True), pytest.mark.timeout(3600)]

INTERVAL = "OUTCRY_LEDGER_INTERVAL"
NEVER = "86400"


@pytest.fixture
def trial(new_trial: Trials) -> Trial:
    """A server whose ledger takes no batch: a fault meets nobody but who confirms or takes back."""
    trial = new_trial()
    trial.installation.environment[INTERVAL] = NEVER
    trial.server.start()
    return trial


def audit(trial: Trial, fault: str, index: int = 0) -> None:
    """Also after its end; every twentieth is a thorough one, for which the ledger takes a batch."""
    if index % 20 != 0:
        if not trial.server.is_running:
            trial.restart()
        trial.audit(fault, thorough=False)
        return
    environment = trial.installation.environment
    environment[INTERVAL] = "1"
    trial.restart()
    trial.audit(fault)
    environment[INTERVAL] = NEVER
    trial.restart()


def one_of_each(trial: Trial, log: Path, act: Callable[[], object]) -> dict[str, int]:
    """The writing calls of one undisturbed `act` on the database's files, and how often each."""
    with traced(trial.server, log, "-e", f"trace={','.join(WRITING)}",
                files=database_files(trial.installation)):
        act()
    calls = counted_calls(log)
    assert calls, "nothing was written: the trace sees nothing"
    return dict(calls)


def places(calls: dict[str, int], story: str, some: int) -> Iterator[tuple[str, int]]:
    """Every call by its number; in the short form a few that the lot draws, and each sync."""
    rng = lots(story)
    for call, times in calls.items():
        numbers = range(1, times + 1)
        if not IS_LONG and times > some:
            numbers = sorted(rng.sample(numbers, some))
        for number in numbers:
            yield call, number


@pytest.mark.parametrize("how, some", [("EIO", 3), ("ENOSPC", 6), ("EINTR", 2), ("SIGKILL", 3)])
def test_a_call_that_fails_in_a_confirmation_is_never_taken_for_counted(
    trial, tmp_path, progress, how, some
):
    fault = f"{how} at a write or sync of a confirmation"
    trial.count(3)
    [person] = trial.waiting(1)
    calls = one_of_each(trial, tmp_path / "all", lambda: trial.press(person))
    assert calls["fdatasync"] >= 1 and calls["pwrite64"] >= 10, calls
    ends = set()
    todo = list(places(calls, fault, some))
    for index in progress.over(len(todo), fault):
        call, number = todo[index]
        [person] = trial.waiting(1)
        log = tmp_path / f"{call}-{number}"
        with traced(trial.server, log, *fails(call, number, how),
                    files=database_files(trial.installation)):
            status = trial.press(person)
            trial.server.settle(0.3 if status is None else 0)
        if not was_injected(log):
            # This commit had fewer pages to write than the one that was recorded.
            assert status == 200 and number > 0.7 * calls[call], f"{call} {number} was never made"
            continue
        ends.add(judge(trial, how, call, status))
        audit(trial, fault, index)
        # Whoever had no answer, or "not now", presses again and is counted.
        assert trial.press(person) == 200
    audit(trial, fault)
    trial.figures.says(fault, "; ".join(sorted(ends)))


def judge(trial: Trial, how: str, call: str, status: int | None) -> str:
    """What the server did about it, which must be one of the few things that are right."""
    if status is None:
        code = trial.server.code
        assert code == (-9 if how == "SIGKILL" else DISK_FAILED), f"{call}: ended with {code}"
        return "ends" if how == "SIGKILL" else f"ends with {code}, no answer"
    assert trial.server.is_running
    if status == 503:
        assert how == "ENOSPC", f"{how} at {call} is no passing trouble"
        return "says 503 and goes on"
    # Only a call that may be made again without harm: the answer came after a real commit.
    assert status == 200 and how == "EINTR" and call == "pwrite64", f"{how} at {call}: {status}"
    return "tries again at once"


@pytest.mark.parametrize("how", ["EIO", "SIGKILL"] + ["ENOSPC"] * IS_LONG)
def test_every_call_may_fail_while_somebody_is_taken_back(trial, tmp_path, progress, how):
    """And within a second after that, when the log is written to the database and emptied."""
    fault = f"{how} at a write or sync of a withdrawal"
    person = somebody_counted(trial)
    calls = one_of_each(trial, tmp_path / "all", lambda: take_back_one(trial, person))
    assert {"ftruncate", "fdatasync", "pwrite64"} <= set(calls), calls
    todo = list(places(calls, fault, 1))
    for index in progress.over(len(todo), fault):
        call, number = todo[index]
        person = somebody_counted(trial)
        log = tmp_path / f"{call}-{number}"
        with traced(trial.server, log, *fails(call, number, how),
                    files=database_files(trial.installation)):
            take_back_one(trial, person)
        if not trial.server.is_running:
            assert was_injected(log)
            assert trial.server.code == (-9 if how == "SIGKILL" else DISK_FAILED)
        audit(trial, fault, index)
    audit(trial, fault)


def somebody_counted(trial: Trial) -> Person:
    [person] = trial.waiting(1)
    assert trial.press(person) == 200
    return person


def take_back_one(trial: Trial, person: Person) -> None:
    log = trial.installation.data / "outcry.sqlite-wal"
    size = log.stat().st_size
    with suppress(*NO_ANSWER):
        take_back(trial.visitor(), trial.journal, person)
    with suppress(AssertionError):  # a call that fails may keep it from being emptied
        until(lambda: not trial.server.is_running or log.stat().st_size < size, 1.5, "emptied")
