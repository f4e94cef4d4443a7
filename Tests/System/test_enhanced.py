"""What script adds to pages that work without it: a fresh number, copying, a tab that knows."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, pairwise

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from browser import LANGUAGES, take_pictures, visit
from outcry import EXAMPLE, SLUG
from person import be_counted, code_for, confirm_by_link, sign
from signing import Outbox, counted, new_address, number, number_becomes
from web import Visitor

OTHER = "other-2018"
FIRST_QUESTION = 10_000
"""Milliseconds until the page asks for the number for the first time."""


@pytest.fixture(scope="module", autouse=True)
def another_action(demo, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("actions") / OTHER
    folder.mkdir()
    for file in EXAMPLE.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    assert demo.installation.import_action(folder).succeeded


@contextmanager
def open_action(browser, demo, language: str = "en") -> Iterator[Page]:
    """The action's page, whose clock goes as the test says."""
    with visit(browser, demo.origin, script=True) as (page, _):
        page.clock.install()
        page.goto(f"/{language}/actions/{SLUG}")
        yield page


def tally(page: Page) -> dict:
    return page.locator(".tally").evaluate("""tally => {
        const {max, value} = tally.querySelector('progress');
        return {sentence: tally.querySelector('p').innerHTML,
                goal: tally.querySelector('[data-goal]').textContent, max, value};
    }""")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_number_follows_what_others_do_in_the_words_of_the_server(browser, demo, language):
    with open_action(browser, demo, language) as page:
        before = tally(page)
        counted(Visitor(demo.port), Outbox(demo), new_address())
        number_becomes(Visitor(demo.port), before["value"] + 1)
        page.clock.fast_forward(FIRST_QUESTION + 1000)
        expect(page.locator(".tally b")).to_have_text(str(before["value"] + 1))
        after = tally(page)
        assert after["value"] == before["value"] + 1
        announced = page.locator(".tally [role=status]").text_content()
        assert announced == page.locator(".tally p").first.text_content()
        page.reload()
        assert tally(page) == after


def test_no_part_of_the_page_keeps_an_older_number(browser, demo):
    counted(Visitor(demo.port), Outbox(demo), new_address())
    shown = number(Visitor(demo.port))
    with open_action(browser, demo) as page:
        assert tally(page)["value"] == shown
        counted(Visitor(demo.port), Outbox(demo), new_address())
        number_becomes(Visitor(demo.port), shown + 1)
        page.clock.fast_forward(FIRST_QUESTION + 1000)
        expect(page.locator(".tally b")).to_have_text(str(shown + 1))
        head = page.locator(".lead").inner_text()
        page.reload()
        assert head == page.locator(".lead").inner_text()


def test_a_goal_that_is_reached_makes_room_for_the_next(browser, demo):
    with open_action(browser, demo) as page:
        answer_with(page, [1000])
        page.clock.fast_forward(FIRST_QUESTION + 1000)
        expect(page.locator(".tally b")).to_have_text("1,000")
        assert tally(page)["max"] == 2500
        assert "2,500" in tally(page)["goal"]


def answer_with(page: Page, numbers) -> None:
    answers = iter(numbers)
    page.route("**/count.json", lambda route: route.fulfill(
        body=json.dumps({"number": next(answers)}), content_type="application/json"))


def test_a_number_that_rises_all_the_time_is_heard_once_a_minute(browser, demo):
    with open_action(browser, demo) as page:
        answer_with(page, count(100))
        page.evaluate("""() => {
            window.heard = [];
            const said = document.querySelector('.tally [role=status]');
            new MutationObserver(() => heard.push(Date.now())).observe(said, {childList: true});
        }""")
        started = page.evaluate("Date.now()")
        for number in range(100, 148):
            # Whoever comes back to the tab asks at once; here somebody does every five seconds.
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            expect(page.locator(".tally b")).to_have_text(str(number))
            page.clock.run_for(5_000)
        heard = page.evaluate("heard")
        # The clock that the test moves goes on by itself meanwhile.
        minutes = (page.evaluate("Date.now()") - started) // 60_000
        assert 3 <= len(heard) <= minutes + 1, "one announcement a minute"
        # What is heard is noted a moment after it was said.
        assert all(later - earlier >= 59_000 for earlier, later in pairwise(heard))


