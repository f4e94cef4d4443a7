"""What was done and what came of it: a row for each kind of fault, added up over all stories."""

import time
from dataclasses import dataclass, fields

from faults.audit import Findings
from faults.journal import Journal


@dataclass
class Row:
    """One kind of fault; from `lost` to `wrong` nothing but zeros is right."""

    fault: str
    runs: int = 0
    counted: int = 0
    """People who were told that they are."""
    unknown: int = 0
    """Presses that a fault left without an answer."""
    lost: int = 0
    twice: int = 0
    unasked: int = 0
    mailed_twice: int = 0
    readable: int = 0
    wrong: int = 0
    seconds: float = 0
    server: str = ""
    """What it did, as the story found it."""

    def __iadd__(self, other: "Row") -> "Row":
        for field in fields(self):
            if field.type in (int, float):
                total = getattr(self, field.name) + getattr(other, field.name)
                setattr(self, field.name, round(total, 1))
        self.server = other.server or self.server
        return self


class Figures:
    """Of one story."""

    def __init__(self):
        self.rows: dict[str, Row] = {}
        self._last = time.monotonic()
        self._seen: dict[Journal, tuple[int, int]] = {}

    def add(self, fault: str, journal: Journal, findings: Findings) -> None:
        """One more run of this fault, and what the audit after it found."""
        row = self._row(fault)
        row.runs += 1
        counted, unknown = self._seen.get(journal, (0, 0))
        self._seen[journal] = (journal.counted, journal.silences)
        row.counted += journal.counted - counted
        row.unknown += journal.silences - unknown
        for name, found in vars(findings).items():
            setattr(row, name, getattr(row, name) + len(found))
        now = time.monotonic()
        row.seconds += now - self._last
        self._last = now

    def says(self, fault: str, server: str) -> None:
        self._row(fault).server = server

    def _row(self, fault: str) -> Row:
        return self.rows.setdefault(fault, Row(fault))
