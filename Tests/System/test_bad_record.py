"""The keeper's computer is shown whatever somebody who holds the server could write: it says what
is wrong, opens the rest, obeys nothing and writes nowhere else."""

import csv
import io
import json
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest

import sealing
from outcry import COLUMNS, Keeper, Opened, Ran, example_as, open_export, run
from signing import counted, new_address

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "=cmd|'/c calc'!A1", "＝1+1", "＋1", "－1", "＠A",
            "  =1+1", "\t=1+1", "=HYPERLINK(\"http://evil.example\",\"x\")", "\"=1", ";=1", ",=1+1",
            "'=1", "=1\r\n=2"]

ESCAPES = [
    "Eve\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "Eve\x1b]0;owned\x07",
    "Eve\x1b[2J\x1b[H", "Eve\x1b[6n", "Eve\x9b31m\x9d0;owned\x9c", "Eve\x07\x08\x7f",
    "Eve\u202egnp.exe\u2066", "Eve\r\nrecord,of,another", "Eve\0nobody", "Eve\n\"=1+1\""]

COMMANDS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey."""


def pledge(name: str = "Eve", **fields: object) -> bytes:
    return json.dumps({
        "name": name, "show": "count", "lang": "en", "version": "0" * 64, "consent": "0" * 64,
        "day": "2017-09-23"} | fields).encode()


@pytest.fixture(scope="module")
def exported(site, tmp_path_factory) -> Path:
    """Three people in an action with messages, and what the server gives the keeper of them."""
    folder = example_as(tmp_path_factory.mktemp("actions"), "letters-2017",
                        ("action.yaml", "message: no", "message: yes"))
    assert site.server.installation.import_action(folder).succeeded
    for name in ("First", "Second", "Third"):
        counted(site.visitor(), site.relay, new_address(), name=name)
    return site.server.installation.export()


@pytest.fixture
def export(exported, tmp_path) -> "Export":
    return Export(exported, tmp_path)


class Export:
    """The file, with what somebody could make of it before the keeper gets it."""

    def __init__(self, file: Path, folder: Path):
        self.folder = folder
        self.lines = file.read_text().splitlines(keepends=True)
        self.head = json.loads(self.lines[0].split(" ", 1)[1])
        self.records = [line.split() for line in self.lines if line.startswith("record ")]
        self.first_sealed = urlsafe_b64decode(self.records[0][5] + "==")

    def line(self, sealed: bytes, **other: str) -> str:
        """A record like the first; another part of it where it is named."""
        _, record, day, flags, leaf, _ = self.records[0]
        parts = {"record": record, "day": day, "flags": flags, "leaf": leaf} | other
        text = urlsafe_b64encode(sealed).decode().rstrip("=")
        return f"record {' '.join(parts.values())} {text}\n"

    def forged(self, keeper: Keeper, text: bytes | None = None, inside: bytes | None = None,
               action: str | None = None, recipient: int = 0) -> str:
        """A record that does open, as whoever has the public key may make it: with this pledge,
        or with this in a pledge's place."""
        entry = json.loads(keeper.key_list.read_text())["keys"][self.head["key"] - 1]
        public = urlsafe_b64decode(entry["publicKey"] + "==")
        record, r, r2 = os.urandom(16), os.urandom(32), os.urandom(32)
        if inside is None:
            inside = sealing.plaintext(r, r2, text, 4096)
        sealed = sealing.seal(
            public, bytes.fromhex(action or self.head["action"]), record, recipient, inside)
        leaf = sealing.leaf(
            bytes.fromhex(self.head["action"]), r, sealing.pledge_hash(r2, text or b""))
        return self.line(sealed, record=record.hex(), leaf=leaf.hex())

    def having(self, *lines: str) -> Path:
        """With these records before the others, and counted."""
        count = len(self.records) + len(lines)
        return self.written([self.lines[0], *lines, *self.lines[1:-1], f"end {count}\n"])

    def with_head(self, **changes: object) -> Path:
        head = json.dumps(self.head | changes)
        return self.written([f"{self.lines[0].split(' ', 1)[0]} {head}\n", *self.lines[1:]])

    def written(self, lines: list[str]) -> Path:
        file = self.folder / "changed"
        file.write_text("".join(lines))
        return file


def check_reported(opened: Opened, count: int) -> None:
    """So many that do not open, each with a word; the others do."""
    assert opened.ran.code == 2, str(opened.ran)
    assert opened.names == ["First", "Second", "Third"]
    assert "Fatal" not in opened.ran.stderr
    *reports, _, summary = opened.ran.stderr.splitlines()
    assert len(reports) == count and summary.startswith(str(count)), opened.ran.stderr
    assert all(len(report) < 300 for report in reports)
    assert not COMMANDS.search("".join(reports)), ascii(opened.ran.stderr)


def number(index: int) -> str:
    """A record's name that no other record has."""
    return f"{index:032x}"


