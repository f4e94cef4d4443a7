"""The action on paper and in a text browser: the same facts, without what only a screen can do."""

import re
import socket
import subprocess
import unicodedata
from collections import Counter

import pytest

from browser import LANGUAGES, OUTPUT, visit
from outcry import SLUG
from signing import Outbox, counted, new_address
from web import Visitor

PATIENCE = 10
"""Seconds for one page, of which a text browser needs a fraction."""


@pytest.fixture(scope="module", autouse=True)
def somebody(demo) -> None:
    counted(Visitor(demo.port), Outbox(demo), new_address())


@pytest.fixture
def action(browser, demo, language):
    """The action's page, and what it says wherever it is read."""
    with visit(browser, demo.origin) as (page, _):
        page.goto(f"/{language}/actions/{SLUG}")
        parts = {"title": "h1", "demand": ".demand h2", "number": ".tally p",
                 "source": ".rivals tbody th a"}
        said = {name: page.locator(part).first.inner_text() for name, part in parts.items()}
        who = page.locator(".rivals tbody th").first.evaluate("row => row.firstChild.textContent")
        yield page, said | {"who": who}


def words(text: str) -> str:
    """As it is read: without breaks of lines and marks of direction, in the letters' usual form."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
    return re.sub(r"\s+", " ", text).strip()


def letters(text: str) -> str:
    return "".join(sign for sign in words(text) if unicodedata.category(sign)[0] in "LN")


def is_printed(fact: str, paper: str) -> bool:
    """Whether its letters stand together, in whatever order: Arabic comes out of a PDF with the
    letters of a ligature turned round and its marks elsewhere."""
    wanted, paper = Counter(letters(fact)), letters(paper)
    length = wanted.total()
    window = Counter(paper[:length])
    for first, last in zip(paper, [*paper[length:], ""], strict=False):
        if window == wanted:
            return True
        window[first] -= 1
        window[last] += 1
    return False


def output_of(*command) -> str:
    return subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


@pytest.mark.parametrize("language", LANGUAGES)
def test_printed_the_action_fits_on_three_sheets(action, language):
    page, said = action
    OUTPUT.mkdir(exist_ok=True)
    for old in OUTPUT.glob(f"paper-{language}*"):
        old.unlink()
    paper = OUTPUT / f"paper-{language}.pdf"
    page.pdf(path=paper, format="A4", prefer_css_page_size=True)
    output_of("pdftoppm", "-png", "-r", "60", paper, paper.with_suffix(""))
    printed = output_of("pdftotext", paper, "-")
    for name, text in said.items():
        assert is_printed(text, printed), name
    assert is_printed("https://www.amnestyusa.org/urgent-actions/", printed), "where it says so"
    facts = output_of("pdfinfo", paper)
    assert "A4" in facts
    assert int(re.search(r"Pages:\s+(\d+)", facts)[1]) <= 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_printed_there_is_nothing_to_fill_in_or_press(action, language):
    page, _ = action
    controls = page.locator("label, input, button, a[href*='wa.me'], a[href^='mailto:?'], .copy, "
                            "nav, .skip")
    shown = controls.locator("visible=true")
    assert shown.count() > 10
    page.emulate_media(media="print")
    assert shown.all_inner_texts() == []
    assert page.locator("h1, .demand h2, .tally p, .rivals").locator("visible=true").count() >= 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_browser_shows_all_that_matters(action, language):
    page, said = action
    labels = page.locator("form label:visible").all_inner_texts()
    shown = words(output_of("lynx", "-dump", "-nolist", "-nonumbers", "-width=1000",
                            "-display_charset=utf-8", page.url))
    assert len(labels) >= 6
    for text in [*said.values(), *labels]:
        assert words(text) in shown
    for code in ("{", "}", "@media", "--paper", "const ", "=>", "querySelector"):
        assert code not in shown


def test_a_browser_of_old_is_not_kept_waiting_for_the_end(demo):
    """Lynx speaks HTTP/1.0, where the end of the connection is the end of the page."""
    with socket.create_connection(("127.0.0.1", demo.port), timeout=PATIENCE) as connection:
        connection.sendall(b"GET /en/ HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n")
        while connection.recv(65536):
            pass
