"""What one prints, posts and keeps of an action, as a stranger's tools read it: the sheet, the
petition, the calendar, the kit and the card follow the action within a minute."""

import io
import json
import re
import subprocess
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from PIL import Image

from browser import LANGUAGES, OUTPUT
from conftest import set_up
from outcry import SLUG, Installation, Server, example_as, until
from relay import Relay
from signing import ACTION, counted, new_address, number
from test_ledger import Copy, published
from web import Response, Visitor

A4, LETTER = "595.276 x 841.89 pts (A4)", "612 x 792 pts (letter)"
RELEASED = "Everyone who was held has been released"
DATED = "dated-2018"
CLOSES = date(2030, 3, 31)


@pytest.fixture(scope="module")
def server(tmp_path_factory, keepers) -> Iterator[Server]:
    """One action without a day to end on, one with."""
    folder = tmp_path_factory.mktemp("papers")
    with Relay() as relay:
        installation = set_up(folder, relay, keepers["first"])
        dated = example_as(
            folder, DATED, ("action.yaml", "opens: 2017-09-23", f"opens: 2017-09-23\ncloses: {CLOSES}"))
        assert installation.import_action(dated).succeeded
        with Server(installation) as server:
            server.relay = relay
            yield server


@pytest.fixture
def visitor(server) -> Visitor:
    return Visitor(server.port)


def tool(*command: object, given: bytes = b"") -> str:
    ran = subprocess.run(
        [*map(str, command)], input=given, capture_output=True, timeout=30, check=False)
    assert ran.returncode == 0, f"{command}: {ran.stderr.decode()}"
    return ran.stdout.decode()


def plain(text: str) -> str:
    """Without breaks of lines and marks of direction, letters in their usual form."""
    text = "".join(sign for sign in unicodedata.normalize("NFKC", text)
                   if unicodedata.category(sign) != "Cf")
    return re.sub(r"\s+", " ", text)


def printed(pdf: bytes) -> str:
    return plain(tool("pdftotext", "-", "-", given=pdf))


def facts(pdf: bytes) -> dict[str, str]:
    lines = tool("pdfinfo", "-", given=pdf).splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def pictures(pdf: bytes, name: str) -> list[Path]:
    """Each page as a picture, for those who look."""
    for old in OUTPUT.glob(f"{name}-*.png"):
        old.unlink()
    tool("pdftoppm", "-png", "-r", "150", "-", OUTPUT / name, given=pdf)
    return sorted(OUTPUT.glob(f"{name}-*.png"))


def codes(picture: Path) -> str:
    return tool("zbarimg", "--quiet", "--raw", picture).strip()


def got(visitor: Visitor, path: str, kind: str) -> Response:
    answer = visitor.get(path)
    assert answer.status == 200, f"{path}: {answer.status}"
    assert answer.header("Content-Type") == kind
    return answer


def pdf_of(visitor: Visitor, name: str, language: str = "en", query: str = "") -> bytes:
    return got(visitor, f"/{language}/actions/{SLUG}/{name}.pdf{query}", "application/pdf").body


def calendar_of(visitor: Visitor, language: str = "en", slug: str = SLUG):
    answer = got(
        visitor, f"/{language}/actions/{slug}/deadline.ics", "text/calendar; charset=utf-8")
    for line in answer.body.split(b"\r\n"):
        assert len(line) <= 75 and b"\n" not in line
        line.decode()
    [component] = Calendar.from_ical(answer.body).subcomponents
    assert not component.errors
    return component


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "pages"), [("sheet", 2), ("petition", 1)])
def test_a_sheet_is_a_whole_document_in_its_language(server, visitor, language, name, pages):
    pdf = pdf_of(visitor, name, language)
    known = facts(pdf)
    assert (known["Pages"], known["Page size"], known["Tagged"]) == (str(pages), A4, "yes")
    assert "JavaScript" not in known or known["JavaScript"] == "no"
    text = printed(pdf)
    assert f"127.0.0.1:{server.port}/actions/{SLUG}" in text
    assert not re.search(r"[{}]|\b(sheet|petition|letter|claims|state)\.[a-z]", text)
    shots = pictures(pdf, f"{name}-{language}")
    assert len(shots) == pages
    assert codes(shots[-1]) == f"{server.origin}/actions/{SLUG}"
    assert facts(pdf_of(visitor, name, language, "?paper=letter"))["Page size"] == LETTER


