"""For people who see little or nothing, have keys only, or cannot bear what moves."""

import pytest
from PIL import Image
from playwright.sync_api import Page

from browser import DESKTOP, LANGUAGES, OUTPUT, PHONE, SMALLEST, visit
from keyboard import Keyboard
from outcry import SLUG
from person import NAME, be_counted, code_for
from signing import new_address

ACTION = f"/actions/{SLUG}"
PATHS = ["/", ACTION, "/how-we-count", "/privacy", "/accessibility", f"{ACTION}/fediverse",
         "/withdrawals/new", "/receipts/new", "/nothing"]


@pytest.mark.parametrize(("script", "window"), [(False, DESKTOP), (True, PHONE)],
                         ids=["script off", "script on"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_one_signs_by_keyboard_alone(browser, demo, language, script, window):
    with visit(browser, demo.origin, script, viewport=window, reduced_motion="reduce") as (page, _):
        keyboard, address = Keyboard(page), new_address()
        page.goto(f"/{language}{ACTION}")
        assert 'class="skip"' in keyboard.tab()["what"], "the first stop leads to the form"
        keyboard.press("Enter")
        page.wait_for_url("**#sign")
        keyboard.tab_to("[name=name]")
        keyboard.type(NAME)
        keyboard.tab_to("[name=email]")
        keyboard.type(address)
        keyboard.tab_to("[name=show]")
        keyboard.press("ArrowDown")
        keyboard.tab_to("[name=updates]")
        keyboard.press("Space")
        assert page.locator("#show-target:checked, [name=updates]:checked").count() == 2
        keyboard.tab_to("form[action$='/signatures'] button")
        keyboard.press("Space")
        page.wait_for_url("**/confirmations/new?ticket=*")
        keyboard.tab_to("[name=code]")
        keyboard.type(code_for(address, demo))
        keyboard.press("Enter")
        page.locator(".withdraw").wait_for()
        keyboard.walk()


@pytest.mark.parametrize("script", [False, True], ids=["script off", "script on"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_nobody_is_caught_on_a_page_nor_kept_from_a_part_of_it(browser, demo, language, script):
    with visit(browser, demo.origin, script, reduced_motion="reduce") as (page, _):
        for path in PATHS:
            page.goto(f"/{language}{path}")
            assert 'class="skip"' in Keyboard(page).walk()[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_four_times_as_large_nothing_is_cut_off_or_covered(browser, demo, language):
    window = {"width": 320, "height": 256}
    with visit(browser, demo.origin, viewport=window, device_scale_factor=4) as (page, _):
        for path in PATHS:
            page.goto(f"/{language}{path}")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
            page.mouse.wheel(0, 500)
            covering = page.evaluate("""() => [...document.querySelectorAll('body *')]
                .filter(e => ['fixed', 'sticky'].includes(getComputedStyle(e).position))
                .map(e => e.getBoundingClientRect().height)""")
            assert sum(covering) <= 256 / 3, path


def has_edge(page: Page, selector: str) -> bool:
    return page.locator(selector).first.evaluate("""element => {
        const style = getComputedStyle(element);
        return ['Top', 'Right', 'Bottom', 'Left'].every(side =>
            style[`border${side}Style`] !== 'none' && parseFloat(style[`border${side}Width`]) >= 1);
    }""")


def contrast(page: Page, selector: str) -> float:
    """Of an element's text with what it stands on, as WCAG counts it."""
    return page.locator(selector).first.evaluate("""element => {
        const numbers = colour => colour.match(/[\\d.]+/g).map(Number);
        const ground = (element) => {
            const colour = getComputedStyle(element).backgroundColor;
            const isClear = numbers(colour)[3] === 0;
            return isClear && element.parentElement ? ground(element.parentElement) : colour;
        };
        const luminance = (colour) => numbers(colour).slice(0, 3).map(part => part / 255)
            .map(part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4)
            .reduce((sum, part, index) => sum + part * [.2126, .7152, .0722][index], 0);
        const both = [getComputedStyle(element).color, ground(element)].map(luminance);
        return (Math.max(...both) + .05) / (Math.min(...both) + .05);
    }""")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_the_colours_of_the_system_everything_can_be_told_apart(browser, demo, scheme):
    OUTPUT.mkdir(exist_ok=True)
    with visit(browser, demo.origin, forced_colors="active", color_scheme=scheme) as (page, _):
        page.goto(f"/en{ACTION}")
        page.locator("progress").evaluate("bar => { bar.value = bar.max / 2 }")
        assert has_edge(page, "form .button") and has_edge(page, ".demand")
        assert has_edge(page, ".state")
        for text in ("form .button", ".demand h2", ".state", ".claim", "h1", ".tally b"):
            assert contrast(page, text) >= 4.5, text
        assert is_seen(page, ".len", f"forced-line-{scheme}")
        assert is_seen(page, "progress", f"forced-progress-{scheme}")
        page.screenshot(path=OUTPUT / f"forced-action-{scheme}.png", full_page=True)
        page.locator("form[action$='/signatures'] button").click()
        assert has_edge(page, ".problem") and contrast(page, ".error") >= 4.5
        be_counted(page, demo)
        assert has_edge(page, ".inked")
        for text in (".inked h1", ".inked b", ".withdraw", ".row .button"):
            assert contrast(page, text) >= 4.5, text
        page.screenshot(path=OUTPUT / f"forced-counted-{scheme}.png", full_page=True)


def is_seen(page: Page, selector: str, name: str) -> bool:
    """Whether a line runs through the middle of what is drawn there, but not all along."""
    path = OUTPUT / f"{name}.png"
    page.locator(selector).first.screenshot(path=path)
    with Image.open(path) as picture:
        middle = picture.convert("L").crop((4, picture.height // 2, picture.width - 4,
                                            picture.height // 2 + 1))
        darkest, lightest = middle.getextrema()
    return lightest - darkest > 80


def test_nothing_moves_for_those_who_cannot_bear_it(browser, demo):
    moving = """() => [...document.getAnimations().map(() => 'animation'),
        ...[...document.querySelectorAll('*')].map(e => getComputedStyle(e)).flatMap(style => [
            style.animationName !== 'none' && style.animationName,
            parseFloat(style.transitionDuration) > 0 && 'transition',
            style.scrollBehavior !== 'auto' && 'scrolling']).filter(Boolean)]"""
    with visit(browser, demo.origin, reduced_motion="reduce") as (page, _):
        for path in PATHS:
            page.goto(f"/en{path}")
            assert page.evaluate(moving) == [], path
        be_counted(page, demo)
        assert page.evaluate(moving) == []
        page.emulate_media(reduced_motion="no-preference")
        assert {"ink", "scrolling"} <= set(page.evaluate(moving)), "or nothing was looked at"


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_style_a_page_reads_in_its_order(browser, demo, language):
    with visit(browser, demo.origin, viewport=SMALLEST) as (page, _):
        page.route("**/*.css*", lambda route: route.abort())
        page.goto(f"/{language}{ACTION}")
        parts = ["h1", ".brief", ".demand h2", ".tally p", "[name=name]", ".story h2", ".rivals",
                 ".days", "footer"]
        tops = [page.locator(part).first.bounding_box()["y"] for part in parts]
        assert tops == sorted(tops), dict(zip(parts, tops, strict=True))
        for path in (ACTION, "/", "/privacy"):
            page.goto(f"/{language}{path}")
            assert page.evaluate("getComputedStyle(document.body).margin") == "8px", "no style"
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
