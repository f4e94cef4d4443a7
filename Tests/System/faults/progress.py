"""Says on the terminal how far a long story has come, and how long it still takes."""

import sys
import time
from collections.abc import Iterator

import pytest

EVERY = 30
"""Seconds from one line to the next; a story that is shorter says nothing."""


class Progress:
    def __init__(self, config: pytest.Config):
        self._capture = config.pluginmanager.getplugin("capturemanager")

    def over(self, total: int, what: str) -> Iterator[int]:
        """Counts from 0, and says from time to time where it is."""
        started = said = time.monotonic()
        for done in range(total):
            now = time.monotonic()
            if now - said >= EVERY:
                said = now
                left = (now - started) / done * (total - done)
                self._say(f"  {what}: {done} of {total}, {left / 60:.1f} min left")
            yield done

    def _say(self, line: str) -> None:
        with self._capture.global_and_fixture_disabled():
            print(line, file=sys.stderr, flush=True)
