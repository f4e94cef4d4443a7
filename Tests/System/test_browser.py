"""One whole run in Chromium with JavaScript off, from the action's page to leaving again."""

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page

from browser import OUTPUT, chromium, overhang, take_pictures, visit
from outcry import SLUG, Installation, Server, until
from signing import BATCH

NAME, ADDRESS = "Leyla Məmmədova", "leyla@people.example"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    for picture in OUTPUT.glob("*.png"):
        picture.unlink()
    with chromium() as browser:
        yield browser


@pytest.fixture
def demo(tmp_path) -> Iterator[Server]:
    with Server(Installation(tmp_path), demo=True) as server:
        yield server


def number(server: Server) -> int:
    time.sleep(BATCH)
    with urlopen(f"{server.origin}/actions/{SLUG}/count.json") as response:
        return json.load(response)["number"]


def press(page: Page, form: str) -> None:
    """The one button of the form that has this field or address."""
    page.locator(f"{form} button").click()


def sign(page: Page) -> None:
    page.goto("/")
    page.locator(f"main a[href$='/actions/{SLUG}']").first.click()
    take_pictures(page, "1-action")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=email]").fill(ADDRESS)
    press(page, "form[action*='/signatures']")
    page.wait_for_url("**/en/confirmations/new?ticket=*")
    take_pictures(page, "2-check-your-mail")


def code_in_the_outbox(page: Page) -> str:
    """Read in a second tab, as a person would."""
    outbox = page.context.new_page()

    def shown() -> str | None:
        outbox.goto("/dev/outbox")
        found = re.search(r"(?<![\w-])\d{6}(?![\w-])", outbox.locator("body").inner_text())
        return found and found[0]
    code = until(shown, 20, "the mail is in the outbox")
    assert ADDRESS in outbox.locator("body").inner_text()
    take_pictures(outbox, "3-outbox")
    outbox.close()
    return code


def confirm(page: Page, code: str) -> str:
    """Types the code; the withdrawal code that is shown then."""
    page.locator("[name=code]").fill(f"{code[:3]} {code[3:]}")
    press(page, "form:has([name=code])")
    withdrawal_code = page.locator(".withdraw").inner_text()
    assert re.fullmatch("[A-Z2-7]{26}", re.sub(r"[\s-]", "", withdrawal_code))
    take_pictures(page, "4-counted")
    return withdrawal_code


def shown_number(page: Page) -> int:
    """On the action's page, as a visitor reads it who loads it anew."""
    page.goto(f"/en/actions/{SLUG}")
    page.reload()
    figure = page.locator(".tally b").all_inner_texts()
    return int(re.sub(r"\D", "", figure[0])) if figure else 0


def withdraw(page: Page, code: str) -> None:
    page.goto("/en/withdrawals/new")
    take_pictures(page, "5-withdraw")
    page.locator("[name=withdrawal]").fill(code.lower())
    press(page, "form:has([name=withdrawal])")
    take_pictures(page, "6-withdrawn")


def test_a_person_signs_is_counted_and_leaves_again(browser, demo):
    with visit(browser, demo.origin) as (page, watch):
        sign(page)
        assert number(demo) == 0, "nobody is counted before the code"
        withdrawal_code = confirm(page, code_in_the_outbox(page))
        assert number(demo) == 1
        assert re.search(r"\b1\b", page.locator("main").inner_text())
        until(lambda: shown_number(page) == 1, 20, "the page shows one signature")
        withdraw(page, withdrawal_code)
        until(lambda: number(demo) == 0, 20, "the number falls")
        until(lambda: shown_number(page) == 0, 20, "the page shows none again")
        assert watch.foreign_requests == []
        assert watch.complaints == []
        assert watch.cookies == []
        assert len(watch.requests) > 10


def test_the_link_of_the_mail_shows_what_is_signed_and_counts_by_one_button(browser, demo):
    with visit(browser, demo.origin) as (page, watch):
        sign(page)
        link = until(lambda: re.search(rf"{demo.origin}/c/\S{{43}}", outbox_text(demo)), 20,
                     "the mail is in the outbox")[0]
        page.goto(link)
        assert NAME in page.locator("main").inner_text()
        take_pictures(page, "7-link")
        assert number(demo) == 0, "nothing counts on reading"
        press(page, "form[action$='/c']")
        assert page.locator(".withdraw").is_visible()
        assert number(demo) == 1
        assert watch.complaints == []


def outbox_text(demo: Server) -> str:
    with urlopen(f"{demo.origin}/dev/outbox.json") as response:
        return "\n".join(mail["text"] for mail in json.load(response))


def test_an_empty_form_comes_back_with_its_errors(browser, demo):
    with visit(browser, demo.origin) as (page, watch):
        page.goto(f"/en/actions/{SLUG}")
        page.locator("[name=name]").fill(NAME)
        press(page, "form[action*='/signatures']")
        assert page.locator("[role=alert]").is_visible(), "the summary of what is wrong"
        assert page.locator("[name=name]").input_value() == NAME, "what was typed is kept"
        assert page.title().startswith("Error")
        page.locator("[role=alert] a").first.click()
        take_pictures(page, "8-errors")
        # The browser itself notes the status of the answer; nothing else may be there.
        assert all("422" in complaint for complaint in watch.complaints), watch.complaints


@pytest.mark.parametrize("path", [
    "/en/", f"/en/actions/{SLUG}", "/en/withdrawals/new", "/en/how-we-count", "/en/privacy"])
def test_no_page_is_wider_than_the_smallest_phone(browser, demo, path):
    with visit(browser, demo.origin) as (page, watch):
        response = page.goto(path)
        assert response.status == 200
        assert overhang(page) <= 0
        assert watch.complaints == [] and watch.foreign_requests == []


class BadSite(BaseHTTPRequestHandler):
    """Everything that the watch above must see."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Security-Policy", "style-src 'self'")
        self.send_header("Set-Cookie", "a=b")
        self.end_headers()
        if self.path == "/":
            stranger = f"http://localhost:{self.server.server_port}/picture"
            wide = "<style>p { color: red }</style><p style='width: 900px'>"
            self.wfile.write(f"{wide}<img width=900 src='{stranger}'>".encode())

    def log_message(self, *_):
        pass


def test_the_watch_sees_what_it_is_there_for(browser):
    """Or the silence above would prove nothing."""
    site = ThreadingHTTPServer(("127.0.0.1", 0), BadSite)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    with visit(browser, f"http://127.0.0.1:{site.server_port}") as (page, watch):
        page.goto("/")
        assert any("style-src" in complaint for complaint in watch.complaints)
        assert [url for url in watch.foreign_requests if "localhost" in url]
        assert watch.cookies
        assert overhang(page) > 0
    site.shutdown()
    site.server_close()
