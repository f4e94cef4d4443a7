"""The way of one signature, step by step: form, mail, confirmation, withdrawal."""

import itertools
import json
import re
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.request import urlopen

from outcry import SLUG, Server, until
from web import Form, Response, Visitor

ACTION = f"/en/actions/{SLUG}"
COUNT = f"/actions/{SLUG}/count.json"
LINK = re.compile(r"/([cw])/([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])")
CODE = re.compile(r"(?<![\w-])\d{6}(?![\w-])")
ADDRESS = re.compile(r"https?://\S+")

_people = itertools.count(1)


@dataclass
class Mail:
    to: str
    subject: str
    text: str

    @property
    def addresses(self) -> list[str]:
        return ADDRESS.findall(self.text)

    @property
    def secret(self) -> str:
        """The 43 characters of the link, for confirming or withdrawing."""
        found = LINK.search(self.text)
        assert found, f"no link in the mail:\n{self.text}"
        return found[2]

    @property
    def code(self) -> str:
        codes = set(CODE.findall(ADDRESS.sub(" ", f"{self.subject}\n{self.text}")))
        assert len(codes) == 1, f"not one code but {codes} in the mail:\n{self.text}"
        return codes.pop()


class Mailbox(Protocol):
    """Where mail ends up: a relay of the tests, or the outbox of `--demo`."""

    def mails_to(self, address: str) -> list[Mail]: ...


@dataclass
class Outbox:
    """The demo's own, at /dev/outbox.json."""

    server: Server

    def mails_to(self, address: str) -> list[Mail]:
        # Without the header of a proxy: the outbox is for this machine only.
        with urlopen(f"{self.server.origin}/dev/outbox.json") as response:
            mails = json.load(response)
        return [Mail(**mail) for mail in mails if mail["to"] == address]


def newest_mail(mailbox: Mailbox, address: str, count: int = 1, within: float = 30) -> Mail:
    """The newest of at least `count` mails to this address."""
    def arrived() -> list[Mail]:
        mails = mailbox.mails_to(address)
        return mails if len(mails) >= count else []
    return until(arrived, within, f"{count} mail(s) to {address}")[-1]


def new_address() -> str:
    number = next(_people)
    return f"person{number}@people-{number}.example"


def send_form(visitor: Visitor, email: str, **fields: str) -> Response:
    """Opens the action's page, fills in its form and sends it; the bare answer."""
    form = visitor.get(ACTION).form("/signatures")
    return visitor.submit(form, **({"name": "Leyla Məmmədova", "email": email} | fields))


def sign(visitor: Visitor, email: str, **fields: str) -> Response:
    """Sends the form; the page on which the code is asked for."""
    page = visitor.follow(send_form(visitor, email, **fields))
    assert page.status == 200, page.text
    return page


def send_code(visitor: Visitor, ticket_page: Response, code: str) -> Response:
    return visitor.submit(ticket_page.form("/confirmations", having="ticket"), code=code)


def open_link(visitor: Visitor, secret: str) -> Form:
    page = visitor.get(f"/c/{secret}")
    assert page.status == 200, page.text
    return page.form("/c", having="secret")


def confirm_by_link(visitor: Visitor, secret: str) -> Response:
    return visitor.submit(open_link(visitor, secret))


def withdrawal_code(response: Response) -> str | None:
    """The code on a page that says "you are counted", as 26 characters; None on any other."""
    for element in response.of_class("withdraw"):
        text = re.sub(r"[\s-]", "", element.text)
        if re.fullmatch("[A-Z2-7]{26}", text):
            return text
    return None


def counted(visitor: Visitor, mailbox: Mailbox, email: str, **fields: str) -> str:
    """The whole way; the withdrawal code."""
    page = sign(visitor, email, **fields)
    answer = send_code(visitor, page, newest_mail(mailbox, email).code)
    code = withdrawal_code(answer)
    assert answer.status == 200 and code, f"{answer.status}: not counted\n{answer.text}"
    return code


def withdraw(visitor: Visitor, code: str) -> Response:
    form = visitor.get("/en/withdrawals/new").form("/withdrawals", having="withdrawal")
    return visitor.submit(form, withdrawal=code)


BATCH = 2.3
"""Seconds without a change after which all that was done before is in the ledger, which takes a
batch a second; what is taken back comes a batch later."""


def number(visitor: Visitor) -> int:
    """The public number with all that was done until now."""
    seen = visitor.get(COUNT).text
    since = time.monotonic()
    while time.monotonic() - since < BATCH:
        time.sleep(0.1)
        now = visitor.get(COUNT).text
        if now != seen:
            seen, since = now, time.monotonic()
    return json.loads(seen)["number"]


def number_now(visitor: Visitor) -> int:
    """The public number as it stands, which may lack the last second."""
    return json.loads(visitor.get(COUNT).text)["number"]


def number_becomes(visitor: Visitor, expected: int, within: float = 15) -> None:
    until(lambda: number_now(visitor) == expected, within, f"the number is {expected}")
