"""The way of one letter, step by step: the page, the letter made ready, and the ways from there."""

import subprocess
from pathlib import Path

from signing import ACTION
from web import Response, Visitor

LETTER = f"{ACTION}/letter"
LETTERS = f"{ACTION}/letters"
NAME = "Leyla Məmmədova"
WORDS = "I teach in York, and my pupils ask me why."


def letter_form(visitor: Visitor, **fields: str) -> Response:
    """Opens the letter's page, fills in its form and sends it."""
    form = visitor.get(LETTER).form("/letter")
    return visitor.submit(form, **({"name": NAME, "words": WORDS, "language": "en"} | fields))


def ready(visitor: Visitor, **fields: str) -> Response:
    page = letter_form(visitor, **fields)
    assert page.status == 200, page.text
    return page


def send_order(visitor: Visitor, email: str, reply: str = "none", **fields: str) -> Response:
    """Asks the server to send a letter; the bare answer."""
    form = ready(visitor, **fields).form("/letters")
    return visitor.submit(form, email=email, reply=reply)


def order(visitor: Visitor, email: str, **fields: str) -> Response:
    """The same; the page on which the code is asked for."""
    page = visitor.follow(send_order(visitor, email, **fields))
    assert page.status == 200, page.text
    return page


def is_in_line(page: Response) -> bool:
    return page.status == 200 and "Your letter is in line" in page.text


def printed(visitor: Visitor, **fields: str) -> bytes:
    """The letter as a PDF."""
    form = ready(visitor, **fields).form("/letter.pdf")
    answer = visitor.submit(form)
    assert answer.status == 200, answer.text
    return answer.body


def told(tool: str, *arguments: str, pdf: bytes, folder: Path) -> str:
    """What one of Poppler's tools says of a PDF."""
    file = folder / "letter.pdf"
    file.write_bytes(pdf)
    tail = ["-"] if tool == "pdftotext" else []
    return subprocess.run(
        [tool, *arguments, file, *tail], check=True, capture_output=True, text=True).stdout
