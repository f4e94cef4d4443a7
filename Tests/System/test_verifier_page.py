"""The page that recounts a ledger in the reader's browser, and the file that it can be kept as,
against logs that `ledger.py` makes: whole and broken in every way that the page must name."""

import gzip
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import urlopen

import html5lib
import pytest
from playwright.sync_api import Browser, Page

import ledger
from browser import LANGUAGES, SMALLEST, Watch, breaks_no_rule, take_pictures, visit
from outcry import ROOT, SLUG, Installation, Server, until
from signing import (
    COUNT, Outbox, confirm_by_link, new_address, newest_mail, sign, withdraw, withdrawal_code)
from web import Visitor

PAGE = f"/en/actions/{SLUG}/verify"
LOG = f"/actions/{SLUG}/log"
SCRIPT = ROOT / "Sources/Web/Assets/verify.js"
IN_TIME = 120_000
"""Milliseconds that no recount here comes near: it is not the time that is tested."""


class Handler(SimpleHTTPRequestHandler):
    """Static files for readers of any origin, as Outcry serves a log."""

    def end_headers(self):
        self.send_header("Access-Control-Allow-Origin", "*")
        super().end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder with a host of its own; its name and port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture(scope="module")
def outcry(tmp_path_factory) -> Iterator[Server]:
    """The demonstration with four who signed and one of them gone again."""
    installation = Installation(tmp_path_factory.mktemp("outcry"))
    installation.environment["OUTCRY_LEDGER_INTERVAL"] = "1"
    with Server(installation, demo=True) as server:
        visitor, codes = Visitor(server.port), []
        for _ in range(4):
            address = new_address()
            sign(visitor, address)
            secret = newest_mail(Outbox(server), address).secret
            codes.append(withdrawal_code(confirm_by_link(visitor, secret)))
        withdraw(visitor, codes[0])
        until(lambda: '"size":6' in visitor.get(COUNT).text, 20, "all of it is in the ledger")
        yield server


@pytest.fixture(scope="module")
def kept(outcry) -> str:
    """The file as Outcry gives it."""
    with urlopen(f"{outcry.origin}{PAGE}.html") as answer:
        return answer.read().decode()


@pytest.fixture
def site(tmp_path) -> Iterator["Site"]:
    with served(tmp_path / "www") as host:
        yield Site(tmp_path, host)


class Site:
    """Somebody's server, and a reader's disk with the page that was kept from it."""

    def __init__(self, folder: Path, host: str):
        self.host = host
        self.folder = folder / f"www/actions/{SLUG}/log"
        self.file = folder / "kept.html"

    def keep(self, page: str, origin: str, key: str) -> None:
        """Makes the file of this host out of that of another; it names the host three times and
        the key once."""
        known = re.search(r'data-key="([^"]+)"', page)[1]
        changed = page.replace(known, key).replace(origin, f"http://{self.host}")
        self.file.write_text(changed.replace(origin.removeprefix("http://"), self.host))

    def log(self, signatures: int = 600) -> ledger.Log:
        """Some of every type."""
        log = ledger.Log(host=self.host)
        last = log.sign(signatures)
        for index in range(3, 10):
            log.withdraw(index)
        for index in range(11, 15):
            log.judge(ledger.ASIDE, index, ledger.HONEYPOT)
        log.judge(ledger.ASIDE, 15, ledger.DISPOSABLE)
        log.judge(ledger.READMIT, 11)
        log.judge(ledger.ASIDE, last, 77)
        log.withdraw(14)
        log.remove(20)
        log.state(ledger.PAPER, "On paper", ledger.number(1_234))
        wrong = log.state(ledger.PAPER, "A slip", ledger.number(9_999))
        log.state(ledger.PAPER, "Taken back", ledger.batch(wrong))
        log.state(ledger.STATEMENT, "Delivered")
        log.state(ledger.CLOSE, "Closed")
        return log

    def write(self, log: ledger.Log) -> None:
        log.write(self.folder)


