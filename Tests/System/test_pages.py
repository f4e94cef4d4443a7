"""Every page in every language: for screen readers, small screens, validators, feed readers."""

import gzip
import json
import re
import subprocess
from urllib.request import Request, urlopen

import feedparser
import html5lib
import pytest
from playwright.sync_api import Page

from browser import LANGUAGES, OUTPUT, breaks_no_rule, broken_rules
from outcry import ROOT, SLUG, Server, until

FOR_ALL = ["/", f"/actions/{SLUG}", "/how-we-count", "/privacy", "/accessibility"]
PATHS = [*FOR_ALL, f"/actions/{SLUG}/fediverse", "/withdrawals/new", "/receipts/new",
         f"/actions/{SLUG}/replies/new", f"/actions/{SLUG}/replies/thanks",
         "/nothing"]
HEAVIEST, HEAVIEST_SCRIPT = 30_000, 6_000


def body(server: Server, path: str, **headers: str) -> bytes:
    request = Request(server.origin + path, headers=headers)
    with urlopen(request) as response:
        return response.read()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_breaks_a_rule_of_accessibility(demo, browser, language, scheme):
    """Script runs here for the checker's sake; the pages bring none."""
    for width in (320, 1280):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, bypass_csp=True)
        page = context.new_page()
        for path in PATHS:
            page.goto(f"{demo.origin}/{language}{path}")
            breaks_no_rule(page)
        context.close()


@pytest.mark.parametrize(("language", "scheme"), [
    *((language, "light") for language in LANGUAGES), ("en", "dark"), ("ar", "dark")])
def test_the_pages_of_one_person_break_no_rule_either(demo, browser, language, scheme):
    context = browser.new_context(
        viewport={"width": 320, "height": 700}, bypass_csp=True, reduced_motion="reduce",
        locale=language, color_scheme=scheme)
    page, link = context.new_page(), context.new_page()
    address = f"{language}-{scheme}@people.example"

    def check(page: Page) -> None:
        breaks_no_rule(page)
        assert page.evaluate("document.documentElement.lang") == language
        assert page.evaluate("document.documentElement.scrollWidth") <= 320

    def press(page: Page, form: str) -> None:
        page.locator(f"form[action*='{form}'] button").first.click()
        check(page)

    page.goto(f"{demo.origin}/{language}/actions/{SLUG}")
    press(page, "/signatures")
    assert page.evaluate("document.activeElement.className") == "problem"
    page.locator("[name=name]").fill("أمل O'Neill-Məmmədova 李")
    page.locator("[name=email]").fill(address)
    page.locator("#show-target").check()
    press(page, "/signatures")
    page.locator("[name=code]").fill("12")
    press(page, "/confirmations")
    until(lambda: address in [mail["to"] for mail in outbox(demo)], 20, "mail")
    [mail] = [mail for mail in outbox(demo) if mail["to"] == address]
    link.goto(re.search(r"http://\S+/c/\S+", mail["text"]).group())
    check(link)
    press(link, "/c")
    assert link.locator(".withdraw").is_visible()
    page.locator("[data-until-done]").first.wait_for(state="detached")
    check(page)
    page.goto(f"{demo.origin}/{language}/withdrawals/new")
    page.locator("[name=withdrawal]").fill("wrong")
    press(page, "/withdrawals")
    page.goto(f"{demo.origin}/{language}/actions/{SLUG}/fediverse")
    press(page, "/fediverse")
    page.locator("[name=server]").fill("mastodon.example")
    press(page, "/fediverse")
    assert page.locator("main a.button").is_visible()
    page.goto(f"{demo.origin}/{language}/actions/{SLUG}/replies/new")
    page.locator("[name=date]").fill("soon")
    press(page, "/replies")
    assert page.evaluate("document.activeElement.className") == "problem"
    page.locator("[name=reply]").fill("أمل " * 200 + "x" * 200)
    page.locator("[name=date]").fill("2017-10")
    press(page, "/replies")
    assert page.url.endswith("/replies/thanks")
    page.goto(f"{demo.origin}/u/{'A' * 43}")
    check(page)
    press(page, "/u")
    context.close()


def outbox(demo: Server) -> list[dict]:
    return json.loads(body(demo, "/dev/outbox.json"))


def test_the_checker_finds_what_is_broken(demo, browser):
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(f"{demo.origin}/en/")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=x>')")
    assert [rule["id"] for rule in broken_rules(page)] == ["image-alt"]
    context.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_wider_than_the_smallest_phone_nor_smaller_than_a_fingertip(
        demo, browser, language):
    context = browser.new_context(viewport={"width": 320, "height": 640})
    page = context.new_page()
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    for path in PATHS:
        page.goto(f"{demo.origin}/{language}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        small = page.evaluate("""() => [...document.querySelectorAll(
            'button, input:not([type=hidden]):not(#website), select, nav a, a.button')]
            .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])
            .filter(([_, height]) => height < 24)""")
        assert not small, (path, small)
    page.goto(f"{demo.origin}/{language}/actions/{SLUG}")
    page.screenshot(path=OUTPUT / f"phone-{language}.png", full_page=True)
    assert all(url.startswith(demo.origin + "/") for url in requests)
    context.close()


@pytest.mark.parametrize("path", PATHS[:-1])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_valid_and_light(demo, language, path):
    address = f"/{language}{path}"
    page = body(demo, address)
    parser = html5lib.HTMLParser(strict=True)
    parser.parse(page.decode())
    zipped = body(demo, address, **{"Accept-Encoding": "gzip"})
    style, script = weight(demo, page, "link", "href"), weight(demo, page, "script", "src")
    assert style and script < HEAVIEST_SCRIPT
    assert bool(script) == (path == f"/actions/{SLUG}"), "script is where it has something to do"
    assert len(zipped) + style + script <= HEAVIEST
    # What is there for one person is sent as it is; what is there for all is kept in both codings.
    assert (gzip.decompress(zipped) if path in FOR_ALL else zipped) == page


def weight(server: Server, page: bytes, tag: str, attribute: str) -> int:
    """Of the program's own files that the page names, zipped."""
    files = re.findall(rf'<{tag} [^>]*{attribute}="(/outcry\.[^"]*)"', page.decode())
    return sum(len(body(server, file, **{"Accept-Encoding": "gzip"})) for file in files)


@pytest.mark.parametrize("language", LANGUAGES)
def test_feeds_are_read_by_a_feed_reader(demo, language):
    feed = feedparser.parse(body(demo, f"/{language}/feed.atom"))
    assert not feed.bozo, feed.get("bozo_exception")
    assert feed.feed.language == language
    [entry] = feed.entries
    assert entry.link == f"{demo.origin}/{language}/actions/{SLUG}"
    assert entry.title and entry.summary and entry.updated_parsed


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_translations_are_sound_for_gettext(language):
    file = ROOT / f"Sources/Languages/Texts/{language}/outcry.po"
    done = subprocess.run(
        ["msgfmt", "--check-format", "--check-domain", "-o", "/dev/null", file],
        capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
