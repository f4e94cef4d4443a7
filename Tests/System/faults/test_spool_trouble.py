"""Mails wait in the runtime folder: when it is full, breaks or is lost, people are told to come
back, and signing again works."""

import itertools

import pytest

from faults.calls import fails, traced, was_injected
from faults.disk import MemoryDisk
from faults.lots import IS_LONG, runs
from faults.needs import needs
from faults.stream import Stream
from faults.trial import Trial
from outcry import until

pytestmark = pytest.mark.timeout(1800)

ERRORS = ["EIO", "ENOSPC"] if IS_LONG else ["EIO"]
KEEPING = [("openat", 1)]
"""The call that keeps a mail, in the thread that serves the form; when there is no room to write,
see below."""


def answer_to_form(trial: Trial) -> int:
    """The status that somebody new gets for their form."""
    with Stream(trial.server, trial.journal, trial.relay, threads=0) as stream:
        refusals = sum(trial.journal.refusals.values())
        person = stream.sign_somebody()
        if person.ticket:
            return 303
        assert sum(trial.journal.refusals.values()) == refusals + 1
        return trial.journal.last_refusal


def everybody_signs_and_is_counted(trial: Trial) -> None:
    """Those too whose form or mail was lost: they sign again."""
    with trial.stream() as stream:
        until(lambda: all(person.is_counted for person in trial.journal.people[:20]
                          if person.forms < 3), 60, "everybody is counted")
        stream.until(1, within=30)


@needs("strace", root=True)
def test_a_mail_that_cannot_be_kept_is_said_so(trial, tmp_path, progress):
    fault = "EIO or ENOSPC when a mail is kept"
    for index in progress.over(runs(1, 10), fault):
        for how, (call, number) in itertools.product(ERRORS, KEEPING):
            trial.count(1)
            log = tmp_path / f"{index}-{how}-{call}-{number}"
            with traced(trial.server, log, *fails(call, number, how)):
                status = answer_to_form(trial)
            assert was_injected(log)
            assert status == 503
            trial.audit(fault, thorough=False)
        everybody_signs_and_is_counted(trial)
        trial.audit(fault)
    trial.figures.says(fault, "says 503, and the form can be sent again")


@needs("strace", root=True)
@pytest.mark.parametrize(("call", "number"), [("unlink", 1), ("openat", 2)])
def test_a_mail_that_cannot_be_claimed_is_not_sent_twice(trial, tmp_path, call, number):
    """Claiming it before, reading it or giving it back after a relay that is down."""
    fault = "EIO when a mail is claimed or given back"
    trial.count(1)
    trial.relay.stop()
    [person] = trial.signed(1)
    with traced(trial.server, tmp_path / "trace", *fails(call, number, "EIO")):
        until(lambda: was_injected(tmp_path / "trace"), 30, "the call was made")
    trial.relay.start()
    if call == "unlink":
        until(lambda: person.mails, 90, "it is tried again")
    everybody_signs_and_is_counted(trial)
    trial.audit(fault)
    trial.figures.says(fault, "tries again what it could not claim, drops what it cannot give back")


@needs("mount", root=True)
def test_a_full_runtime_folder_takes_no_form_until_there_is_room(new_trial, tmp_path):
    fault = "runtime folder full, then freed"
    with MemoryDisk(tmp_path / "full/runtime", megabytes=1) as disk:
        trial = new_trial(at=tmp_path / "full")
        trial.server.start()
        for _ in range(runs(1, 10)):
            people = trial.waiting(3)
            disk.fill(0)
            assert answer_to_form(trial) == 503
            # Whoever has their mail is counted all the same.
            assert [trial.press(person) for person in people] == [200] * 3
            disk.give_room()
            everybody_signs_and_is_counted(trial)
            trial.audit(fault)
        trial.server.kill()
    trial.figures.says(fault, "says 503 to forms, counts who has a mail")


def test_a_runtime_folder_that_is_lost_costs_waiting_mails_only(trial):
    """As after a reboot: the keys of the day and all mails that wait are gone."""
    fault = "runtime folder lost"
    for _ in range(runs(1, 10)):
        mailed = trial.waiting(4)
        trial.relay.stop()
        trial.signed(4)
        trial.server.kill()
        trial.installation.empty_runtime()
        trial.relay.start()
        trial.server.start()
        assert [trial.press(person) for person in mailed] == [200] * 4
        everybody_signs_and_is_counted(trial)
        trial.audit(fault)
    trial.figures.says(fault, "links go on working, who waited for a mail signs again")