def recount(page: Page, status: str = r"The number is|does not fit|nothing yet") -> str:
    """Presses the button and waits for what it says."""
    page.locator("[data-part=button]").click()
    said = page.locator("[data-part=said]").filter(has_text=re.compile(status))
    said.wait_for(timeout=IN_TIME)
    return re.sub("[\u2068\u2069]", "", said.inner_text())


def table(page: Page) -> dict[str, str]:
    """What was recomputed, as it shows."""
    rows = page.locator("[data-part=result] tr:visible")
    return {row.locator("th").inner_text(): row.locator("td").inner_text() for row in rows.all()}


@contextmanager
def reader(browser: Browser, site: Site, kept: str, origin: str, key: str):
    site.keep(kept, origin, key)
    with visit(browser, f"http://{site.host}", script=True) as (page, watch):
        page.goto(site.file.as_uri())
        yield page, watch


def recounted(browser, site, kept, outcry, log: ledger.Log) -> str:
    with reader(browser, site, kept, outcry.origin, log.key.vkey) as (page, watch):
        said = recount(page)
        assert not page.locator("[data-part=result]").is_visible() or "The number is" in said
        asks_the_log_alone(watch, site)
        return said


def asks_the_log_alone(watch: Watch, site: Site) -> None:
    own = (site.file.as_uri(), f"http://{site.host}{LOG}/")
    assert all(url.startswith(own) for url in watch.requests)


def test_a_browser_recounts_100_000_entries_from_a_file_on_its_disk(browser, site, kept, outcry):
    log = site.log(99_978)
    assert log.size == 100_000
    site.write(log)
    with reader(browser, site, kept, outcry.origin, log.key.vkey) as (page, watch):
        assert "68 bytes for each entry" in page.locator("main").inner_text()
        said = recount(page)
        assert said == ("The number is 99,965. It follows from 100,000 entries that this page has "
                        "just recomputed. The root fits the signed checkpoint.")
        assert table(page) == {
            "Counted: the public number": "99,965", "Taken back with the code": "8",
            "Taken back through a mailed link": "1",
            "Set aside: a field was filled in that people do not see": "2",
            "Set aside: a throw-away mailbox": "1", "Set aside for another reason": "1",
            "On paper, a number of its own": "1,234", "Entries in the ledger": "100,000",
            "Its root": ledger.base64(log.tree.root())}
        asks_the_log_alone(watch, site)
        bundles = [url for url in watch.requests if "/entries/" in url]
        assert len(bundles) == len(set(bundles)) == 391, "each once"
        assert watch.complaints == []


def test_an_empty_ledger_and_one_of_whole_bundles_are_recounted_too(browser, site, kept, outcry):
    for signatures, number in ((0, "0"), (255, "255"), (256, "256"), (511, "511")):
        log = ledger.Log(host=site.host)
        log.sign(signatures)
        site.write(log)
        said = recounted(browser, site, kept, outcry, log)
        assert said.startswith(f"The number is {number}. It follows from {signatures + 1} entr")


def test_the_full_bundle_does_for_a_partial_one(browser, site, kept, outcry):
    log = site.log()
    site.write(log)
    (site.folder / "checkpoint").write_bytes(log.checkpoint(300))
    said = recounted(browser, site, kept, outcry, log)
    assert said.startswith("The number is 299. It follows from 300 entries")


# Broken by whoever has no key: a byte on the disk or on the way.


def flip(site: Site, name: str, place: int) -> None:
    file = site.folder / name
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


ENTRY_300 = 44 * 68
"""Where entry 300 begins in its bundle, tile/entries/001."""

