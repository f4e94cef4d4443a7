"""Pages without their script lack nothing that shows; with it they do nothing that was not asked."""

import pytest
from playwright.sync_api import Page

from browser import visit
from outcry import SLUG
from person import be_counted, code_for, confirm_by_link, sign

PATHS = ["/", f"/actions/{SLUG}", "/how-we-count", "/privacy", "/accessibility",
         f"/actions/{SLUG}/fediverse", "/withdrawals/new", "/receipts/new", "/nothing"]

DEAD_ENDS = """() => {
    const visible = element => element.checkVisibility({visibilityProperty: true})
        && !element.closest('.trap');
    const controls = [...document.querySelectorAll('button, a, input, select, [role], [data-copy]')];
    const does = element => {
        if (element.matches('button')) return element.form && element.type === 'submit';
        if (element.matches('a')) return element.getAttribute('href');
        if (element.matches('input, select')) return element.labels.length && element.form;
        return true;
    };
    const says = element => element.matches('input, select, .hidden, svg *')
        || element.textContent.trim() || element.getAttribute('aria-label');
    return controls.filter(visible).filter(element => !does(element) || !says(element))
        .map(element => element.outerHTML);
}"""


def has_no_dead_end(page: Page) -> None:
    assert page.evaluate(DEAD_ENDS) == [], page.url
    assert page.locator(".copy").count() == 0


@pytest.mark.parametrize("how", ["off", "lost on its way"])
def test_without_script_everything_that_shows_works(browser, demo, how):
    with visit(browser, demo.origin, script=how != "off") as (page, watch):
        if how != "off":
            page.context.route("**/outcry.js*", lambda route: route.abort())
        for path in PATHS[:-1]:
            page.goto(f"/en{path}")
            has_no_dead_end(page)
        address = sign(page)
        has_no_dead_end(page)
        page.locator("[name=code]").fill(code_for(address, demo))
        page.locator("form:has([name=code]) button").click()
        assert page.locator(".withdraw").is_visible()
        has_no_dead_end(page)
        assert watch.foreign_requests == [] and watch.cookies == []
        lost = sum("/outcry.js" in url for url in watch.requests)
        assert (lost == 0) == (how == "off")


def test_dead_ends_are_seen(browser, demo):
    """Or the silence above would prove nothing."""
    with visit(browser, demo.origin) as (page, _):
        page.goto("/en/")
        page.evaluate("""() => {
            const main = document.querySelector('main');
            for (const name of ['a', 'button', 'input']) main.append(document.createElement(name));
            main.append(Object.assign(document.createElement('span'), {role: 'status'}));
        }""")
        assert len(page.evaluate(DEAD_ENDS)) == 4


def complaints(watch) -> list[str]:
    """Without what the browser itself notes: that an answer was an error."""
    return [text for text in watch.complaints if "Failed to load resource" not in text]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_script_asks_nobody_else_and_keeps_nothing(browser, demo, language):
    with visit(browser, demo.origin, script=True) as (page, watch):
        for path in PATHS:
            page.goto(f"/{language}{path}")
            page.mouse.wheel(0, 20_000)
        page.goto(f"/{language}/actions/{SLUG}")
        page.locator("form[action$='/signatures'] button").click()
        address = sign(page, language)
        waiting = page.context.new_page()
        waiting.goto(page.url)
        waiting.locator("form button").click()
        confirm_by_link(page, demo, address)
        waiting.locator("[data-until-done]").first.wait_for(state="detached")
        code = be_counted(page, demo, language)
        page.goto(f"/{language}/withdrawals/new")
        page.locator("[name=withdrawal]").fill(code)
        page.keyboard.press("Enter")
        page.locator("[name=withdrawal]").wait_for(state="detached")
        assert any("/outcry.js" in url for url in watch.requests)
        assert watch.foreign_requests == [] and complaints(watch) == []
        assert page.context.storage_state() == {"cookies": [], "origins": []}


def test_the_watch_sees_markup_that_script_makes_of_text(browser, demo):
    with visit(browser, demo.origin, script=True) as (page, watch):
        page.goto("/en/")
        page.evaluate("try { document.body.innerHTML = '<p>'; } catch { }")
        assert any("TrustedHTML" in text for text in complaints(watch))
