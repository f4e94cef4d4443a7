"""The public ledger of a running server: never contradicted, never shorter, whatever happens to the
process, and the number on every page is the one that anybody can recount from it."""

import json
import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPException
from pathlib import Path

import pytest

import independent
import ledger
from hostile import Site, send_raw
from outcry import SLUG, Installation, Server, example_as, until
from relay import Relay
from signing import (
    ACTION, COUNT, confirm_by_link, counted, new_address, newest_mail, number, number_becomes,
    number_now, open_link, sign, withdraw, withdrawal_code)
from web import Visitor

LOG = f"/actions/{SLUG}/log"
OTHER = "other-2018"


def published(installation: Installation) -> Path:
    return installation.data / "ledger" / SLUG


class Copy:
    """A log as it lies in a folder, read without any code of Outcry's."""

    def __init__(self, folder: Path):
        text = (folder / "checkpoint").read_text()
        self.origin, size, self.root = text.split("\n")[:3]
        self.size = int(size)
        self.tree, self.entries = ledger.Tree(), []
        for place in range(-(-self.size // ledger.WIDTH)):
            width = min(ledger.WIDTH, self.size - place * ledger.WIDTH)
            bundle = (folder / ledger.tile_path("entries", place, width)).read_bytes()
            assert len(bundle) == width * 68
            for start in range(0, len(bundle), 68):
                assert bundle[start:start + 2] == b"\x00\x42"
                self.entries.append(bundle[start + 2:start + 68])
                self.tree.append(self.entries[-1])
        assert ledger.base64(self.tree.root()) == self.root

    def kinds(self) -> list[int]:
        return [entry[1] for entry in self.entries]

    @property
    def number(self) -> int:
        """By the rules of the protocol, kept as simple as can be."""
        standing: dict[int, str] = {}
        for index, entry in enumerate(self.entries):
            about = int.from_bytes(entry[2:34], "big") if entry[1] != ledger.SIGN else index
            match entry[1]:
                case ledger.SIGN:
                    standing[index] = "counted"
                case ledger.ASIDE:
                    assert standing[about] == "counted"
                    standing[about] = "aside"
                case ledger.READMIT:
                    assert standing[about] == "aside"
                    standing[about] = "counted"
                case ledger.WITHDRAW | ledger.REMOVED:
                    assert standing[about] in ("counted", "aside")
                    standing[about] = "gone"
                    if entry[1] == ledger.WITHDRAW:
                        assert ledger.digest(entry[34:]) == self.entries[about][34:]
        return list(standing.values()).count("counted")

    @property
    def paper(self) -> int:
        """Signatures on paper: the sum of the batches that were not taken back."""
        batches: dict[int, int] = {}
        for index, entry in enumerate(self.entries):
            if entry[1] != ledger.PAPER:
                continue
            batch, count = (int.from_bytes(part, "big") for part in (entry[50:58], entry[58:]))
            assert entry[34:50] == bytes(16) and not (batch and count)
            if batch:
                batches.pop(batch)
            else:
                batches[index] = count
        return sum(batches.values())

    def root_at(self, size: int) -> str:
        return ledger.base64(self.tree.root(size))


def check_all(installation: Installation, older: list[Path] = []) -> Copy:
    """Three who share no code: Python, Go, and the program's own check."""
    folder = published(installation)
    copy = Copy(folder)
    kept = [option for file in older for option in ("--older", file)]
    ran = installation.run("ledger", "verify", "--json", *kept, folder)
    assert ran.succeeded, str(ran)
    assert json.loads(ran.stdout)["number"] == copy.number
    ran = independent.check(folder, older=tuple(older))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    ran = installation.run("check", "--data", installation.data, "--json")
    assert ran.succeeded, str(ran)
    assert json.loads(ran.stdout)["actions"][0]["number"] == copy.number
    return copy


class Watcher:
    """Somebody who keeps every checkpoint that the server ever shows, in order."""

    def __init__(self, port: int):
        self.notes: list[bytes] = []
        self._visitor = Visitor(port)
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._is_over.wait(0.02):
            with suppress(OSError, HTTPException):
                answer = self._visitor.get(f"{LOG}/checkpoint")
                if answer.status == 200 and [answer.body] != self.notes[-1:]:
                    self.notes.append(answer.body)

    def __enter__(self) -> "Watcher":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._is_over.set()
        self._thread.join()

    def write(self, folder: Path) -> list[Path]:
        folder.mkdir()
        files = [folder / f"{index:04}" for index in range(len(self.notes))]
        for file, note in zip(files, self.notes):
            file.write_bytes(note)
        return files


def people(server: Server, relay: Relay, count: int) -> list[tuple]:
    """Visitors with the form whose button counts them."""
    made = []
    for _ in range(count):
        visitor, address = Visitor(server.port), new_address()
        sign(visitor, address)
        made.append((visitor, open_link(visitor, newest_mail(relay, address).secret)))
    return made


@pytest.mark.timeout(300)
def test_no_checkpoint_is_contradicted_through_kill_9_under_load(server, relay, tmp_path):
    rng = random.Random(1962)
    codes: list[str] = []
    with Watcher(server.port) as watcher:
        for _ in range(5):
            waiting = people(server, relay, 12)

            def load(share: list) -> None:
                for visitor, form in share:
                    with suppress(OSError, HTTPException):
                        if code := withdrawal_code(visitor.submit(form)):
                            codes.append(code)
                            if rng.random() < 0.3:
                                withdraw(visitor, codes.pop(rng.randrange(len(codes))))
                        time.sleep(rng.uniform(0, 0.2))

            threads = [threading.Thread(target=load, args=(waiting[start::3],))
                       for start in range(3)]
            for thread in threads:
                thread.start()
            time.sleep(rng.uniform(0.2, 1.5))
            server.kill()
            for thread in threads:
                thread.join()
            server.start()
        until(lambda: installation_queue(server.installation) == 0, 15, "the queue is empty")
        number(Visitor(server.port))
    older = watcher.write(tmp_path / "kept")
    copy = check_all(server.installation, older)
    assert len(older) > 5, "nothing was watched"
    size = 0
    for note in watcher.notes:
        origin, shown, root = note.decode().split("\n")[:3]
        assert origin == copy.origin
        assert int(shown) >= size, "the log has become shorter"
        size = int(shown)
        assert copy.root_at(size) == root, f"another history of {size} entries"
    assert number_now(Visitor(server.port)) == copy.number


def installation_queue(installation: Installation) -> int:
    """How many entries wait for their place."""
    database = sqlite3.connect(f"file:{installation.data / 'outcry.sqlite'}?mode=ro", uri=True)
    try:
        return database.execute("SELECT count(*) FROM ledger_queue").fetchone()[0]
    finally:
        database.close()


# The number


@pytest.fixture(scope="module")
def other(site: Site, tmp_path_factory) -> str:
    folder = example_as(tmp_path_factory.mktemp("actions"), OTHER)
    assert site.server.installation.import_action(folder).succeeded
    path = f"/en/actions/{OTHER}"
    until(lambda: site.visitor().get(path).status == 200, 10, "the second action is there")
    return path


def is_everywhere(site: Site, expected: int) -> Copy:
    """The number is this in the ledger, on the page and for programs, and all else fits."""
    number_becomes(site.visitor(), expected)
    assert f">{expected}<" in site.visitor().get(ACTION).text
    copy = check_all(site.server.installation)
    assert copy.number == expected
    return copy


@pytest.mark.timeout(120)
def test_the_number_is_the_ledger_s_after_everything_that_changes_it(site, other):
    codes = [counted(site.visitor(), site.relay, new_address()) for _ in range(3)]
    leaver = new_address()
    counted(site.visitor(), site.relay, leaver)
    is_everywhere(site, 4)
    # By code, and once more, and with a code that is nobody's.
    for _ in range(2):
        assert withdraw(site.visitor(), codes[0]).status == 200
        is_everywhere(site, 3)
    assert withdraw(site.visitor(), "A" * 26).status == 422
    # By mail, and once more.
    form = site.visitor().get("/en/withdrawals/new").form("/withdrawals", having="email")
    site.visitor().submit(form, email=leaver)
    secret = newest_mail(site.relay, leaver, 2).secret
    form = site.visitor().get(f"/w/{secret}").form("/w", having="secret")
    for status in (200, 404):
        assert site.visitor().submit(form).status == status
        is_everywhere(site, 2)
    # In the other action.
    visitor, address = site.visitor(), new_address()
    page = visitor.submit(visitor.get(other).form("/signatures"), name="Ada", email=address)
    assert page.status == 303
    assert withdrawal_code(confirm_by_link(visitor, newest_mail(site.relay, address).secret))
    copy = is_everywhere(site, 2)
    assert Counter(copy.kinds()) == {
        ledger.OPEN: 1, ledger.SIGN: 4, ledger.WITHDRAW: 1, ledger.REMOVED: 1}
    until(lambda: Copy(site.server.installation.data / "ledger" / OTHER).number == 1, 10, "it counts")


@pytest.mark.timeout(120)
def test_signatures_are_set_aside_and_readmitted_beside_the_server(site):
    before = number(site.visitor())
    installation = site.server.installation
    for _ in range(2):
        address = new_address()
        sign(site.visitor(), address, website="https://pills.example")
        confirm_by_link(site.visitor(), newest_mail(site.relay, address).secret)
    number_becomes(site.visitor(), before + 2)
    select = ["--data", installation.data, SLUG, "--flag", "honeypot", "--why", "Sent by a program."]
    dry = installation.run("ledger", "set-aside", *select)
    assert dry.succeeded and "2 signatures would be set aside" in dry.stderr
    assert number(site.visitor()) == before + 2, "a dry count changes nothing"
    assert installation.run("ledger", "set-aside", *select, "--yes").succeeded
    number_becomes(site.visitor(), before, within=5)
    texts = [line["text"] for line in json.loads(site.visitor().get(f"{LOG}/statements.json").text)]
    assert sum("Sent by a program." in text for text in texts) == 1
    again = installation.run("ledger", "set-aside", *select, "--yes")
    assert "0 signatures" in again.stderr
    assert installation.run("ledger", "readmit", *select, "--from", "2000-01-01", "--to",
                            "2000-12-31", "--yes").succeeded
    assert number(site.visitor()) == before, "on none of these days"
    assert installation.run("ledger", "readmit", *select, "--yes").succeeded
    number_becomes(site.visitor(), before + 2, within=5)
    check_all(installation)


def test_the_number_for_programs_says_what_proves_it(site):
    number(site.visitor())
    said = json.loads(site.visitor().get(COUNT).text)
    assert said.keys() == {"number", "size", "asOf", "proved"}
    checkpoint = site.visitor().get(f"{LOG}/checkpoint").text.split("\n")
    assert said["proved"] is True and said["size"] == int(checkpoint[1])
    assert said["number"] == Copy(published(site.server.installation)).number


# The files


def test_every_file_is_served_as_it_lies_there_with_the_headers_of_its_kind(site):
    counted(site.visitor(), site.relay, new_address())
    number(site.visitor())
    folder = published(site.server.installation)
    names = sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())
    assert {name.split("/")[0] for name in names} == {
        "checkpoint", "vkey", "statements.json", "tile"}
    assert any(name.startswith("tile/entries/000.p/") for name in names)
    for name in names:
        answer = site.visitor().get(f"{LOG}/{name}")
        assert answer.status == 200 and answer.body == (folder / name).read_bytes(), name
        kind, caching = {
            "checkpoint": ("text/plain; charset=utf-8", "public, max-age=2"),
            "vkey": ("text/plain; charset=utf-8", "public, max-age=3600"),
            "statements.json": ("application/json; charset=utf-8", "public, max-age=2"),
        }.get(name, ("application/octet-stream", "public, max-age=31536000, immutable"))
        assert answer.header("Content-Type") == kind, name
        assert answer.header("Cache-Control") == caching, name
        assert answer.header("Access-Control-Allow-Origin") == "*", name
        assert answer.header("X-Content-Type-Options") == "nosniff", name
        head = site.visitor().head(f"{LOG}/{name}")
        assert (head.status, head.body) == (200, b""), name


ODD_PATHS = [
    "", "/", "/tile", "/tile/", "/tile/0", "/tile/0/", "/tile/0/0", "/tile/0/00", "/tile/0/0000",
    "/tile/0/999", "/tile/0/000", "/tile/0/000.p", "/tile/0/000.p/", "/tile/0/000.p/0",
    "/tile/0/000.p/256", "/tile/0/000.p/255", "/tile/0/000.p/01", "/tile/0/000.p/-1",
    "/tile/0/000.p/1/1", "/tile/0/000.P/1", "/tile/-1/000", "/tile/00/000.p/1", "/tile/1/000",
    "/tile/1/000.p/1", "/tile/7/000.p/1", "/tile/8/000", "/tile/63/000", "/tile/64/000",
    "/tile/256/000", "/tile/entries", "/tile/entries/000", "/tile/entries/001.p/1",
    "/tile/entries/x001/000.p/1", "/tile/0/x001/1000", "/tile/0/x001/001", "/tile/0/001/001",
    "/tile/0/x000/000.p/1", "/tile/0/100000000000000000000",
    "/tile/0/x100/x000/x000/x000/x000/x000/000", "/tile/0/x999/x999/x999/x999/x999/999",
    "/tile/0/x009/x223/x372/x036/x854/x775/807", "/tile/0/x009/x223/x372/x036/x854/x775/808.p/1",
    "/tile/data/000", "/tile/0/000.p/1.new", "/tile/0/.000.new", "/tile/0/000.p/.1.new",
    "/.checkpoint.new", "/tile/../checkpoint", "/tile/%2e%2e/checkpoint", "/../count.json",
    "/tile/0/../../../../outcry.sqlite", "/tile/..%2f..%2f..%2foutcry.sqlite",
    "/tile/0/%2e%2e/%2e%2e/%2e%2e/%2e%2e/outcry.sqlite", "/tile/0/000%00", "/tile//000",
    "/tile/0/%30%30%30.p/1x", "/checkpoint/x", "/vkey/x", "/Checkpoint",
    "/tile/0/٠٠٠", "/tile/0/000.p/٣",
]


def test_what_was_never_published_is_not_there(site, unharmed):
    number(site.visitor())
    for path in ODD_PATHS:
        # As bytes: no client on the way makes the path a proper one.
        request = f"GET {LOG}{path} HTTP/1.1\r\nHost: 127.0.0.1:{site.server.port}\r\n" \
                  "Connection: close\r\n\r\n"
        answer = send_raw(site.server.port, request.encode())
        assert answer.statuses in ([404], [400]), f"{path}: {answer.received[:400]}"
        assert b"SQLite" not in answer.received
    for slug in ("nothing", "..", "%2e%2e", f"{SLUG}/../{SLUG}", f"{SLUG}%2f..%2f{SLUG}"):
        assert site.visitor().get(f"/actions/{slug}/log/checkpoint").status == 404, slug


def test_a_draft_has_no_ledger(site, tmp_path):
    folder = example_as(tmp_path, "draft-2019")
    installation = site.server.installation
    assert installation.run("action", "import", "--data", installation.data, folder).succeeded
    number(site.visitor())
    for name in ("checkpoint", "vkey", "statements.json", "tile/0/000.p/1"):
        assert site.visitor().get(f"/actions/draft-2019/log/{name}").status == 404
    assert not (installation.data / "ledger/draft-2019").exists()


# Restored, and twice


def test_a_second_server_signs_nothing(server, relay):
    counted(Visitor(server.port), relay, new_address())
    number_becomes(Visitor(server.port), 1)
    folder = published(server.installation)
    before = {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    second = server.installation.run("serve", "--data", server.installation.data,
                                     "--listen", "127.0.0.1:0")
    assert not second.succeeded and "running" in second.stderr
    refetched = server.installation.run("ledger", "refetch", "--data", server.installation.data,
                                        SLUG)
    assert not refetched.succeeded and "running" in refetched.stderr
    assert before == {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    check_all(server.installation)


@contextmanager
def database_of(installation: Installation) -> Iterator[sqlite3.Connection]:
    database = sqlite3.connect(installation.data / "outcry.sqlite")
    try:
        yield database
    finally:
        database.close()


def put_back(installation: Installation, backup: Path) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{installation.data / 'outcry.sqlite'}{end}").unlink(missing_ok=True)
    shutil.copy(backup, installation.data / "outcry.sqlite")


@pytest.mark.timeout(120)
def test_an_older_backup_signs_nothing_until_the_rest_is_fetched(server, relay, tmp_path):
    installation, visitor = server.installation, Visitor(server.port)
    early, gone = (counted(visitor, relay, new_address()) for _ in range(2))
    number_becomes(visitor, 2)
    backup = tmp_path / "backup.sqlite"
    with database_of(installation) as database, sqlite3.connect(backup) as target:
        database.backup(target)
    target.close()
    counted(visitor, relay, new_address())
    withdraw(visitor, gone)
    number_becomes(visitor, 2)
    until(lambda: Copy(published(installation)).size == 5, 5, "all of it is published")
    kept = tmp_path / "kept"
    shutil.copy(published(installation) / "checkpoint", kept)
    server.stop()
    put_back(installation, backup)

    refused = installation.run("serve", "--data", installation.data, "--listen", "127.0.0.1:0")
    assert refused.code != 0 and "older than what was published" in refused.stderr, str(refused)
    assert f"outcry ledger refetch --data {installation.data} {SLUG}" in refused.stderr
    assert (published(installation) / "checkpoint").read_bytes() == kept.read_bytes()

    # Not from just anywhere.
    foreign = ledger.Log()
    foreign.sign(9)
    elsewhere = foreign.write(tmp_path / "foreign")
    ran = installation.run("ledger", "refetch", "--data", installation.data, SLUG,
                           "--from", elsewhere)
    assert not ran.succeeded and "not signed by this installation" in ran.stderr
    ran = installation.run("ledger", "refetch", "--data", installation.data, SLUG)
    assert ran.succeeded and "5 entries again" in ran.stderr, str(ran)
    again = installation.run("ledger", "refetch", "--data", installation.data, SLUG)
    assert not again.succeeded and "no more than are here" in again.stderr

    server.start()
    number_becomes(visitor, 2)
    assert withdraw(visitor, gone).status == 200, "it says that it was taken back"
    counted(visitor, relay, new_address())
    number_becomes(visitor, 3)
    withdraw(visitor, early)
    number_becomes(visitor, 2)
    assert check_all(installation, [kept]).size == 7


def test_a_fork_is_refused(server, relay, tmp_path):
    installation, visitor = server.installation, Visitor(server.port)
    backup = tmp_path / "backup.sqlite"
    number(visitor)
    with database_of(installation) as database, sqlite3.connect(backup) as target:
        database.backup(target)
    target.close()
    counted(visitor, relay, new_address())
    number_becomes(visitor, 1)
    shown = tmp_path / "shown"
    server.stop()
    shutil.move(installation.data / "ledger", shown)
    put_back(installation, backup)
    # Nobody here knows better now, and so there are two histories; then the files come back.
    server.start()
    counted(visitor, relay, new_address())
    number_becomes(visitor, 1)
    server.stop()
    shutil.rmtree(installation.data / "ledger")
    shutil.move(shown, installation.data / "ledger")
    refused = installation.run("serve", "--data", installation.data, "--listen", "127.0.0.1:0")
    assert refused.code != 0 and "is not the beginning of what this database has" in refused.stderr
    shutil.rmtree(installation.data / "ledger")
    server.start()
