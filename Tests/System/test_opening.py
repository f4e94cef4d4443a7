"""The keeper's side: export on the server, open offline, and whatever is wrong with either."""

import json
import os
import pty
import re
import shutil
import stat
import subprocess
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest

import sealing
from conftest import set_up
from outcry import (
    BINARY, COLUMNS, EXAMPLE, Installation, Keeper, Opened, Server, base_environment,
    open_export, run)
from signing import counted, new_address
from web import Visitor

NAMES = ["Leyla Məmmədova", "O'Brien", "محمد", "=cmd|' /C calc'!A0", "@SUM(1+1)", "-2+3",
         "+994 50", "Zoë, \"the\" Second", "Robert\x1b]0;owned\x07\x1b[2J Escape\x9b31m"]

COMMANDS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey: control characters and marks that turn the direction."""


@pytest.fixture
def signed(server, relay) -> Installation:
    """The names above are counted; the first asked for updates and wrote a message."""
    for index, name in enumerate(NAMES):
        fields = {"updates": "yes", "country": "AZ", "show": "target", "message": "=1+1"}
        counted(Visitor(server.port), relay, new_address(), name=name,
                **(fields if index == 0 else {}))
    return server.installation


def with_record(export: Path, sealed: bytes, leaf: bytes | None = None) -> Path:
    """The export with another sealed text (and leaf) in its first record's place."""
    lines = export.read_text().splitlines(keepends=True)
    kind, record, day, flags, old_leaf, _ = lines[1].split()
    new_leaf = leaf.hex() if leaf else old_leaf
    text = urlsafe_b64encode(sealed).decode().rstrip("=")
    lines[1] = f"{kind} {record} {day} {flags} {new_leaf} {text}\n"
    changed = export.with_name(f"changed-{export.name}")
    changed.write_text("".join(lines))
    return changed


def first_record(export: Path) -> tuple[bytes, bytes]:
    """Its id and its sealed text."""
    _, record, _, _, _, sealed = export.read_text().splitlines()[1].split()
    return bytes.fromhex(record), urlsafe_b64decode(sealed + "==")


def tampered(export: Path, where: int) -> Path:
    """One bit of the first record turned, at this byte of its sealed text."""
    sealed = bytearray(first_record(export)[1])
    sealed[where] ^= 1
    return with_record(export, bytes(sealed))


