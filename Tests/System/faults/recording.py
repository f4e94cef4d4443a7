"""Every write and sync of the database's files, and what a disk may hold if the power goes at any
of them: what was synced, and of what was not any part, in any order, torn at every 512 bytes."""

import random
import re
from dataclasses import dataclass
from pathlib import Path

SECTOR = 512
CALL = re.compile(
    r"^(?P<thread>\d+) +(?P<time>\d+\.\d+) (?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<call>\w+)\()"
    r"(?P<rest>.*)$")
FILE = re.compile(r"\d+<([^>]*)>")
DATA = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')

OPTIONS = ["-ttt", "-y", "-xx", "-s", "8192", "-e",
           "trace=pwrite64,fdatasync,fsync,ftruncate"]


@dataclass
class Event:
    """A call that has succeeded; a write has data, a cut has a length, a sync has neither."""

    began: float
    file: str
    at: int = 0
    data: bytes | None = None
    length: int | None = None

    @property
    def is_sync(self) -> bool:
        return self.data is None and self.length is None


def read(log: Path) -> list[Event]:
    """In the order in which they ended: the files of one database have one writer at a time."""
    events: list[Event] = []
    begun: dict[str, tuple[float, str]] = {}
    for line in log.read_text(errors="replace").splitlines():
        found = CALL.match(line)
        if not found:
            continue
        call, began, rest = found["call"], float(found["time"]), found["rest"]
        if found["resumed"]:
            began, head = begun.pop(found["thread"])
            call, rest = found["resumed"], head + rest
        elif rest.endswith("<unfinished ...>"):
            begun[found["thread"]] = (began, rest.removesuffix("<unfinished ...>"))
            continue
        if not re.search(r"= -1|= \?", rest):
            events.append(_event(call, began, rest))
    return events


def _event(call: str, began: float, rest: str) -> Event:
    event = Event(began, _plain(FILE.search(rest)[1]))
    numbers = re.findall(r"\b(\d+)\b", DATA.sub("", FILE.sub("", rest)))
    if call == "pwrite64":
        event.data = bytes.fromhex(DATA.search(rest)[1].replace("\\x", ""))
        size, event.at = int(numbers[0]), int(numbers[1])
        assert len(event.data) == size, f"the trace shows {len(event.data)} of {size} bytes"
    elif call == "ftruncate":
        event.length = int(numbers[0])
    return event


def _plain(path: str) -> str:
    if "\\x" in path:
        path = bytes.fromhex(path.replace("\\x", "")).decode()
    return Path(path).name


@dataclass
class Disk:
    """The database's files as they were before the first event, and what became of them."""

    before: dict[str, bytes]
    events: list[Event]

    def without_power_at(self, cut: int, rng: random.Random) -> dict[str, bytes]:
        """What may be found of each file when the power goes as this event begins."""
        how = rng.choice(["all", "nothing", "some", "torn"])
        files = {name: bytearray(content) for name, content in self.before.items()}
        for name in {event.file for event in self.events} - {""}:
            mine = [event for event in self.events[:cut] if event.file == name]
            synced = max((i + 1 for i, event in enumerate(mine) if event.is_sync), default=0)
            content = files.setdefault(name, bytearray())
            early, late = ([event for event in part if not event.is_sync]
                           for part in (mine[:synced], mine[synced:]))
            for event in early:
                _apply(content, event)
            if how in ("some", "torn"):
                late = [event for event in late if rng.random() < 0.5]
                rng.shuffle(late)
            for event in late if how != "nothing" else []:
                _apply(content, event, rng if how == "torn" else None)
        return {name: bytes(content) for name, content in files.items()}


def _apply(content: bytearray, event: Event, tears: random.Random | None = None) -> None:
    if event.length is not None:
        _cut(content, event.length)
        return
    for start in range(0, len(event.data), SECTOR):
        if tears and tears.random() < 0.3:
            continue
        piece = event.data[start:start + SECTOR]
        end = event.at + start + len(piece)
        if end > len(content):
            _cut(content, end)
        content[event.at + start:end] = piece


def _cut(content: bytearray, length: int) -> None:
    del content[length:]
    content.extend(bytes(length - len(content)))
