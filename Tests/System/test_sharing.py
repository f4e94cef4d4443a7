"""Passing an action on: the fediverse, the camera of another phone, the card beside a link."""

import subprocess
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest
from PIL import Image
from playwright.sync_api import Page

from browser import LANGUAGES, OUTPUT, take_pictures, visit
from outcry import SLUG
from person import be_counted


def tab_to(page: Page, selector: str) -> None:
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.locator(f"{selector}:focus").count():
            return
    raise AssertionError(f"{selector} was never reached by Tab on {page.url}")


@pytest.mark.parametrize("script", [False, True], ids=["off", "on"])
def test_sharing_on_the_fediverse_needs_keys_and_no_other_server(browser, demo, script):
    with visit(browser, demo.origin, script=script) as (page, watch):
        page.goto(f"/en/actions/{SLUG}")
        title = page.locator("h1").inner_text()
        tab_to(page, "a[href$='/fediverse']")
        page.keyboard.press("Enter")
        page.wait_for_url("**/fediverse")
        tab_to(page, "[name=server]")
        page.keyboard.type("nowhere at all")
        page.keyboard.press("Enter")
        error = page.locator("[role=alert]")
        error.wait_for()
        assert error.evaluate("error => error === document.activeElement")
        assert page.locator("[name=server]").input_value() == "nowhere at all"
        assert page.locator("[name=server]").get_attribute("aria-invalid") == "true"
        if not script:
            take_pictures(page, "fediverse-error")
        tab_to(page, "[role=alert] a")
        page.keyboard.press("Enter")
        assert page.locator("[name=server]:focus").count() == 1
        page.keyboard.press("Control+A")
        page.keyboard.type("@leyla@Mastodon.example")
        page.keyboard.press("Enter")
        link = page.locator("main a.button")
        link.wait_for()
        if not script:
            take_pictures(page, "fediverse-link")
        there = urlsplit(link.get_attribute("href"))
        assert (there.scheme, there.netloc, there.path) == ("https", "mastodon.example", "/share")
        words = f"{title}\n\n{demo.origin}/en/actions/{SLUG}"
        assert parse_qs(there.query) == {"text": [words]}
        assert watch.foreign_requests == []
        # The browser itself notes the status of the answer.
        assert all("422" in complaint for complaint in watch.complaints), watch.complaints


@pytest.mark.parametrize("language", ["en", "ar"])
def test_another_phone_reads_the_address_off_the_page(browser, demo, language):
    OUTPUT.mkdir(exist_ok=True)
    with visit(browser, demo.origin) as (page, _):
        be_counted(page, demo, language)
        address = f"{demo.origin}/{language}/actions/{SLUG}"
        code = page.locator(".qr")
        assert address in code.get_attribute("aria-label")
        for scheme in ("light", "dark"):
            for forced in ("none", "active"):
                page.emulate_media(color_scheme=scheme, forced_colors=forced)
                picture = OUTPUT / f"qr-{language}-{scheme}-{forced}.png"
                code.screenshot(path=picture)
                assert read_off(picture) == address
        page.emulate_media(color_scheme="light", forced_colors="none")
        page.screenshot(path=OUTPUT / f"counted-{language}.png", full_page=True)


def read_off(picture) -> str:
    done = subprocess.run(
        ["zbarimg", "--raw", "-q", picture], capture_output=True, text=True, check=False)
    return done.stdout.strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_link_elsewhere_shows_a_card(browser, demo, language):
    with visit(browser, demo.origin) as (page, _):
        page.goto(f"/{language}/actions/{SLUG}")
        said = {tag.get_attribute("property"): tag.get_attribute("content")
                for tag in page.locator("meta[property]").all()}
        assert page.locator("h1").inner_text() in said["og:image:alt"]
    OUTPUT.mkdir(exist_ok=True)
    card = OUTPUT / f"card-{language}.png"
    with urlopen(said["og:image"]) as answer:
        assert answer.headers["Content-Type"] == "image/png"
        card.write_bytes(answer.read())
    with Image.open(card) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
        assert picture.size == (int(said["og:image:width"]), int(said["og:image:height"]))
        assert len(picture.convert("RGB").getcolors(1200 * 630)) > 2, "there is something on it"
