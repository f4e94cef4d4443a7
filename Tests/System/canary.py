"""Looks for canaries: texts that no file may hold, in whatever form they were written.

Found are: UTF-8 and UTF-16 (both byte orders), in any mixture of upper and lower case; those in
base64 (both alphabets, at each of the three alignments, also wrapped) and in hexadecimal (both
cases); quoted-printable (also with soft line ends inside, also as in headers), percent and form
encoding (whichever characters they encode, both cases), JSON \\u escapes and HTML references.
File names are read too. The memory of the process is not.
"""

import html
import quopri
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes


CODECS = {"UTF-8": "utf-8", "UTF-16LE": "utf-16-le", "UTF-16BE": "utf-16-be"}


@dataclass(frozen=True)
class Hit:
    place: str
    canary: str
    encoding: str


class Scanner:
    """Knows its canaries in all encodings; scans bytes, files and folders for them.

    `texts` are looked for as a person may read them, `secrets` (by name) as bytes only.
    """

    def __init__(self, texts: list[str] = [], secrets: dict[str, bytes] = {}):
        assert all(len(text) >= 6 for text in texts), "too short: it would be found by chance"
        self._plain = {(text, "UTF-8", text.lower().encode()) for text in texts}
        spelled = {(text, name, spelling.encode(codec)) for text in texts
                   for spelling in (text, text.lower(), text.upper())
                   for name, codec in CODECS.items()}
        spelled |= {(name, "bytes", secret) for name, secret in secrets.items()}
        self._coded = {(canary, f"{coding} of {name}", coded) for canary, name, data in spelled
                       for coding, coded in _codings(data)}
        self._any = spelled | self._coded

    def in_bytes(self, data: bytes, place: str = "") -> set[Hit]:
        """Every canary in the bytes as they are, and as a reader would see them who undoes an
        encoding."""
        hits = _hits(place, self._any, data)
        hits |= _hits(place, self._plain, data.lower(), "in mixed case")
        hits |= _hits(place, self._coded, re.sub(rb"[\r\n]+[ \t]*", b"", data), "wrapped")
        for reading, text in _readings(data):
            hits |= _hits(place, self._plain, text.lower(), reading)
        return hits

    def in_folders(self, *roots: Path) -> set[Hit]:
        hits = set()
        for path in _files(*roots):
            hits |= self.in_bytes(str(path).encode(errors="surrogateescape"), f"name of {path}")
            if path.is_file():
                with suppress(FileNotFoundError):  # a running server removes files too
                    hits |= self.in_bytes(path.read_bytes(), str(path))
        return hits


def _hits(
    place: str, patterns: set[tuple[str, str, bytes]], data: bytes, reading: str = ""
) -> set[Hit]:
    return {Hit(place, canary, f"{encoding} {reading}".strip())
            for canary, encoding, pattern in patterns if pattern in data}


def _files(*roots: Path) -> Iterator[Path]:
    for root in roots:
        assert root.exists(), f"{root} is to be scanned but is not there"
        yield root
        if root.is_dir():
            yield from sorted(root.rglob("*"))


def _codings(data: bytes) -> Iterator[tuple[str, bytes]]:
    yield "hex", data.hex().encode()
    yield "upper-case hex", data.hex().upper().encode()
    for alphabet, encode in (("base64", b64encode), ("base64url", urlsafe_b64encode)):
        for before in range(3):
            yield f"{alphabet}, shifted by {before},", _core(encode, data, before)


def _core(encode, data: bytes, before: int) -> bytes:
    """What base64 makes of `data` wherever it stands, less the ends that depend on neighbours."""
    encoded = encode(bytes(before) + data)
    first = -(-before * 8 // 6)
    whole = (before + len(data)) * 8 // 6
    return encoded[first:whole]


def _readings(data: bytes) -> Iterator[tuple[str, bytes]]:
    if b"=" in data:
        yield "in quoted-printable", quopri.decodestring(data)
        yield "in an encoded header", quopri.decodestring(data, header=True)
    if b"%" in data:
        yield "in percent encoding", unquote_to_bytes(data)
    if b"+" in data:
        yield "in form encoding", unquote_to_bytes(data.replace(b"+", b" "))
    if b"\\u" in data:
        yield "in JSON escapes", re.sub(rb"(?:\\u[0-9a-fA-F]{4})+", _unescaped, data)
    if b"&" in data:
        text = html.unescape(data.decode(errors="surrogateescape"))
        yield "in HTML", text.encode(errors="surrogateescape")


def _unescaped(run: re.Match) -> bytes:
    units = bytes.fromhex(run[0].replace(b"\\u", b"").decode())
    return units.decode("utf-16-be", "replace").encode()
