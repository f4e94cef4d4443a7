"""The pages in an organisation's own colours, under its own name, as far as people can read them."""

import io
import json
import re
import time
from pathlib import Path

import pytest
from PIL import Image

from browser import OUTPUT, breaks_no_rule, take_pictures, visit
from outcry import SLUG, Server, until
from person import be_counted
from web import Visitor

NAME = "Teal & Sons"
FOOTER = {"en": "Teal & Sons, a registered charity", "ar": "تيل وأبناؤه، جمعية مسجلة"}
TEAL, TEAL_BY_NIGHT = (0x00, 0x47, 0x4f), (0x7f, 0xd6, 0xdf)
LOGO = '<svg viewBox="0 0 20 10"><path d="M0 0h20v10z"/><circle cx="5" cy="5" r="4"/></svg>'


def organisation_folder(folder: Path, brand: str) -> Path:
    folder.mkdir()
    (folder / "organisation.yaml").write_text(
        f'name: "{NAME}"\nbrand: "{brand}"\nbrand-night: "#7fd6df"\nheadlines: sans\n'
        "contact: mailto:office@teal.example\nfooter:\n"
        + "".join(f'  {language}: "{text}"\n' for language, text in FOOTER.items()))
    (folder / "logo.svg").write_text(LOGO)
    return folder


def command(server: Server, *arguments):
    return server.installation.run(
        "organisation", arguments[0], "--data", server.installation.data, *arguments[1:])


def page_of(server: Server, language: str = "en") -> str:
    return Visitor(server.port).get(f"/{language}/actions/{SLUG}").text


@pytest.fixture(scope="module")
def dressed(demo, tmp_path_factory) -> Server:
    folder = organisation_folder(tmp_path_factory.mktemp("teal") / "teal", "#00474f")
    ran = command(demo, "import", folder)
    assert ran.succeeded, str(ran)
    until(lambda: "Teal &amp; Sons" in page_of(demo), 5, "the running server follows")
    return demo


def contrast_with_white(colour: str) -> float:
    """As WCAG counts it."""
    parts = [part / 255 for part in bytes.fromhex(colour[1:])]
    light = [part / 12.92 if part <= .04045 else ((part + .055) / 1.055) ** 2.4 for part in parts]
    return 1.05 / (.2126 * light[0] + .7152 * light[1] + .0722 * light[2] + .05)


@pytest.mark.parametrize("brand", ["#8fa0a4", "#00838f"])
def test_a_colour_that_nobody_could_read_is_refused(demo, tmp_path, brand):
    before, page = command(demo, "show").stdout, page_of(demo)
    ran = command(demo, "import", organisation_folder(tmp_path / "pale", brand))
    assert ran.code != 0 and "Nothing was changed" in ran.stderr
    refused = re.search(
        rf'^organisation.yaml:2: "brand" is {brand}: .* misses 7 to 1 by ([\d.]+); (#\w+) would do$',
        ran.stderr, re.MULTILINE)
    assert refused, str(ran)
    assert float(refused[1]) == pytest.approx(7 - contrast_with_white(brand), abs=.011)
    assert contrast_with_white(refused[2]) >= 7
    time.sleep(1.5)
    assert command(demo, "show").stdout == before
    assert page_of(demo) == page, "a running server would have followed by now"


def colour(page, selector: str, property: str) -> tuple[int, ...]:
    value = page.locator(selector).first.evaluate(
        f"element => getComputedStyle(element)['{property}']")
    return tuple(int(part) for part in value.removeprefix("rgb(").removesuffix(")").split(","))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_running_server_dresses_its_pages(browser, dressed, language):
    with visit(browser, dressed.origin) as (page, watch):
        page.goto(f"/{language}/actions/{SLUG}")
        assert page.locator(".org").inner_text() == NAME
        assert page.title().endswith(NAME)
        assert FOOTER[language] in page.locator(".foot").inner_text()
        box = page.locator(".org svg").bounding_box()
        assert (box["width"], box["height"]) == (52, 26)
        assert colour(page, "form .button", "backgroundColor") == TEAL
        assert colour(page, ".demand", "backgroundColor") == TEAL
        assert "Sans" in page.locator("h1").evaluate("h1 => getComputedStyle(h1).fontFamily")
        page.emulate_media(color_scheme="dark")
        assert colour(page, "form .button", "backgroundColor") == TEAL_BY_NIGHT
        assert colour(page, ".org svg", "color") == TEAL_BY_NIGHT
        take_pictures(page, f"dressed-{language}")
        page.goto(f"/{language}/privacy")
        assert page.locator("a[href='mailto:office@teal.example']").is_visible()
        assert watch.complaints == [] and watch.foreign_requests == []


def test_the_card_and_the_icon_are_dressed_too(dressed):
    visitor = Visitor(dressed.port)
    card = visitor.get(f"/en/actions/{SLUG}/card.png").body
    OUTPUT.mkdir(exist_ok=True)
    (OUTPUT / "card-dressed.png").write_bytes(card)
    with Image.open(io.BytesIO(card)) as picture:
        assert picture.convert("RGB").getpixel((3, 3)) == TEAL
    icon = visitor.get("/favicon.ico").text
    assert "#00474f" in icon and "#7fd6df" in icon
    shown = json.loads(command(dressed, "show").stdout)
    assert shown["name"] == NAME and shown["appearance"]["brand"] == "#00474f"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dressed_pages_break_no_rule(browser, dressed, scheme):
    with visit(browser, dressed.origin, script=True, color_scheme=scheme,
               bypass_csp=True) as (page, _):
        for path in ("/en/", f"/ar/actions/{SLUG}", "/en/how-we-count", "/en/withdrawals/new"):
            page.goto(path)
            breaks_no_rule(page)
        be_counted(page, dressed)
        breaks_no_rule(page)
        page.screenshot(path=OUTPUT / f"dressed-counted-{scheme}.png", full_page=True)