@pytest.mark.parametrize("name", ["sheet", "petition"])
def test_a_pdf_is_sound_and_has_all_of_its_fonts(visitor, tmp_path, name):
    file = tmp_path / f"{name}.pdf"
    for language in LANGUAGES:
        file.write_bytes(pdf_of(visitor, name, language))
        assert "No syntax or stream encoding errors" in tool("qpdf", "--check", file)
        rows = tool("pdffonts", file).splitlines()[2:]
        assert rows and all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows), rows


def test_the_sheet_has_every_fact_with_its_source(visitor):
    text = printed(pdf_of(visitor, "sheet"))
    for fact in [
            "Urgent action", "UA 17/2017", "ERN 55/001/2017", "Azerbaijan", "Baku: let them go home",
            "more than 100", "at least 48", "Interior Ministry and Prosecutor General", "83", "56",
            "Free at once everyone held", "President of the Republic of Azerbaijan",
            "His Excellency Ilham Aliyev", "Nümunə prospekti 100", "office@president.example",
            "+994 12 000 00 00", "Best written to in Azerbaijani", "Armenia",
            "Prosecutor General of Azerbaijan", "prosecutor@justice.example",
            "Germany, United Kingdom, United States", "Your Excellency,", "Yours respectfully,",
            "Additional information", "What happened", "Day by day", "26 September 2017",
            "Written declaration 640", "Act now"]:
        assert fact in text, fact
    # Each number in the text stands in the list of sources.
    cited = {int(mark) for mark in re.findall(r"\[(\d+)\]", text)}
    assert cited and max(cited) <= 6
    assert "do not send" not in text.lower()


def test_the_petition_has_a_table_to_sign_in(visitor):
    text = printed(pdf_of(visitor, "petition"))
    for words in ["Petition", "Free at once everyone held", "To the President", "Name", "Signature",
                  "Country or place", "please do not sign", "Example Rights Network"]:
        assert words in text, words
    assert " 15 " in text


def test_what_does_not_fit_is_left_out_and_says_where_it_goes_on(server, visitor, tmp_path):
    long = example_as(
        tmp_path, "long-2018", ("en.md", "# letter\n", "\n\n".join(
            f"## Part {part}\n\n" + "It went on like this. " * 60 for part in range(20))
            + "\n\n# letter\n\n" + "I write to you. " * 400 + "\n\n"))
    assert server.installation.import_action(long).succeeded
    path = "/en/actions/long-2018/sheet.pdf"
    until(lambda: visitor.get(path).status == 200, 60, "the server knows it")
    pdf = got(visitor, path, "application/pdf").body
    assert facts(pdf)["Pages"] == "2"
    shots = pictures(pdf, "sheet-long")
    text = printed(pdf)
    address = f"127.0.0.1:{server.port}/actions/long-2018"
    assert text.count(f"goes on at {address}") == 2, "the letter and the background"
    assert "Part 0 It went on like this." in text and " ..." in text
    assert "Part 19" not in text
    assert "Sources" in text and codes(shots[-1]) == f"{server.origin}/actions/long-2018"


def test_the_short_address_leads_home(visitor):
    for wish, language in [("az", "az"), ("de, ru;q=0.5", "ru"), ("", "en")]:
        answer = visitor.get(f"/actions/{SLUG}", **{"Accept-Language": wish})
        assert (answer.status, answer.header("Location")) == (303, f"/{language}/actions/{SLUG}")
        assert answer.header("Vary") == "Accept-Language"
    assert visitor.get("/actions/nowhere-2018").status == 404


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_calendar_takes_the_day_or_the_task(server, visitor, language):
    task = calendar_of(visitor, language)
    assert (task.name, task["STATUS"], "DUE" in task) == ("VTODO", "NEEDS-ACTION", False)
    event = calendar_of(visitor, language, DATED)
    assert (event.name, event["STATUS"]) == ("VEVENT", "CONFIRMED")
    assert event.decoded("DTSTART") == CLOSES
    assert event.decoded("DTEND") == CLOSES + timedelta(days=1), "the end is not part of it"
    assert isinstance(event.decoded("DTSTAMP"), datetime)
    address = f"{server.origin}/{language}/actions/{DATED}"
    assert event["URL"] == address and address in event["DESCRIPTION"]
    assert event["SUMMARY"].params["LANGUAGE"] in (language, "en")
    assert event["UID"] != task["UID"]
    # The same in every language: taken into a calendar twice, it is there once.
    assert event["UID"] == calendar_of(visitor, "en", DATED)["UID"]


