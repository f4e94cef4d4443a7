"""SIGTERM, as at every restart: whoever was already waiting gets a true answer first."""

import threading
import time

from faults.calls import traced
from faults.lots import lots, runs
from faults.needs import needs
from faults.stream import press
from outcry import until

FAULT = "SIGTERM with requests in flight"
SLOW = ["-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=700000"]
"""Each commit takes 0.7 s: enough to be asked to end in its middle."""


@needs("strace")
def test_whoever_waits_for_a_commit_is_told_the_truth_before_the_end(trial, tmp_path):
    for _ in range(runs(1, 8)):
        trial.count(1)
        people = trial.waiting(8)
        answers: list[int] = []

        def confirm(person) -> None:
            answers.append(press(trial.visitor(), trial.journal, person).status)

        threads = [threading.Thread(target=confirm, args=(person,)) for person in people]
        with traced(trial.server, tmp_path / "trace", *SLOW):
            for thread in threads:
                thread.start()
            until(lambda: trial.bytes_unread() == 0, 10, "the server has read what was sent")
            time.sleep(0.2)
            assert not answers, "the commit was to take longer"
            trial.server.ask_to_end()
            for thread in threads:
                thread.join(timeout=30)
            assert trial.server.end(within=30) == 0
        assert answers == [200] * len(people)
        assert all(person.codes for person in people)
        trial.server.start()
        trial.audit(FAULT)


def test_asked_to_end_at_any_moment_it_ends_well(trial):
    rng = lots("asked to end")
    for _ in range(runs(3, 50)):
        with trial.stream() as stream:
            stream.until(rng.randint(1, 10), within=30)
            trial.server.ask_to_end()
            assert trial.server.end(within=30) == 0, trial.server.log_text()
        trial.server.start()
        trial.audit(FAULT, thorough=False)
        unheard = [person.name for person in trial.journal.people
                   if person.unknown and not person.is_counted]
        assert not trial.auditor.present.keys() & unheard, "counted, and not told so"
    trial.figures.says(FAULT, "answers whoever waits, then ends with 0")