BROKEN = {
    "a leaf": (lambda site: flip(site, "tile/entries/001", ENTRY_300 + 20),
               "Entry 300 in tile/entries/001 is not the one that belongs there."),
    "a code": (lambda site: flip(site, "tile/entries/001", ENTRY_300 + 60),
               "Entry 300 in tile/entries/001 is not the one that belongs there."),
    "the last bundle": (lambda site: flip(site, "tile/entries/002.p/110", 20),
                        "Entry 512 in tile/entries/002.p/110 is not the one that belongs there."),
    "a kind": (lambda site: flip(site, "tile/entries/000", 3 * 68 + 3),
               "Entry 3: the first entry, and no other, opens a ledger."),
    "a length": (lambda site: flip(site, "tile/entries/001", ENTRY_300),
                 "tile/entries/001 is not in the format of the ledger."),
    "an end": (lambda site: (site.folder / "tile/entries/001").write_bytes(b"\0\x42\1"),
               "tile/entries/001 is not in the format of the ledger."),
    "a lost bundle": (lambda site: (site.folder / "tile/entries/001").unlink(),
                      "tile/entries/001 is missing on the server."),
    "a lost part": (lambda site: (site.folder / "tile/entries/002.p/110").unlink(),
                    "tile/entries/002.p/110 is missing on the server."),
    "a root": (lambda site: change_root(site), "The signature of the checkpoint is wrong."),
    "a signature": (lambda site: replace(site, "checkpoint", r"\S+\n$", "AA!A\n"),
                    "checkpoint is not in the format of the ledger."),
    "a checkpoint cut off": (lambda site: (site.folder / "checkpoint").write_bytes(b"x\n1\n"),
                             "checkpoint is not in the format of the ledger."),
    "a name below": (lambda site: replace(site, "checkpoint", "— [^ ]+", "— somebody.example"),
                     "The checkpoint is not signed with the key of this ledger."),
    "another key": (lambda site: (site.folder / "vkey").write_text(
        ledger.key(f"{site.host}{LOG}", "another").vkey),
        "The server shows another key than this page knows."),
}


def replace(site: Site, name: str, pattern: str, new: str) -> None:
    file = site.folder / name
    text = file.read_text()
    changed = re.sub(pattern, new, text)
    assert changed != text
    file.write_text(changed)


def change_root(site: Site) -> None:
    lines = (site.folder / "checkpoint").read_text().split("\n")
    lines[2] = ledger.base64(bytes(32))
    (site.folder / "checkpoint").write_text("\n".join(lines))


@pytest.mark.parametrize("what", BROKEN)
def test_a_byte_that_was_changed_is_found_and_named(browser, site, kept, outcry, what):
    log = site.log()
    site.write(log)
    harm, sentence = BROKEN[what]
    assert "The number is" in recounted(browser, site, kept, outcry, log), "before the harm"
    harm(site)
    said = recounted(browser, site, kept, outcry, log)
    assert said.startswith(f"It does not fit. {sentence}")
    assert ("Entries are numbered from 0." in said) == ("Entry " in sentence)


# Signed by the log itself, and against the rules all the same.

SIGNED: dict[str, tuple[Callable[[ledger.Log], object], str]] = {
    "a wrong code": (lambda log: log.withdraw(30, bytes(32)),
                     "takes back a signature without its code."),
    "withdrawn twice": (lambda log: log.withdraw(3), "does what cannot be done"),
    "removed after that": (lambda log: log.remove(3), "does what cannot be done"),
    "aside twice": (lambda log: log.judge(ledger.ASIDE, 12), "does what cannot be done"),
    "readmitted, not aside": (lambda log: log.judge(ledger.READMIT, 30), "does what cannot be"),
    "of a later entry": (lambda log: log.remove(5_000), "is about an entry that is no signature"),
    "of itself": (lambda log: log.remove(log.size), "is about an entry that is no signature"),
    "of no signature": (lambda log: log.remove(0), "is about an entry that is no signature"),
    "of a huge index": (lambda log: log.add(ledger.entry(
        ledger.REMOVED, b"\1" + ledger.number(30)[1:], bytes(32))), "is about an entry that is no"),
    "a second opening": (lambda log: log.state(ledger.OPEN, "again"), "the first entry, and no"),
    "a reason too large": (lambda log: log.judge(ledger.ASIDE, 30, 128), "has bytes where its"),
    "bytes beside a reason": (lambda log: log.judge(ledger.ASIDE, 30, 1 << 9), "has bytes where"),
    "too much paper": (lambda log: log.state(ledger.PAPER, "p", ledger.number((1 << 40) + 1)),
                       "has bytes where its type has none."),
    "paper that is not there": (lambda log: log.state(ledger.PAPER, "p", ledger.batch(30)),
                                "takes back a paper batch that is not there, or was taken back before."),
}