def test_the_file_as_it_is_opens_or_the_rest_proves_nothing(export, keeper):
    opened = open_export(export.having(export.forged(keeper, pledge())), keeper)
    assert opened.ran.succeeded, opened.ran
    assert opened.names == ["Eve", "First", "Second", "Third"], "ours opens as theirs do"


SEALED = {
    "nothing": lambda sealed: b"", "one byte": lambda sealed: b"O",
    "another suite": lambda sealed: sealed[:3] + b"\x01" + sealed[4:],
    "a suite that is to come": lambda sealed: sealed[:3] + b"\x03" + sealed[4:],
    "another mark": lambda sealed: b"OS2" + sealed[3:],
    "a key of nobody": lambda sealed: sealed[:4] + bytes(8) + sealed[12:],
    "no encapsulation": lambda sealed: sealed[:12] + bytes(1120) + sealed[1132:],
    "no text": lambda sealed: sealed[:1132], "half of it": lambda sealed: sealed[:len(sealed) // 2],
    "one byte less": lambda sealed: sealed[:-1], "one byte more": lambda sealed: sealed + b"\0",
    "one bit": lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
    "the same twice": lambda sealed: sealed * 2, "all ones": lambda sealed: b"\xff" * len(sealed),
    "ten megabytes": lambda sealed: sealed[:12] + bytes(10_000_000),
    "what is inside, bare": lambda sealed: bytes(4096),
    "what is inside of others, bare": lambda sealed: bytes(1536),
    "as it is, in another's place": lambda sealed: sealed,
}


def test_a_sealed_text_that_is_none_is_reported_and_the_rest_opens(export, keeper):
    lines = [export.line(change(export.first_sealed), record=number(index))
             for index, change in enumerate(SEALED.values())]
    check_reported(open_export(export.having(*lines), keeper), len(lines))


INSIDE = [b"", bytes(1), bytes(66), bytes(4096), bytes(1536), bytes(4097), bytes(2048),
          bytes(64) + b"\xff\xff" + bytes(4030), bytes(64) + b"\x0f\xbf" + bytes(4030)]

PLEDGES = [
    b"", b"hello", b"[]", b"17", b"null", b'{"show":"count"}', b"{}", b" " * 1_000, b"[" * 1_400,
    b'{"a":' * 700, pledge().replace(b'"Eve"', b"17"), pledge(show="everybody"),
    pledge().replace(b"Eve", b"\xff\xfe"), pledge()[:-10], pledge() + pledge(),
    pledge(name=["Eve"]), pledge(day=None)]


def test_what_opens_and_holds_no_pledge_is_reported(export, keeper):
    """Even where its sealing is perfect."""
    lines = [export.forged(keeper, b"", inside) for inside in INSIDE]
    lines += [export.forged(keeper, text) for text in PLEDGES]
    check_reported(open_export(export.having(*lines), keeper), len(lines))


def test_a_record_of_another_place_is_reported(export, keeper):
    """Of another action, of another recipient, with another leaf."""
    leaf = export.records[1][4]
    forged = export.forged(keeper, pledge()).split()
    lines = [export.forged(keeper, pledge(), action="0" * 32),
             export.forged(keeper, pledge(), recipient=1),
             f"{' '.join([*forged[:4], leaf, forged[5]])}\n"]
    check_reported(open_export(export.having(*lines), keeper), len(lines))


NAMES = ["../../../../tmp/outcry-was-here", "/etc/passwd", "..", "\x1b[2J", "0" * 31, "0" * 33,
         "0" * 100_000, "g" * 32, "-" * 32, "\u202e" + "0" * 31, "%2e%2e", "", "\0" * 32, "٠" * 32]


def test_a_record_s_name_is_no_path_and_no_command(export, keeper):
    lines = [export.line(export.first_sealed, record=name) for name in NAMES]
    lines += [export.line(export.first_sealed, record=number(index), **other)
              for index, other in enumerate((
                  {"flags": "256"}, {"flags": "-1"}, {"flags": "x"}, {"leaf": "zz"},
                  {"leaf": "0" * 62}, {"day": "\x1b[2J"}))]
    lines += ["record\n", "\n", "record " * 6 + "\n", "\x1b]0;owned\x07\n"]
    opened = open_export(export.having(*lines), keeper)
    check_reported(opened, len(lines))
    assert not Path("/tmp/outcry-was-here").exists()
    assert len([*export.folder.iterdir()]) == 2, "the export, and what was made of it"


def test_the_same_record_twice_is_reported(export, keeper):
    check_reported(open_export(export.having(export.lines[2]), keeper), 1)


HEADS = {
    "no head": lambda export: export.written(export.lines[1:]),
    "nothing": lambda export: export.written([]),
    "no JSON": lambda export: export.written(["outcry-export-1 {\n"]),
    "no action": lambda export: export.with_head(action="\x1b]0;owned\x07"),
    "a long line": lambda export: export.written(["outcry-export-1 " + "a" * 5_000_000]),
}


@pytest.mark.parametrize("what", HEADS)
def test_what_is_no_export_is_said_to_be_none(export, keeper, what):
    opened = open_export(HEADS[what](export), keeper)
    check_refused(opened.ran)
    assert opened.written is None


def test_a_head_that_speaks_to_the_terminal_is_not_heard(export, keeper):
    opened = open_export(export.with_head(title="Eve\x1b]0;owned\x07", slug="../../x"), keeper)
    assert not COMMANDS.search(opened.ran.stderr.replace("\n", "")), ascii(opened.ran.stderr)
    assert opened.names == ["First", "Second", "Third"]


@pytest.mark.parametrize("format", ["csv", "json"])
def test_a_name_that_commands_is_shown_as_text(export, keeper, format):
    lines = [export.forged(keeper, pledge(text, message=text, email=f"{text}@b.example",
                                          country=text, lang=text, version=text, day=text))
             for text in ESCAPES]
    opened = open_export(export.having(*lines), keeper, format=format)
    assert opened.ran.succeeded, opened.ran
    said = opened.ran.stdout + opened.ran.stderr
    assert "Eve" not in said and not COMMANDS.search(said.replace("\n", ""))
    written = opened.written.decode("utf-8-sig")
    # A table's line ends are its own, and stand outside its cells.
    assert not COMMANDS.search(written.replace("\r\n", "\n") if format == "csv" else written)
    assert len(opened.rows) == len(ESCAPES) + 3, "one line is one record"
    if format == "json":
        assert {*ESCAPES} <= {*opened.names}, "escaped, not lost"


def test_no_cell_of_a_forged_record_is_a_formula(export, keeper):
    lines = [export.forged(keeper, pledge(text, message=text, email=text, country=text, lang=text,
                                          version=text, day=text)) for text in FORMULAS]
    opened = open_export(export.having(*lines), keeper, format="csv")
    text = opened.written.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert len(rows) == len(FORMULAS) + 3 and list(rows[0]) == COLUMNS, "quoted as RFC 4180 says"
    for row in rows:
        for column, cell in row.items():
            assert not re.match(r" *[=+\-@\t\r\n＝＋－＠]", cell), (column, cell)


def check_refused(ran: Ran) -> None:
    """An end with words for a person, and not a fall."""
    assert ran.code not in (0, 2) and ran.code > 0, str(ran)
    assert ran.stderr.strip() and "Fatal error" not in ran.stderr, ran.stderr
    assert len(ran.stderr) < 2_000


BOOKS = {
    "nothing": lambda book: b"", "noise": lambda book: os.urandom(5_000),
    "half of it": lambda book: book[:len(book) // 2], "a list": lambda book: b"[]",
    "a format that is to come": lambda book: book.replace(b"-1\"", b"-9\""),
    "one letter of its keys": lambda book: re.sub(
        rb"([A-Za-z0-9_-]{60})[A-Z]", rb"\1a", book, count=1),
    "deep": lambda book: b"[" * 1_000_000, "null": lambda book: b"null",
    "no numbers": lambda book: re.sub(rb": ?\d+", b": \"x\"", book),
    "huge numbers": lambda book: re.sub(rb"(: ?)\d+", rb"\g<1>99999999999", book),
}


@pytest.mark.parametrize("what", BOOKS)
def test_a_key_book_that_was_damaged_is_said_to_be(export, keeper, what):
    """Also one that would ask for more work or memory than there is."""
    book = export.folder / "book"
    book.write_bytes(BOOKS[what](keeper.book.read_bytes()))
    opened = open_export(
        export.written(export.lines), Keeper(book, keeper.key_list, keeper.passphrase))
    check_refused(opened.ran)
    assert opened.written is None
    assert "passphrase" in opened.ran.stderr or "book" in opened.ran.stderr


@pytest.mark.parametrize("passphrase", ["", "\n", "wrong horse battery", "a" * 1_000_000],
                         ids=["none", "a line end", "words", "a million letters"])
def test_a_wrong_passphrase_is_said_to_be_and_not_shown(export, keeper, passphrase):
    file = export.folder / "passphrase"
    file.write_text(passphrase)
    opened = open_export(
        export.written(export.lines), Keeper(keeper.book, keeper.key_list, file))
    check_refused(opened.ran)
    assert opened.written is None
    assert "passphrase" in opened.ran.stderr
    assert not passphrase.strip() or passphrase not in opened.ran.stderr


def test_what_is_not_there_is_said_not_to_be(export, keeper):
    missing = export.folder / "nowhere"
    for wrong in (Keeper(missing, keeper.key_list, keeper.passphrase),
                  Keeper(keeper.book, keeper.key_list, missing)):
        check_refused(open_export(export.written(export.lines), wrong).ran)
    ran = run("open", "--book", keeper.book, "--passphrase-file", keeper.passphrase,
              "--in", export.written(export.lines), "--out", missing / "deeper" / "out")
    check_refused(ran)
    assert not missing.exists()
