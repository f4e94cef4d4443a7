"""SQLite's write-ahead log, frame by frame: where a test does harm to it.

From https://sqlite.org/fileformat2.html#walformat. A frame is 24 bytes and a page; the second
number of its head is not zero where a transaction ends.
"""

from dataclasses import dataclass
from pathlib import Path

HEAD, FRAME_HEAD = 32, 24


@dataclass
class Span:
    """One transaction: its bytes in the file."""

    start: int
    end: int


def transactions(log: Path) -> list[Span]:
    """Those of the log's present round, in the order in which they were committed."""
    data = log.read_bytes()
    size = int.from_bytes(data[8:12], "big") + FRAME_HEAD
    salts, spans, start = data[16:24], [], HEAD
    for at in range(HEAD, len(data) - size + 1, size):
        if data[at + 8:at + 16] != salts:
            break
        if int.from_bytes(data[at + 4:at + 8], "big"):
            spans.append(Span(start, at + size))
            start = at + size
    return spans


def flip(file: Path, byte: int, bit: int) -> None:
    with file.open("r+b") as content:
        content.seek(byte)
        old = content.read(1)[0]
        content.seek(byte)
        content.write(bytes([old ^ (1 << bit)]))