@contextmanager
def who_may_copy(browser, demo) -> Iterator[Page]:
    with visit(browser, demo.origin, script=True) as (page, watch):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=demo.origin)
        yield page
        assert watch.complaints == []


def copies(page: Page, selector: str) -> str:
    """What is in the clipboard after the button beside has been pressed, which says so."""
    row = page.locator(f"{selector} + .copy")
    button, said = row.get_by_role("button"), row.get_by_role("status")
    assert button.inner_text() and said.inner_text() == ""
    button.focus()
    page.keyboard.press("Enter")
    expect(said).to_have_text(page.locator(selector).get_attribute("data-copied"))
    assert said.is_visible() and button.is_visible()
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_address_to_share_can_be_copied(browser, demo, language):
    with who_may_copy(browser, demo) as page:
        address = f"{demo.origin}/{language}/actions/{SLUG}"
        page.goto(address)
        assert copies(page, "#share ~ .text") == address


def test_the_code_for_leaving_can_be_copied(browser, demo):
    with who_may_copy(browser, demo) as page:
        be_counted(page, demo)
        assert copies(page, "#share ~ .text") == f"{demo.origin}/en/actions/{SLUG}"
        code = copies(page, ".withdraw")
        assert re.fullmatch("[A-Z2-7]{26}", code.replace("-", ""))
        assert code == page.locator(".withdraw").text_content().strip()
        page.goto("/en/withdrawals/new")
        page.locator("[name=withdrawal]").focus()
        page.keyboard.press("Control+V")
        page.keyboard.press("Enter")
        expect(page.locator("[name=withdrawal]")).to_have_count(0)
        assert "problem" not in page.locator("main").inner_html(), "it is taken as it was copied"


def waiting_tab(context: BrowserContext, slug: str = SLUG) -> tuple[Page, str]:
    page = context.new_page()
    return page, sign(page, slug=slug)


def is_waiting(page: Page) -> bool:
    return page.locator("[data-until-done]").count() == 3


def test_the_tab_that_waits_says_when_it_need_not_any_more(browser, demo):
    with (visit(browser, demo.origin, script=True) as (link, watch),
          visit(browser, demo.origin, script=True) as (stranger, _)):
        page, address = waiting_tab(link.context)
        other_action, _ = waiting_tab(link.context, OTHER)
        sign(stranger)
        code = code_for(address, demo)
        page.locator("[name=code]").fill(code[:3])
        confirm_by_link(link, demo, address)
        page.locator("[data-until-done]").first.wait_for(state="detached")
        heading = page.locator("h1")
        assert heading.count() == 1 and heading.is_visible()
        assert heading.evaluate("heading => heading === document.activeElement")
        assert page.title() == heading.inner_text()
        assert page.locator("[name=code]").is_visible(), "it may wait for somebody else"
        assert page.locator("[name=code]").input_value() == code[:3]
        assert is_waiting(other_action) and is_waiting(stranger)
        take_pictures(page, "waiting-done")
        assert watch.complaints == []
        assert "Nothing has been counted" not in page.locator("main").inner_text(), "it has"


def test_a_tab_that_slept_meanwhile_asks_when_it_wakes(browser, demo):
    with visit(browser, demo.origin, script=True) as (link, _):
        page, address = waiting_tab(link.context)
        confirm_by_link(link, demo, address)
        page.reload()
        other_action, _ = waiting_tab(link.context, OTHER)
        assert is_waiting(page)
        for tab in (other_action, page):
            tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        page.locator("[data-until-done]").first.wait_for(state="detached")
        assert is_waiting(other_action)