def cleaned(name: str) -> str:
    """As the form takes it: a control character is a space."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", name).strip()


def test_the_table_for_spreadsheets_lists_everybody(signed, keeper):
    opened = open_export(signed.export(), keeper, format="csv")
    assert opened.ran.succeeded, str(opened.ran)
    assert opened.written.startswith(b"\xef\xbb\xbf"), "spreadsheets need the byte order mark"
    rows = opened.rows
    assert list(rows[0]) == COLUMNS
    assert len(rows) == len(NAMES) == len({row["record"] for row in rows})
    [first] = [row for row in rows if row["name"] == NAMES[0]]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", first["day"])
    assert (first["country"], first["language"], first["show"]) == ("AZ", "en", "target")
    others = [row for row in rows if row is not first]
    assert {(row["show"], row["country"], row["email"]) for row in others} == {("count", "", "")}
    assert "@" in first["email"]
    assert {row["updates"] for row in others}.isdisjoint({first["updates"]})
    assert re.fullmatch("[0-9a-f]{64}", first["version"])


def test_no_cell_is_a_formula(signed, keeper):
    opened = open_export(signed.export(), keeper, format="csv")
    for row in opened.rows:
        for column, cell in row.items():
            assert not re.match(r"[=+\-@\t\r\n]", cell), f"{column}: {cell!r}"
    names = {row["name"] for row in opened.rows}
    assert {"'=cmd|' /C calc'!A0", "'@SUM(1+1)", "'-2+3", "'+994 50"} <= names
    assert {"O'Brien", 'Zoë, "the" Second'} <= names


def test_json_gives_the_names_as_they_are(signed, keeper):
    opened = open_export(signed.export(), keeper, format="json")
    assert opened.ran.succeeded, str(opened.ran)
    assert set(opened.rows[0]) == set(COLUMNS)
    assert opened.names == sorted(cleaned(name) for name in NAMES)


@pytest.mark.parametrize("format", ["csv", "json"])
def test_a_forged_record_cannot_speak_to_the_terminal_either(signed, keeper, format):
    """Whoever holds the server can seal what the form would never take."""
    name = "Eve\x1b]0;owned\x07\x9b31m\u202egnitset\u202c =1+1"
    export, out = forged(signed.export(), keeper, name), signed.folder / f"opened.{format}"
    shown = in_a_terminal(
        "open", "--book", keeper.book, "--passphrase-file", keeper.passphrase, "--in", export,
        "--out", out, "--format", format)
    assert b"Eve" not in shown
    written = out.read_text(encoding="utf-8-sig")
    assert "Eve" in written, "it did open"
    assert not COMMANDS.search(written)
    if format == "json":
        assert name in [row["name"] for row in json.loads(written)], "escaped, not lost"


def forged(export: Path, keeper: Keeper, name: str) -> Path:
    """The first record's pledge is another one, sealed by `sealing.py` with the public key."""
    head = json.loads(export.read_text().splitlines()[0].split(" ", 1)[1])
    entry = json.loads(keeper.key_list.read_text())["keys"][head["key"] - 1]
    public = urlsafe_b64decode(entry["publicKey"] + "==")
    action, r, r2 = bytes.fromhex(head["action"]), os.urandom(32), os.urandom(32)
    pledge = json.dumps({
        "name": name, "show": "count", "lang": "en", "version": "0" * 64, "consent": "0" * 64,
        "day": "2017-09-23"}).encode()
    record, _ = first_record(export)
    text = sealing.plaintext(r, r2, pledge, 1536)
    return with_record(
        export, sealing.seal(public, action, record, 0, text),
        sealing.leaf(action, r, sealing.pledge_hash(r2, pledge)))


@pytest.mark.parametrize("format", ["csv", "json"])
def test_nothing_that_a_terminal_would_obey_is_printed_or_written(signed, keeper, format):
    """Run in a terminal of its own, as the keeper would."""
    export, out = signed.export(), signed.folder / f"opened.{format}"
    shown = in_a_terminal(
        "open", "--book", keeper.book, "--passphrase-file", keeper.passphrase, "--in", export,
        "--out", out, "--format", format)
    assert b"\x1b]" not in shown and b"\x07" not in shown and b"\x1b[2J" not in shown
    for name in NAMES:
        assert cleaned(name).split()[0].encode() not in shown, "names are not for the screen"
    written = out.read_text(encoding="utf-8-sig")
    assert not COMMANDS.search(written)


def in_a_terminal(*arguments: object) -> bytes:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BINARY, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs,
        env=base_environment() | {"TERM": "xterm"})
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # Linux says so when the other side has closed
        pass
    os.close(ours)
    assert process.wait(timeout=120) == 0, shown.decode(errors="replace")
    return shown


@pytest.mark.parametrize("where", [0, 3, 4, sealing.HEAD, sealing.HEAD + 1120, -1])
def test_a_tampered_record_is_reported_and_the_rest_opens(signed, keeper, where):
    """In its mark, its suite, its key's number, its encapsulation, its text, its tag."""
    export = signed.export()
    everybody = open_export(export, keeper).names
    check_all_but_one(open_export(tampered(export, where), keeper), everybody)


@pytest.mark.parametrize("length", [0, 11, 1000, 2683])
def test_a_truncated_record_is_reported_and_the_rest_opens(signed, keeper, length):
    export = signed.export()
    everybody = open_export(export, keeper).names
    shortened = with_record(export, first_record(export)[1][:length])
    check_all_but_one(open_export(shortened, keeper), everybody)


def test_an_export_that_was_cut_off_is_reported_and_the_rest_opens(signed, keeper):
    export = signed.export()
    everybody = open_export(export, keeper).names
    text = export.read_text()
    cut = export.with_name("cut")
    cut.write_text(text[:text.rindex("record ") + 2000])
    check_all_but_one(open_export(cut, keeper), everybody)