def kit_of(visitor: Visitor, language: str = "en") -> dict[str, bytes]:
    answer = got(visitor, f"/{language}/actions/{SLUG}/kit.zip", "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.body)) as kit:
        assert kit.testzip() is None
        return {Path(name).name: kit.read(name) for name in kit.namelist()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_kit_has_what_one_needs_on_the_street(server, visitor, language):
    kit = kit_of(visitor, language)
    assert set(kit) == {"sheet.pdf", "petition.pdf", "letter.pdf", "card.png", "qr.svg",
                        "deadline.ics", "texts.txt", "README.txt"}
    assert kit["sheet.pdf"] == pdf_of(visitor, "sheet", language)
    assert kit["petition.pdf"] == pdf_of(visitor, "petition", language)
    assert Image.open(io.BytesIO(kit["card.png"])).size == (1200, 630)
    read_me, texts = kit["README.txt"].decode(), kit["texts.txt"].decode()
    assert f"{server.origin}/actions/{SLUG}" in read_me and "{" not in read_me
    assert texts.count(f"{server.origin}/actions/{SLUG}") >= 4
    for name in set(kit) - {"README.txt"}:
        assert name in read_me
    Calendar.from_ical(kit["deadline.ics"])


def test_a_kit_is_made_once_and_then_given(visitor):
    first = visitor.get(f"{ACTION}/kit.zip")
    started = time.monotonic()
    for _ in range(20):
        assert visitor.get(f"{ACTION}/kit.zip").header("ETag") == first.header("ETag")
    assert time.monotonic() - started < 5, "twenty kits are not printed in that time"


def test_a_card_is_drawn_for_its_language(visitor):
    cards = {language: got(visitor, f"/{language}/actions/{SLUG}/card.png", "image/png").body
             for language in LANGUAGES}
    assert len(set(cards.values())) == len(LANGUAGES)


def paper(installation: Installation, *options: object):
    return installation.run("action", "paper", "--data", installation.data, SLUG, *options)


def numbers(visitor: Visitor) -> tuple[int, int]:
    data = json.loads(visitor.get(f"{ACTION}.json").text)
    return data["number"], data["paper"]


def test_signatures_on_paper_are_a_number_of_their_own(server, visitor):
    counted(visitor, server.relay, new_address())
    signed = number(visitor)
    before = visitor.get(ACTION).text
    assert "On paper" not in before
    ran = paper(server.installation, "--count", 120, "--on", "2026-01-31", "--note", "Market, 2 sheets")
    assert ran.succeeded and "within a minute" in ran.stderr + ran.stdout
    until(lambda: numbers(visitor) == (signed, 120), 60, "the ledger has the batch")
    wrong = paper(server.installation, "--count", 9_999, "--json")
    assert json.loads(wrong.stdout)["count"] == 9_999
    until(lambda: numbers(visitor)[1] == 120 + 9_999, 60, "the ledger has the slip")
    said = json.loads(paper(server.installation, "--json").stdout)
    assert [(line["count"], line["note"], line["takenBack"]) for line in said] == [
        (120, "Market, 2 sheets", False), (9_999, "", False)]
    back = paper(server.installation, "--take-back", said[1]["entry"], "--note", "A slip")
    assert back.succeeded, str(back)
    until(lambda: numbers(visitor) == (signed, 120), 60, "it was taken back")
    again = paper(server.installation, "--take-back", said[1]["entry"])
    assert again.code == 1 and "already" in again.stderr
    page = visitor.get(ACTION).text
    assert re.search("On paper: <b>120</b>, counted by hand by .*Example Rights Network", page)
    for path in ("/en/how-we-count", f"{ACTION}/verify"):
        text = plain(visitor.get(path).text)
        assert "120 <small>Counted by hand by Example Rights Network." in text, path
    statements = json.loads(visitor.get(f"/actions/{SLUG}/log/statements.json").text)
    texts = [line["text"] for line in statements if "paper" in line["text"].split("\n")[0]]
    assert texts[0] == ("outcry paper 1\nbaku-2017\n120\n2026-01-31\nExample Rights Network\n"
                        "Market, 2 sheets\n")
    checked = server.installation.run("ledger", "verify", f"{server.origin}{ACTION}", "--json")
    assert checked.succeeded, str(checked)
    assert json.loads(checked.stdout)["paper"] == 120
    assert Copy(published(server.installation)).paper == 120, "without any code of Outcry's"


@pytest.mark.parametrize(("options", "says"), [
    (["--count", 0], "at least one"), (["--count=-5"], "at least one"),
    (["--count", 1_000_001], "cannot be meant"), (["--count", 3, "--note", "a\nb"], "one line"),
    (["--count", 3, "--note", "a\x1b[1m"], "one line"),
    (["--count", 3, "--note", "a\u202eb"], "one line"),
    (["--count", 3, "--note", "ə" * 101], "200 bytes"), (["--count", 3, "--on", "31.1.2026"], "day"),
    (["--count", 3, "--on", "2999-01-01"], "has come"), (["--take-back", 0], "no batch"),
    (["--take-back", 5, "--count", 5], "not both"), (["--note", "only"], "--count"),
])
def test_what_cannot_be_meant_is_refused(server, visitor, options, says):
    before = numbers(visitor)
    ran = paper(server.installation, *options)
    assert ran.code == 1 and says in ran.stderr, str(ran)
    assert numbers(visitor) == before


def test_everything_on_paper_follows_the_action(server, visitor):
    """The last test of this file: the action ends, and then is stopped."""
    installation = server.installation
    before = {name: visitor.get(f"{ACTION}/{name}").body
              for name in ("card.png", "kit.zip", "sheet.pdf", "petition.pdf", "deadline.ics")}
    asked, event = calendar_of(visitor), calendar_of(visitor, slug=DATED)
    for slug in (SLUG, DATED):
        ran = installation.run(
            "action", "close", "--data", installation.data, slug, "--outcome", "won")
        assert ran.succeeded, str(ran)
    until(lambda: RELEASED in visitor.get(ACTION).text, 60, "the page says so")
    for name, body in before.items():
        assert visitor.get(f"{ACTION}/{name}").body != body, name
    for name in ("sheet", "petition"):
        assert "Please do not send or sign" in printed(pdf_of(visitor, name))
    pictures(pdf_of(visitor, "sheet"), "sheet-won")
    assert RELEASED in printed(pdf_of(visitor, "sheet"))
    done, off = calendar_of(visitor), calendar_of(visitor, slug=DATED)
    assert (done["STATUS"], off["STATUS"]) == ("COMPLETED", "CANCELLED")
    assert (done["UID"], off["UID"]) == (asked["UID"], event["UID"])
    assert done["SEQUENCE"] > asked["SEQUENCE"] and off["SEQUENCE"] > event["SEQUENCE"]
    assert done.decoded("DTSTAMP") >= asked.decoded("DTSTAMP")
    kit = kit_of(visitor)
    for name in ("README.txt", "texts.txt"):
        assert "Please do not send or sign" in kit[name].decode(), name
    assert "Free at once" not in kit["texts.txt"].decode()

    ran = installation.run("action", "stop", "--data", installation.data, SLUG)
    assert ran.succeeded, str(ran)
    until(lambda: visitor.get(f"{ACTION}/sheet.pdf").status == 404, 60, "the sheet is gone")
    for name in ("petition.pdf", "kit.zip", "card.png"):
        assert visitor.get(f"{ACTION}/{name}").status == 404
    for language in LANGUAGES:
        stopped = calendar_of(visitor, language)
        assert (stopped["STATUS"], stopped["UID"]) == ("CANCELLED", asked["UID"])
        said = visitor.get(f"/{language}/actions/{SLUG}/deadline.ics").text
        for word in ("Baku", "Bakı", "Баку", "باكو", "President", "Free at once"):
            assert word not in said.replace(SLUG, "")
    refused = paper(installation, "--count", 5)
    assert refused.code == 1 and "stopped" in refused.stderr


def test_words_without_letters_are_named_at_the_import_and_the_sheet_says_what_to_do(
        tmp_path, relay, keeper):
    """With a sign that is nobody's letter, so that no font ever has it."""
    word, path = "\U0010ffff\U0010ffff", "/en/actions/odd-2017"
    odd = example_as(tmp_path, "odd-2017", ("en.md", "Baku: let them", f"{word} Baku: let them"))
    installation = set_up(tmp_path / "site", relay, keeper)
    ran = installation.import_action(odd)
    assert ran.succeeded and "Warning" in ran.stderr and "(en)" in ran.stderr, str(ran)
    assert "(az)" not in ran.stderr and "apt install fonts-noto" in ran.stderr
    with Server(installation) as server:
        visitor = Visitor(server.port)
        assert visitor.get(path).status == 200
        answer = visitor.get(f"{path}/sheet.pdf")
        assert answer.status == 503 and "cannot be printed here" in answer.text
        assert visitor.get("/az/actions/odd-2017/sheet.pdf").status == 200
        log = server.log_text()
        assert "PressProblem" in log and word not in log
