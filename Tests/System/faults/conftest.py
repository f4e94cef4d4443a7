"""What the stories of this folder have in common."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict
from itertools import count
from pathlib import Path

import pytest

from faults.figures import Figures
from faults.plugin import PROPERTY
from faults.progress import Progress
from faults.records import Reader
from faults.trial import Trial, Trials
from relay import Relay


@pytest.fixture(scope="session")
def reader(keepers) -> Reader:
    return Reader(keepers["first"])


@pytest.fixture
def progress(request) -> Progress:
    return Progress(request.config)


@pytest.fixture
def figures(request) -> Iterator[Figures]:
    figures = Figures()
    yield figures
    request.node.user_properties += [(PROPERTY, asdict(row)) for row in figures.rows.values()]


@pytest.fixture
def new_trial(tmp_path: Path, keeper, reader, figures) -> Iterator[Trials]:
    """Makes one installation after another, each with a relay and a journal of its own."""
    numbers = count(1)
    with ExitStack() as stack:
        def make(at: Path | None = None) -> Trial:
            folder = at or tmp_path / f"trial-{next(numbers)}"
            relay = stack.enter_context(Relay())
            return stack.enter_context(Trial(folder, relay, keeper, reader, figures))
        yield make
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def trial(new_trial) -> Trial:
    """A server that runs, with nobody counted yet."""
    trial = new_trial()
    trial.server.start()
    return trial