@pytest.mark.parametrize("what", SIGNED)
def test_an_entry_against_the_rules_is_found_and_named(browser, site, kept, outcry, what):
    log = site.log()
    change, words = SIGNED[what]
    place = log.size
    change(log)
    log.sign(300)
    site.write(log)
    said = recounted(browser, site, kept, outcry, log)
    assert said.startswith("It does not fit. Entry ") and words in said
    assert f"Entry {place}" in said


def test_a_kind_that_nobody_knows_is_no_ledger(browser, site, kept, outcry):
    log = site.log()
    log.add(ledger.entry(12, bytes(32), bytes(32)))
    site.write(log)
    assert "is not in the format" in recounted(browser, site, kept, outcry, log)


def test_a_root_that_no_entry_and_no_tile_has_is_said(browser, site, kept, outcry):
    log = site.log()
    site.write(log)
    text = log.text().replace(ledger.base64(log.tree.root()), ledger.base64(bytes(32)))
    (site.folder / "checkpoint").write_text(f"{text}\n{log.key.sign(text)}")
    said = recounted(browser, site, kept, outcry, log)
    assert said == ("It does not fit. The entries do not give the root of the checkpoint: "
                    "something was changed, added or taken out.")


def test_a_checkpoint_of_another_action_is_refused(browser, site, kept, outcry):
    log, other = site.log(), ledger.Log(host=site.host, slug="another")
    site.write(log)
    text = other.text()
    (site.folder / "checkpoint").write_text(f"{text}\n{log.key.sign(text)}")
    said = recounted(browser, site, kept, outcry, log)
    assert "The checkpoint belongs to another ledger:" in said and "/actions/another/log" in said


def test_a_page_that_says_another_number_than_the_ledger_is_caught(browser, site, kept, outcry):
    log = site.log()
    site.write(log)
    lying = kept.replace("data-log=", 'data-size="301" data-number="4000" data-log=')
    said = recounted(browser, site, lying, outcry, log)
    assert said.startswith(
        "It does not fit. At 301 entries this page says 4,000, but the ledger adds up to 300.")
    honest = kept.replace("data-log=", 'data-size="301" data-number="300" data-log=')
    assert "The number is" in recounted(browser, site, honest, outcry, log)


# What proves nothing is not called a fault.


def test_a_server_that_cannot_be_reached_proves_nothing(browser, site, kept, outcry):
    log = site.log()
    site.write(log)
    with reader(browser, site, kept, outcry.origin, log.key.vkey) as (page, _):
        page.route("**/tile/entries/001", lambda route: route.abort())
        said = recount(page)
        assert said.startswith("The recount did not get to its end, so it says nothing yet.")
        assert "tile/entries/001 could not be fetched." in said
        assert "error" not in page.locator("[data-part=said]").get_attribute("class")
        page.unroute("**/tile/entries/001")
        assert "The number is" in recount(page, "The number is"), "the second time it is back"


def test_a_ledger_too_large_for_a_browser_is_left_to_the_command(browser, site, kept, outcry):
    log = site.log()
    site.write(log)
    text = log.text().replace(f"\n{log.size}\n", "\n4000001\n")
    (site.folder / "checkpoint").write_text(f"{text}\n{log.key.sign(text)}")
    said = recounted(browser, site, kept, outcry, log)
    assert "4,000,001 entries, too many for a browser: use the command below." in said


OLDER = """crypto.subtle.importKey = () =>
    Promise.reject(new DOMException("Ed25519", "NotSupportedError"));"""


def test_a_browser_without_ed25519_says_what_was_not_checked(browser, site, kept, outcry):
    log = site.log()
    site.write(log)
    with reader(browser, site, kept, outcry.origin, log.key.vkey) as (page, _):
        page.add_init_script(OLDER)
        page.reload()
        said = recount(page)
        assert said.startswith("The number is 587.")
        assert "Its signature was not checked" in said and "signed checkpoint" not in said


