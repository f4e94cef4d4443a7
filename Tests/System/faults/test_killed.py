"""`kill -9` at any moment while people sign and confirm: what was said is true."""

import time

import pytest

from faults.lots import RUNS, lots

A_FOLDER = 50
"""Runs on one data folder: then a new one, so that each audit stays short."""

SCAN_EVERY = 10


@pytest.mark.timeout(3600)
def test_kill_9_at_any_moment_loses_nobody_who_was_counted(new_trial, progress):
    rng = lots("killed")
    silences = 0
    for run in progress.over(RUNS, "kill -9"):
        if run % A_FOLDER == 0:
            trial = new_trial()
            trial.server.start()
        with trial.stream() as stream:
            stream.until(rng.randint(1, 8), within=30)
            time.sleep(rng.uniform(0, 0.05))
            trial.server.kill()
        trial.server.start()
        is_last = run % A_FOLDER == A_FOLDER - 1 or run == RUNS - 1
        trial.audit("kill -9 under load", thorough=is_last or run % SCAN_EVERY == 0)
        if is_last:
            silences += trial.journal.silences
            trial.server.kill()
    assert silences > RUNS / 2, "the kills came when nobody was waiting: they prove nothing"
