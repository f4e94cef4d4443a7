"""Adds up what the stories of faults found, whichever worker told them, and says it in the end."""

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path

from faults.figures import Row
from faults.lots import IS_LONG, RUNS, SEED

OUTPUT = Path(__file__).resolve().parents[1] / "output"
PROPERTY = "fault"

_began = datetime.now(UTC)
_rows: dict[str, Row] = {}


def pytest_runtest_logreport(report) -> None:
    if report.when == "teardown":
        for name, value in report.user_properties:
            if name == PROPERTY:
                row = _rows.setdefault(value["fault"], Row(value["fault"]))
                row += Row(**value)


def pytest_terminal_summary(terminalreporter) -> None:
    if not _rows:
        return
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "faults.json").write_text(json.dumps({
        "began": _began.isoformat(timespec="seconds"), "kills": RUNS, "seed": SEED,
        "faults": [asdict(row) for row in _rows.values()],
    }, indent=1) + "\n")
    form = "the long form" if IS_LONG else "the short form"
    terminalreporter.section(f"faults: {form}, seed {SEED}; figures in {OUTPUT / 'faults.json'}")
    for line in _table():
        terminalreporter.write_line(line)


def _table() -> list[str]:
    numbers = [field.name for field in fields(Row) if field.type is int]
    widest = max(len(fault) for fault in _rows)
    lines = [" " * widest + "".join(f"{name.split('_')[0]:>9}" for name in numbers)]
    lines += [row.fault.ljust(widest) + "".join(f"{getattr(row, name):9}" for name in numbers)
              for row in _rows.values()]
    return lines
