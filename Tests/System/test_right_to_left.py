"""In a page that runs from right to left, what does not run so keeps its own order."""

import pytest
from playwright.sync_api import Page

from browser import DESKTOP, PHONE, visit
from outcry import SLUG
from person import be_counted

WORDS = """(element, text) => {
    const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    while (nodes.nextNode()) {
        const node = nodes.currentNode;
        let place = node.data.indexOf(text);
        if (place < 0) continue;
        return text.split(' ').map(word => {
            const range = document.createRange();
            range.setStart(node, place);
            range.setEnd(node, place += word.length);
            place += 1;
            const [box] = range.getClientRects();
            return [Math.round(box.bottom), box.x];
        });
    }
}"""


def runs_to_the_right(page: Page, text: str) -> bool:
    """Whether the words stand as they are read, line by line from the left."""
    places = page.locator("main").evaluate(WORDS, text)
    assert places, f"{text} is not on the page"
    return places == sorted(places)


@pytest.mark.parametrize("text", [
    "Nümunə prospekti 100", "Written declaration 640, Doc. 14420",
    "Urgent action victory: all LGBTI people detained in mass raids released (Azerbaijan, UA 223/17)"])
@pytest.mark.parametrize("window", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_latin_lines_of_an_arabic_page_read_from_the_left(browser, demo, window, text):
    with visit(browser, demo.origin, viewport=window) as (page, _):
        page.goto(f"/ar/actions/{SLUG}")
        assert runs_to_the_right(page, text)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_the_code_for_leaving_is_written_down_as_it_must_be_typed(browser, demo, language):
    with visit(browser, demo.origin) as (page, _):
        be_counted(page, demo, language)
        code = page.locator(".withdraw")
        groups = code.locator("span").evaluate_all("""groups => groups.map(group => {
            const box = group.getBoundingClientRect();
            return [Math.round(box.bottom), box.x, group.textContent];
        })""")
        seen = "".join(text for _, _, text in sorted(groups))
        assert seen == code.text_content().strip()