def check_all_but_one(opened: Opened, everybody: list[str]) -> None:
    assert not opened.ran.succeeded, "the keeper's script must notice"
    assert len(opened.names) == len(everybody) - 1
    assert set(opened.names) < set(everybody)
    assert opened.ran.stderr.strip(), "it says what did not open"


def test_a_wrong_key_book_opens_nothing_and_says_so(signed, keepers):
    opened = open_export(signed.export(), keepers["stranger"])
    assert not opened.ran.succeeded
    assert "key" in opened.ran.stderr.lower()
    for name in NAMES:
        assert cleaned(name).encode() not in (opened.written or b"")


def test_a_wrong_passphrase_opens_nothing(signed, keeper, keepers):
    mixed = Keeper(keeper.book, keeper.key_list, keepers["stranger"].passphrase)
    opened = open_export(signed.export(), mixed)
    assert not opened.ran.succeeded
    assert "passphrase" in opened.ran.stderr.lower()
    assert opened.written is None


def test_an_existing_file_is_not_overwritten_by_a_new_book(keeper, tmp_path):
    before = keeper.book.read_bytes()
    ran = run("keys", "new", "--count", 1, "--book", keeper.book, "--list", tmp_path / "list",
              "--passphrase-file", tmp_path / "passphrase")
    assert not ran.succeeded
    assert keeper.book.read_bytes() == before


def test_book_and_passphrase_are_for_their_owner_only(keeper):
    for private in (keeper.book, keeper.passphrase):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    words = re.split(r"[\s-]+", keeper.passphrase.read_text().strip())
    assert len(words) == 7, "seven words when nobody chose any"
    assert len(set(words)) > 3


def test_two_keepers_are_both_needed(tmp_path, relay, keepers):
    first, second = keepers["first"], keepers["second"]
    with Server(set_up(tmp_path, relay, first, second)) as server:
        counted(Visitor(server.port), relay, new_address(), name="Leyla Hasan")
        export = server.installation.export()
    for alone in (first, second):
        opened = open_export(export, alone)
        assert not opened.ran.succeeded
        assert b"Leyla Hasan" not in (opened.written or b"")
    opened = open_export(export, first, second)
    assert opened.ran.succeeded, str(opened.ran)
    assert opened.names == ["Leyla Hasan"]
    assert open_export(export, second, first).names == ["Leyla Hasan"], "in either order"


def test_the_server_never_takes_a_key_book(tmp_path, keeper):
    """It holds the private keys; only the list may come near a server."""
    installation = Installation(tmp_path)
    ran = installation.run(
        "init", "--data", installation.data, "--organisation", "Example Rights Network",
        "--origin", installation.origin, "--key-list", keeper.book)
    assert not ran.succeeded
    assert "private" in ran.stderr and "key list" in ran.stderr, ran.stderr
    kept = [path for path in tmp_path.rglob("*")
            if path.is_file() and keeper.book.read_bytes()[-64:] in path.read_bytes()]
    assert not kept
    assert installation.init(keeper).succeeded, "the refusal left nothing in the way"


def test_no_action_opens_without_a_key_of_its_own(tmp_path, keepers):
    """One key in the list: the second action stays shut."""
    installation = Installation(tmp_path)
    assert installation.init(keepers["lone"]).succeeded
    assert installation.import_action().succeeded
    refused = installation.import_action(another_action(tmp_path))
    assert not refused.succeeded
    assert "key" in refused.stderr.lower()
    listed = installation.run("action", "list", "--data", installation.data).stdout
    assert not re.search(r"baku-again\W.*\bopen\b", listed), listed


def another_action(folder: Path) -> Path:
    copy = folder / "baku-again"
    shutil.copytree(EXAMPLE, copy)
    facts = copy / "action.yaml"
    facts.write_text(facts.read_text().replace("baku-2017", "baku-again"))
    return copy
