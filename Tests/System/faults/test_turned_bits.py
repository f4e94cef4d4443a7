"""What a disk gives back is not what was written: a log that is cut or has other bits, a database
with other bits. Nobody is told a number as right that is not."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from faults.audit import Findings
from faults.journal import Person
from faults.log_file import flip, transactions
from faults.lots import lots, runs
from faults.trial import Trial
from outcry import until

pytestmark = pytest.mark.timeout(3600)

COUNTED = 6
SAYS = "log is damaged"


class Stopped:
    """A server that was killed with so many counted, one commit each, none yet in the database's
    own file; every harm is done to these files anew."""

    def __init__(self, trial: Trial, keep: Path):
        self.trial, self._keep = trial, keep
        self.file = trial.installation.data / "outcry.sqlite"
        self.log = self.file.with_name("outcry.sqlite-wal")
        self.people: list[Person] = []
        for person in trial.waiting(COUNTED):
            assert trial.press(person) == 200
            self.people.append(person)
        trial.server.kill()
        self.commits = transactions(self.log)
        self.keep_this()

    def keep_this(self) -> None:
        shutil.rmtree(self._keep, ignore_errors=True)
        shutil.copytree(self.trial.installation.data, self._keep)

    def restore(self) -> None:
        if self.trial.server.is_running:
            self.trial.server.kill()
        shutil.rmtree(self.trial.installation.data)
        shutil.copytree(self._keep, self.trial.installation.data)

    def starts(self) -> bool:
        """Whether it serves, rather than to end at once."""
        server = self.trial.server
        server.launch()
        until(lambda: server.code is not None or server.is_ready, 60, "it serves or ends")
        return server.code is None

    def said(self) -> str:
        return self.trial.server.log_text()[-2000:]


@pytest.fixture
def stopped(trial, tmp_path) -> Stopped:
    return Stopped(trial, tmp_path / "keep")


def test_a_log_that_is_cut_in_its_last_commit_loses_no_more_than_that(stopped, progress):
    """Which is what a commit looks like that was not finished: nobody could tell them apart."""
    rng, fault = lots("cut"), "log cut inside its last commit"
    last = stopped.commits[-1]
    for _ in progress.over(runs(4, 40), fault):
        stopped.restore()
        with stopped.log.open("r+b") as log:
            log.truncate(rng.randrange(last.start + 1, last.end))
        assert stopped.starts(), stopped.said()
        all_but_the_last_are_there(stopped, fault)
    stopped.trial.figures.says(fault, "starts without that commit, whole and in order otherwise")


def test_a_bit_that_turns_in_the_last_commit_loses_no_more_than_that(stopped, progress):
    rng, fault = lots("last"), "bit turned in the log's last commit"
    last = stopped.commits[-1]
    for _ in progress.over(runs(4, 40), fault):
        stopped.restore()
        flip(stopped.log, rng.randrange(last.start, last.end), rng.randrange(8))
        assert stopped.starts(), stopped.said()
        all_but_the_last_are_there(stopped, fault)
    stopped.trial.figures.says(fault, "starts without that commit, whole and in order otherwise")


def all_but_the_last_are_there(stopped: Stopped, fault: str) -> None:
    """The last one's answer cannot be kept; for the audit it is as if they had had none."""
    last = stopped.people[-1]
    codes, last.codes, last.unknown = last.codes, set(), True
    stopped.trial.audit(fault, thorough=False)
    last.codes = codes


def test_a_bit_that_turns_in_an_earlier_commit_is_noticed(stopped, progress):
    """SQLite would forget all that came after it, without a word."""
    rng, fault = lots("earlier"), "bit turned in the log before its last commit"
    end = stopped.commits[-2].start
    for run in progress.over(runs(6, 40), fault):
        stopped.restore()
        flip(stopped.log, run if run < 4 else rng.randrange(end), rng.randrange(8))
        assert not stopped.starts() and SAYS in stopped.said(), stopped.said()
        checked = stopped.trial.auditor.check()
        assert not checked.succeeded and SAYS in checked.stderr, str(checked)
        stopped.restore()
        assert stopped.starts()
        stopped.trial.audit(fault, thorough=False)
    stopped.trial.figures.says(fault, "does not start, and says what to do")


def test_a_lost_index_of_the_log_is_made_anew(stopped):
    fault = "the log's index lost or with other bits"
    rng = lots("index")
    index = stopped.file.with_name("outcry.sqlite-shm")
    for run in range(runs(2, 10)):
        stopped.restore()
        if run == 0:
            index.unlink()
        else:
            flip(index, rng.randrange(136), rng.randrange(8))
        assert stopped.starts()
        stopped.trial.audit(fault, thorough=False)
    stopped.trial.figures.says(fault, "makes it anew, nothing is lost")


def test_a_bit_that_turns_in_the_database_is_never_a_wrong_number_said_as_right(
    stopped, progress
):
    rng, fault = lots("database"), "bit turned in the database's file"
    outcomes: Counter = Counter()
    stopped.restore()
    assert stopped.starts()
    stopped.trial.server.stop()
    stopped.keep_this()
    for _ in progress.over(runs(6, 150), fault):
        stopped.restore()
        flip(stopped.file, rng.randrange(stopped.file.stat().st_size), rng.randrange(8))
        outcomes[outcome(stopped, fault)] += 1
    stopped.trial.figures.says(fault, ", ".join(
        f"{what}: {times}" for what, times in outcomes.most_common()))


def outcome(stopped: Stopped, fault: str) -> str:
    """Who notices; nobody has to where nothing is wrong."""
    trial = stopped.trial
    who = "does not start"
    if stopped.starts():
        who = "outcry check says so"
        if trial.auditor.check().succeeded:
            try:
                trial.audit(fault, thorough=False)
                return "nothing is wrong"
            except (InvalidTag, ValueError):
                who = "the keeper notices"
    trial.figures.add(fault, trial.journal, Findings())
    return who
