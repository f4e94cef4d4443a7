"""Chromium, watched: what it asks for, what it complains of, what it keeps; and what axe finds."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import axe_playwright_python
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from outcry import ROOT

OUTPUT = ROOT / "Tests/System/output"
PHONE, DESKTOP = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
SMALLEST = {"width": 320, "height": 640}
LANGUAGES = ["en", "az", "ru", "ar", "fr"]
AXE = Path(axe_playwright_python.__file__).parent / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's browser; `OUTCRY_CHROMIUM` names another."""
    path = os.environ.get("OUTCRY_CHROMIUM") or shutil.which("chromium")
    assert path, "no chromium on the PATH: Scripts/setup test installs it"
    with sync_playwright() as playwright:
        # Containers often run as root, where Chromium's own sandbox cannot be had.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watch:
    """Everything that pages of one visitor did besides showing themselves."""

    def __init__(self, context: BrowserContext, origin: str):
        self._context = context
        self._origin = origin
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("console", lambda message: self.complaints.append(message.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    @property
    def foreign_requests(self) -> list[str]:
        own = (f"{self._origin}/", "data:")
        return [url for url in self.requests if not url.startswith(own)]

    @property
    def cookies(self) -> list:
        return self._context.cookies()


@contextmanager
def visit(
    browser: Browser, origin: str, script: bool = False, **options
) -> Iterator[tuple[Page, Watch]]:
    """A visitor, with script switched off unless it is asked for; `options` of the context."""
    settings = {"viewport": PHONE, "locale": "en-GB", "base_url": origin} | options
    context = browser.new_context(java_script_enabled=script, **settings)
    context.set_default_timeout(20_000)
    watch = Watch(context, origin)
    yield context.new_page(), watch
    context.close()


def broken_rules(page: Page) -> list[dict]:
    """What axe finds; the page needs script, and a context that bypasses its policy."""
    page.add_script_tag(path=AXE)
    return page.evaluate("rules => axe.run({runOnly: rules}).then(r => r.violations)", RULES)


def breaks_no_rule(page: Page) -> None:
    found = broken_rules(page)
    assert not found, [(page.url, rule["id"], [node["html"] for node in rule["nodes"]])
                       for rule in found]


def take_pictures(page: Page, name: str) -> None:
    """On a phone and on a desk, by day and by night, into Tests/System/output."""
    OUTPUT.mkdir(exist_ok=True)
    for size_name, size in (("phone", PHONE), ("desktop", DESKTOP)):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            path = OUTPUT / f"{name}-{size_name}-{scheme}.png"
            page.screenshot(path=path, full_page=True, animations="disabled")
            assert is_picture(path)
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="light")


def is_picture(path: Path) -> bool:
    content = path.read_bytes()
    return content.startswith(b"\x89PNG") and len(content) > 1000


def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the smallest phone."""
    page.set_viewport_size(SMALLEST)
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(PHONE)
    return width - SMALLEST["width"]
