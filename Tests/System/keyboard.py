"""Somebody who has keys only: goes from one thing to the next, and must see where they are."""

from playwright.sync_api import Page

FOCUSED = """() => {
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return null;
    const style = getComputedStyle(element);
    const [box] = element.getClientRects();
    const middle = box && [box.x + box.width / 2, box.y + box.height / 2];
    const there = middle && document.elementFromPoint(...middle);
    return {
        place: [...document.querySelectorAll('*')].indexOf(element),
        what: element.outerHTML.slice(0, 120),
        isSeen: Boolean(there) && (element.contains(there) || there.contains(element)
            || [...element.labels ?? []].some(label => label.contains(there))),
        isOutlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    };
}"""

# A group of radio buttons is one stop.
STOPS = """() => {
    const groups = new Set();
    return [...document.querySelectorAll('a[href], button, input, select, textarea, summary')]
        .filter(stop => stop.tabIndex >= 0 && stop.type !== 'hidden' && stop.checkVisibility())
        .filter(stop => stop.type !== 'radio' || !groups.has(stop.name) && groups.add(stop.name))
        .length;
}"""


class Keyboard:
    def __init__(self, page: Page):
        self._page = page

    def tab(self) -> dict | None:
        """To the next stop, which must show that it is the one; None after the last."""
        self._page.keyboard.press("Tab")
        focused = self._page.evaluate(FOCUSED)
        if focused:
            assert focused["isSeen"], f"focused, but out of sight: {focused['what']}"
            assert focused["isOutlined"], f"focused, but looks as ever: {focused['what']}"
        return focused

    def tab_to(self, selector: str) -> None:
        for _ in range(self._page.evaluate(STOPS) + 1):
            self.tab()
            if self._page.locator(f"{selector}:focus").count():
                return
        raise AssertionError(f"{selector} was never reached by Tab on {self._page.url}")

    def type(self, text: str) -> None:
        self._page.keyboard.type(text)

    def press(self, key: str) -> None:
        self._page.keyboard.press(key)

    def walk(self) -> list[str]:
        """Every stop of the page from the address bar on, until one would be back there."""
        stops: dict[int, str] = {}
        while (stop := self.tab()) and stop["place"] not in stops:
            stops[stop["place"]] = stop["what"]
        count = self._page.evaluate(STOPS)
        assert len(stops) == count, f"{len(stops)} of {count} stops: {[*stops.values()]}"
        assert not stop or stop["what"] == next(iter(stops.values())), f"trapped at {stop}"
        return [*stops.values()]