def test_it_can_be_stopped_and_begun_again_by_keys_alone(browser, site, kept, outcry):
    log = site.log()
    site.write(log)
    with reader(browser, site, kept, outcry.origin, log.key.vkey) as (page, watch):
        assert watch.requests == [site.file.as_uri()], "nothing is fetched before it is asked for"
        page.route("**/tile/entries/001", lambda route: None)
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.locator("progress[value]").wait_for()
        assert page.locator("[data-part=button]").inner_text() == "Stop"
        page.keyboard.press("Enter")
        page.locator("[data-part=said]").filter(has_text="Stopped.").wait_for()
        assert not page.locator("progress").is_visible()
        page.unroute("**/tile/entries/001")
        page.keyboard.press("Enter")
        page.locator("[data-part=said]").filter(has_text="The number is").wait_for()
        assert page.evaluate("document.activeElement.dataset.part") == "button"


# The page as Outcry serves it.


def test_the_page_recounts_its_own_server(browser, outcry):
    with visit(browser, outcry.origin, script=True) as (page, watch):
        page.goto(PAGE)
        assert recount(page).startswith("The number is 3. It follows from 6 entries")
        assert table(page)["Taken back with the code"] == "1"
        log = [url for url in watch.requests if f"{LOG}/" in url]
        assert [url for url in watch.requests if url not in log] == [f"{outcry.origin}{PAGE}"]
        assert watch.complaints == [] and watch.cookies == []


def test_its_hashes_are_those_of_the_file_and_of_the_script_in_the_source(outcry, kept):
    with urlopen(f"{outcry.origin}{PAGE}") as answer:
        page = answer.read()
    for content in (kept.encode(), SCRIPT.read_bytes()):
        assert hashlib.sha256(content).hexdigest() in page.decode()
    assert SCRIPT.read_text() in kept
    assert len(gzip.compress(page)) < 30_000 and len(gzip.compress(SCRIPT.read_bytes())) < 6_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_and_file_are_valid(outcry, language):
    for ending in ("", ".html"):
        with urlopen(f"{outcry.origin}/{language}/actions/{SLUG}/verify{ending}") as answer:
            html5lib.HTMLParser(strict=True).parse(answer.read().decode())


def test_the_file_that_is_downloaded_is_the_one_that_was_shown(browser, outcry, kept):
    with visit(browser, outcry.origin, script=True, accept_downloads=True) as (page, _):
        page.goto(PAGE)
        with page.expect_download() as download:
            page.locator("a[download]").click()
        assert download.value.suggested_filename == f"outcry-verify-{SLUG}.html"
        assert Path(download.value.path()).read_text() == kept


def test_the_file_recounts_the_real_server_from_the_disk(browser, outcry, kept, tmp_path):
    file = tmp_path / "kept.html"
    file.write_text(kept)
    with visit(browser, outcry.origin, script=True) as (page, watch):
        page.goto(file.as_uri())
        assert recount(page).startswith("The number is 3. It follows from 6 entries")
        assert watch.complaints == []


def test_without_script_the_command_stands_there_and_no_dead_button(browser, outcry, kept, tmp_path):
    file = tmp_path / "kept.html"
    file.write_text(kept)
    for address in (PAGE, file.as_uri()):
        with visit(browser, outcry.origin) as (page, watch):
            page.goto(address)
            text = page.locator("main").inner_text()
            assert "Script is switched off" in text
            assert f"outcry ledger verify {outcry.origin}{LOG}" in text
            assert page.locator("button:visible, progress:visible").count() == 0
            assert watch.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_is_for_everyone_before_and_after(browser, outcry, language, scheme):
    with visit(browser, outcry.origin, script=True, bypass_csp=True, viewport=SMALLEST,
               color_scheme=scheme) as (page, _):
        page.goto(f"/{language}/actions/{SLUG}/verify")
        for press in (None, "well", "badly"):
            if press == "badly":
                page.route("**/checkpoint", lambda route: route.fulfill(status=404))
            if press:
                recount(page, r"\d" if press == "well" else "checkpoint")
            breaks_no_rule(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= SMALLEST["width"]
        assert page.locator("[data-part=said].error").is_visible()
        if scheme == "light":
            page.unroute("**/checkpoint")
            recount(page, r"\d")
            take_pictures(page, f"verify-{language}")
