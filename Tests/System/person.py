"""One person at a browser, on the way that signing.py goes without one."""

from playwright.sync_api import Page

from outcry import SLUG, Server
from signing import Outbox, new_address, newest_mail

NAME = "Leyla Məmmədova"


def sign(page: Page, language: str = "en", slug: str = SLUG) -> str:
    """Sends the form; the address that a mail goes to, while the page waits for its code."""
    address = new_address()
    page.goto(f"/{language}/actions/{slug}")
    page.locator("[name=name]").fill(NAME)
    page.locator("[name=email]").fill(address)
    page.locator("form[action$='/signatures'] button").click()
    page.wait_for_url("**/confirmations/new?ticket=*")
    return address


def code_for(address: str, server: Server) -> str:
    return newest_mail(Outbox(server), address).code


def be_counted(page: Page, server: Server, language: str = "en") -> str:
    """The whole way, by the code; the withdrawal code that is shown at its end."""
    page_code = code_for(sign(page, language), server)
    page.locator("[name=code]").fill(page_code)
    page.locator("form:has([name=code]) button").click()
    return page.locator(".withdraw").inner_text()


def confirm_by_link(page: Page, server: Server, address: str) -> None:
    page.goto(f"/c/{newest_mail(Outbox(server), address).secret}")
    page.locator("form[action='/c'] button").click()
    page.locator("main[data-confirmed]").wait_for()
