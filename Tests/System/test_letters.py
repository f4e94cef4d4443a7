"""Writing a letter, from outside: what becomes of it on paper, in a mail program and on the server,
with and without script, and in every language."""

import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page

from browser import LANGUAGES, OUTPUT, SMALLEST, overhang, visit
from conftest import set_up
from letters import OFFICES, quick, status
from outcry import SLUG, Server, until
from signing import (
    ACTION, Outbox, confirm_by_link, counted, new_address, newest_mail, number, number_becomes,
    open_link, send_code)
from test_right_to_left import runs_to_the_right
from web import Visitor
from writing import (
    LETTER, LETTERS, NAME, WORDS, is_in_line, letter_form, order, printed, ready, send_order, told)

OFFICE = OFFICES[0]


def spoken(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def write(page: Page, language: str) -> None:
    """Fills in the form and gets to the page on which the letter is ready."""
    page.goto(f"/{language}/actions/{SLUG}/letter")
    page.locator("#country").select_option("DE")
    page.locator("#name").fill(NAME)
    page.locator("#address").fill("Any Street 1\n10115 Berlin")
    page.locator("#words").fill(WORDS)
    page.locator("form[action*='/letter#main'] button").click()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_letter_is_written_and_confirmed_without_script_on_the_smallest_phone(
        browser, demo, language):
    address = f"letter-{language}@people.example"
    with visit(browser, demo.origin, viewport=SMALLEST, locale=language) as (page, watch):
        write(page, language)
        letter = page.locator("article.letter").inner_text()
        assert letter.index("Prezident,") < letter.index(WORDS) < letter.index("Hörmətlə,")
        assert overhang(page) == 0
        page.set_viewport_size(SMALLEST)
        page.screenshot(path=OUTPUT / f"letter-ready-{language}.png", full_page=True)
        page.locator("#email").fill(address)
        page.locator("form[action*='/letters#main'] > button").click()
        page.locator("[name=code]").fill(newest_mail(Outbox(demo), address).code)
        page.locator("form[action*='/confirmations'] button").click()
        assert page.locator("h1").is_visible() and overhang(page) == 0
        title = {"en": "Your letter is in line", "ar": "رسالتكم في قائمة الانتظار"}[language]
        assert page.locator("h1").inner_text() == title
        assert not watch.foreign_requests and not watch.complaints and not watch.cookies


def test_what_it_tells_whom_stands_before_every_button(visitor):
    page = ready(visitor, country="DE")
    text = spoken(page.document.text)
    order_of_ways = [
        "Whoever opens the letter sees the name and the address", "Letter as PDF",
        "Copying tells nobody anything", "The office sees your e-mail address and your name",
        "Open it in my mail program", "The office sees your name, and an address of ours",
        "the running server can read it", "Send me the code", "I posted my letter"]
    places = [text.index(part) for part in order_of_ways]
    assert places == sorted(places)


@pytest.mark.parametrize("window", [SMALLEST, {"width": 1280, "height": 900}])
def test_latin_lines_of_a_letter_read_from_the_left_on_an_arabic_page(browser, demo, window):
    with visit(browser, demo.origin, viewport=window, locale="ar") as (page, _):
        write(page, "ar")
        for text in ("Nümunə prospekti 100", "Any Street 1", WORDS[:20]):
            assert runs_to_the_right(page, text)


def test_with_script_the_letter_is_copied_and_that_is_said(browser, demo):
    with visit(browser, demo.origin, script=True, permissions=["clipboard-read", "clipboard-write"]
               ) as (page, _):
        write(page, "en")
        text = page.locator("#text")
        button = page.locator("#text + .copy button")
        button.click()
        said = page.locator("#text + .copy [role=status]")
        until(lambda: said.inner_text() == "Copied", 5, "it is said")
        assert page.evaluate("navigator.clipboard.readText()") == text.input_value().strip()
        assert WORDS in text.input_value()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_prints_the_letter_and_nothing_else(browser, demo, language, tmp_path):
    with visit(browser, demo.origin, locale=language) as (page, _):
        write(page, language)
        heading = page.locator("h1").inner_text()
        pdf = page.pdf(format="A4")
    assert "Pages:           1" in told("pdfinfo", pdf=pdf, folder=tmp_path)
    text = spoken(told("pdftotext", pdf=pdf, folder=tmp_path))
    for part in (NAME, "Any Street 1", "Hörmətli cənab Prezident", WORDS, "AZERBAIJAN"):
        assert part in text
    assert heading not in text and "Example Rights Network" not in text


@pytest.mark.parametrize(("country", "size"), [("DE", "A4"), ("US", "letter"), ("", "A4")])
def test_the_printed_letter_has_all_that_its_writer_saw(visitor, tmp_path, country, size):
    pdf = printed(visitor, country=country, address="Any Street 1", paper="")
    about = told("pdfinfo", pdf=pdf, folder=tmp_path)
    assert "Pages:           1" in about and f"({size})" in about
    assert "Tagged:          yes" in about
    text = spoken(told("pdftotext", "-layout", pdf=pdf, folder=tmp_path))
    for part in ("Your Excellency,", WORDS, "more than 100", "Yours respectfully,", NAME,
                 "Any Street 1", "AZERBAIJAN", f"/actions/{SLUG}"):
        assert part in text, part


def test_the_model_letter_is_printed_for_everybody_without_a_writer(visitor, tmp_path):
    pdf = visitor.get(f"{LETTER}.pdf")
    assert pdf.status == 200 and "public" in pdf.header("Cache-Control")
    text = spoken(told("pdftotext", "-layout", pdf=pdf.body, folder=tmp_path))
    assert "Hörmətli cənab Prezident," in text and NAME not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_link_for_the_mail_program_is_short_and_whole(visitor, language):
    form = visitor.get(f"/{language}/actions/{SLUG}/letter").form("/letter")
    for words in ("", "ə" * 900):
        page = visitor.submit(form, words=words, name=NAME, country="GB")
        links = [link.attributes["href"] for link in page.document.all(
            lambda element: element.attributes.get("href", "").startswith("mailto:"))]
        assert len(links) == 2, "the office, and the embassy"
        for link in links:
            assert len(link) <= 1_800
            parts = parse_qs(urlsplit(link).query, strict_parsing=True)
            assert set(parts) == {"subject", "body"}


def test_nobody_is_asked_for_letters_once_it_is_over(installation, server, visitor, tmp_path):
    before = printed(visitor)
    assert before.startswith(b"%PDF")
    ran = installation.run("action", "close", "--data", installation.data, SLUG)
    assert ran.succeeded, str(ran)
    page = until(lambda: (page := visitor.get(LETTER)) and "Please do not send" in page.text
                 and page, 10, "the page says so")
    assert not page.document.all(lambda element: element.tag == "form")
    pdf = visitor.get(f"{LETTER}.pdf")
    assert "Please do not send this letter any more" in spoken(
        told("pdftotext", pdf=pdf.body, folder=tmp_path))
    assert visitor.post(f"{LETTERS}/posted", {"kind": "appeal"}).status == 409


def test_who_says_that_they_posted_one_is_counted_apart(visitor):
    form = ready(visitor).form("/letters/posted")
    thanks = visitor.follow(visitor.submit(form))
    assert thanks.status == 200 and "1 person says that they posted a letter" in thanks.text
    said = "1 person says that they posted a letter; nothing proves it"
    for path in (LETTER, ACTION):
        assert said in visitor.get(path).text
    assert number(visitor) == 0


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(visitor):
    answer = letter_form(visitor, words="w" * 2_001, country="XX", address="\n".join("123456"))
    assert answer.status == 422 and "There is a problem" in answer.text
    assert "w" * 2_001 in answer.text and NAME in answer.text
    sent = send_order(visitor, "nobody")
    assert sent.status == 422 and WORDS in sent.text


@pytest.fixture
def hurried(tmp_path, keeper, relay):
    """A server that sends letters at once, whatever the hour."""
    with quick(set_up(tmp_path, relay, keeper)) as server:
        yield server


@pytest.mark.parametrize("reply", ["none", "me"])
def test_a_confirmed_letter_arrives_as_it_was_shown(hurried, relay, reply):
    visitor, address = Visitor(hurried.port), new_address()
    page = order(visitor, address, reply=reply)
    link = visitor.get(f"/c/{newest_mail(relay, address).secret}")
    assert WORDS in link.text and "Yours respectfully," in link.text and NAME in link.text
    assert (address in link.text) == (reply == "me")
    time.sleep(1)
    assert not relay.accepted(OFFICE), "nothing is sent before it is confirmed"
    assert is_in_line(send_code(visitor, page, newest_mail(relay, address).code))
    [letter] = until(lambda: relay.accepted(OFFICE), 20, "the letter arrives")
    text = spoken(letter.message.get_content())
    for part in ("Your Excellency,", WORDS, "more than 100 were detained", NAME):
        assert part in text
    assert (address in letter.raw.decode()) == (reply == "me")


def test_of_two_letters_of_one_mailbox_one_is_sent(hurried, relay):
    visitor, address = Visitor(hurried.port), new_address()
    local, domain = address.split("@")
    other = f"{local}+twice@{domain}"
    for one in (address, other):
        order(visitor, one)
    answers = [confirm_by_link(visitor, newest_mail(relay, one).secret) for one in (address, other)]
    assert is_in_line(answers[0]) and "One letter from each mailbox" in answers[1].text
    until(lambda: relay.accepted(OFFICE), 20, "the letter arrives")
    time.sleep(2)
    assert len(relay.accepted(OFFICE)) == 1


def waiting(server: Server) -> int:
    return sum(target["waiting"] for target in status(server.installation)["targets"])


def test_who_asks_takes_a_letter_back_before_it_is_sent(server, relay):
    """While the action rests, so that nothing goes meanwhile."""
    visitor, address = Visitor(server.port), new_address()
    counted(visitor, relay, address)
    page = order(visitor, address)
    code = newest_mail(relay, address, 2).code
    ran = server.installation.run("action", "pause", "--data", server.installation.data, SLUG)
    assert ran.succeeded, str(ran)
    assert is_in_line(send_code(visitor, page, code))
    assert waiting(server) == 1
    form = visitor.get("/en/withdrawals/new").form("/withdrawals", having="email")
    assert visitor.submit(form, email=address).status == 200
    mail = until(lambda: [mail for mail in relay.mails_to(address) if "/w/" in mail.text], 30,
                 "the link to take it back")[-1]
    asked = visitor.get(f"/w/{mail.secret}")
    assert asked.text.count("Baku: let them go home") >= 1
    done = visitor.submit(asked.form("/w", having="secret"))
    assert done.status == 200, done.text
    assert waiting(server) == 0
    assert not relay.accepted(OFFICE)
    number_becomes(visitor, 0)


def test_a_letter_that_was_in_line_survives_kill_9(tmp_path, keeper, relay):
    """Answered, killed, started: it is sent, and its secret says the same again."""
    installation = set_up(tmp_path, relay, keeper)
    addresses = [new_address() for _ in range(5)]
    with Server(installation) as server:
        visitor = Visitor(server.port)
        for address in addresses:
            order(visitor, address, words=f"{WORDS} {address}")
        forms = [open_link(visitor, newest_mail(relay, address).secret) for address in addresses]
        answers = [visitor.submit(form) for form in forms]
        server.kill()
    assert all(map(is_in_line, answers))
    sent_before = len(relay.accepted(OFFICE))
    with quick(installation) as server:
        visitor = Visitor(server.port)
        assert [visitor.submit(form).body for form in forms] == [each.body for each in answers]
        until(lambda: len(relay.accepted(OFFICE)) >= 5, 30, "all are sent")
        time.sleep(1)
    assert sent_before <= 5 and len(relay.accepted(OFFICE)) == 5
    text = "".join(spoken(each.message.get_content()) for each in relay.accepted(OFFICE))
    assert all(text.count(address) == 1 for address in addresses)
