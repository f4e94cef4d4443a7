"""The machine's clock jumps while people sign: what was counted stays, and nobody counts twice."""

import time

import pytest

from clock import Clock
from faults.lots import runs
from faults.trial import Trial
from outcry import until

pytestmark = pytest.mark.timeout(1800)

FAULT = "clock jumps"
JUMPS = [{"days": 10}, {"days": -10}, {"days": 365 * 50}, {"days": -365 * 50}, {"hours": -7}]


def test_the_clock_may_jump_both_ways(new_trial, tmp_path):
    clock, trial = Clock(tmp_path), new_trial()
    trial.installation.environment |= clock.environment
    trial.server.start()
    for _ in range(runs(1, 5)):
        for jump in JUMPS:
            with trial.stream() as stream:
                stream.until(3, within=30)
                clock.go_on(**jump)
                stream.until(3, within=30)
            trial.audit(FAULT, thorough=False)
            # What starts at such a time tidies up at once.
            start_again(trial, is_behind=min(jump.values()) < 0)
            trial.audit(FAULT)
        twice_is_once(trial)
    trial.figures.says(
        FAULT, "counts on, starts only as told if the clock is behind its ledger; what has a day to "
        "live may have to be signed again")


def test_the_clock_may_run_backwards(new_trial, tmp_path):
    clock, trial = Clock(tmp_path), new_trial()
    trial.installation.environment |= clock.environment
    trial.server.start()
    with trial.stream() as stream:
        for _ in range(runs(10, 100)):
            clock.go_on(seconds=-2)
            time.sleep(0.2)
        stream.until(1, within=30)
    trial.audit(FAULT, thorough=False)
    # Two minutes are borne.
    start_again(trial, is_behind=runs(10, 100) == 100)
    trial.audit(FAULT)


def start_again(trial: Trial, is_behind: bool) -> None:
    """A ledger that was signed later than now is not gone on with, unless somebody says so."""
    trial.server.kill()
    if is_behind:
        trial.server.launch()
        assert trial.server.end(within=30) == 78
        assert "--trust-clock" in trial.server.log_text()
        trial.server.options = ["--trust-clock"]
    trial.server.start()
    trial.server.options = []


def twice_is_once(trial: Trial) -> None:
    """Whoever was counted before the jumps and signs again is not counted again."""
    with trial.stream(threads=0) as stream:
        person = next(person for person in trial.journal.people if person.must_be_there)
        mails = len(person.mails)
        stream.sign_again(person)
    until(lambda: len(person.mails) > mails, 30, "the second mail has come")
    assert trial.press(person) == 200 and person.already
    trial.audit(FAULT, thorough=False)
