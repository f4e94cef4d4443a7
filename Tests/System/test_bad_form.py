"""Whatever is typed into the form is taken as it is or refused with a reason, and nothing else."""

import html
import re
import time
from urllib.parse import parse_qs, quote_plus

import pytest

from hostile import SIGNATURES, post_bytes
from outcry import example_as, open_export
from signing import (
    ACTION, COUNT, confirm_by_link, counted, new_address, newest_mail, number, number_becomes,
    send_form, sign, withdrawal_code)

pytestmark = pytest.mark.usefixtures("unharmed")

MARKUP = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
          "</title></textarea><svg/onload=alert(1)>", "<!--", "]]>", "{claim:detained}"]

INJECTIONS = ["' OR 1=1 --", "'; DROP TABLE record; --", "\" OR \"\"=\"", "${jndi:ldap://x/y}",
              "{{7*7}}", "%s%s%n", "../../../../etc/passwd", "$(id)", "`id`", "\\", "%00",
              "*)(uid=*"]

PUBLIC = ["/en/", ACTION, f"{ACTION}.json", COUNT, "/en/how-we-count", "/en/feed.atom",
          "/en/feed.json", "/sitemap.xml"]

LONG_MESSAGE = "letters-2017"


def typed(email: str, **fields: str) -> bytes:
    """A form as a browser encodes it, with whatever is in its fields."""
    everything = {"name": "Leyla Hasan", "email": email} | fields
    return "&".join(f"{name}={quote_plus(value)}" for name, value in everything.items()).encode()


def count_in(site, body: bytes) -> None:
    """Sends a form as it is and confirms what the mail's link shows."""
    visitor = site.visitor()
    address = parse_qs(body.decode())["email"][0]
    before = number(visitor)
    assert post_bytes(visitor, SIGNATURES, body).status == 303
    secret = newest_mail(site.relay, address).secret
    assert number(visitor) == before, "not before the button"
    assert withdrawal_code(confirm_by_link(visitor, secret))
    number_becomes(visitor, before + 1)


def test_markup_in_a_name_is_sealed_and_stands_on_no_page(site, keeper):
    """But on the one behind the mail's link, where it is text."""
    visitor = site.visitor()
    for name in MARKUP:
        address = new_address()
        sign(visitor, address, name=name)
        secret = newest_mail(site.relay, address).secret
        page = visitor.get(f"/c/{secret}").text
        assert f"<bdi>{html.escape(name).replace('&#x27;', '&#39;')}</bdi>" in page
        assert withdrawal_code(confirm_by_link(visitor, secret))
    time.sleep(1.5)  # by now the number has reached every page
    pages = {path: visitor.get(path).text for path in PUBLIC}
    opened = open_export(site.server.installation.export("markup"), keeper)
    for name in MARKUP:
        for path, page in pages.items():
            assert name not in page and html.escape(name) not in page, path
        assert name in opened.names
        assert name not in opened.ran.stdout + opened.ran.stderr


@pytest.mark.parametrize("name", MARKUP)
def test_markup_that_comes_back_with_an_error_is_text(site, name):
    visitor = site.visitor()
    answer = send_form(visitor, "nobody", name=name)
    assert answer.status == 422
    assert answer.form("/signatures").fields["name"] == name
    assert len(answer.document.all(lambda element: element.tag == "script")) <= 1, "but our own"
    assert not answer.document.all(lambda element: "onload" in element.attributes)


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_would_be_a_command_elsewhere_is_a_name_here(site, text):
    visitor = site.visitor()
    assert send_form(visitor, new_address(), name=text, version=text, updates=text).status == 303
    assert send_form(visitor, new_address(), country=text).status == 422
    assert send_form(visitor, new_address(), show=text).status == 422
    assert send_form(visitor, f"{text}@people.example").status in (303, 422)


@pytest.mark.parametrize("text", INJECTIONS)
def test_what_would_be_a_command_elsewhere_opens_nothing(site, text):
    visitor = site.visitor()
    part = quote_plus(text)
    for path in (f"/c/{part}", f"/w/{part}", f"/en/actions/{part}", f"/{part}/",
                 f"/actions/{part}/count.json", f"/en/confirmations/new?ticket={part}"):
        assert visitor.get(path).status == 404, path
    for path, field, status in (
            ("/c", "secret", 404), ("/w", "secret", 404), ("/en/confirmations", "ticket", 404),
            ("/en/withdrawals", "withdrawal", 422)):
        assert visitor.post(path, {field: text}).status == status, path
    assert visitor.post(f"/en/actions/{part}/signatures", {"name": "A"}).status == 404


@pytest.mark.parametrize("field", ["name", "email", "country", "show", "message", "version",
                                   "website", "anything"])
def test_a_nul_is_no_part_of_a_form(site, field):
    visitor, address = site.visitor(), new_address()
    fields = {"name": "Leyla", "email": address}
    body = typed(**(fields | {field: f"{fields.get(field, 'a')}\0b"}))
    assert b"%00" in body
    assert post_bytes(visitor, SIGNATURES, body).status == 400
    assert not site.relay.attempts.count(address)


NOT_TEXT = {
    "a byte that begins nothing": "%FF", "an overlong slash": "%C0%AF", "an overlong NUL": "%C0%80",
    "a lone surrogate": "%ED%A0%80", "beyond Unicode": "%F4%90%80%80", "cut short": "%E2%82",
    "a lone continuation": "%80", "no hexadecimal": "%zz", "half a sign": "%4", "a lone sign": "%"}


@pytest.mark.parametrize("what", NOT_TEXT)
@pytest.mark.parametrize("field", ["name", "email", "unknown"])
def test_bytes_that_are_no_text_are_refused(site, what, field):
    for body in (f"{field}={NOT_TEXT[what]}", f"name=A&email=a%40b.example&{NOT_TEXT[what]}=1"):
        assert post_bytes(site.visitor(), SIGNATURES, body.encode()).status == 400


@pytest.mark.parametrize("what", NOT_TEXT)
def test_addresses_that_are_no_text_lead_nowhere(site, what):
    sequence = NOT_TEXT[what]
    for path in (f"/{sequence}/", f"/en/actions/{sequence}", f"/c/{sequence}", f"/w/{sequence}",
                 f"/en/confirmations/new?ticket={sequence}", f"/actions/{sequence}/count.json"):
        assert site.visitor().get(path).status in (400, 404), path


@pytest.mark.parametrize("name, status", [
    ("", 422), (" \t\u3000 ", 422), ("\u202e\u2066", 422), ("A", 303), ("李", 303),
    ("a" * 200, 303), ("a" * 201, 422),
    ("🕊" * 150, 303), ("🕊" * 151, 422), ("🕊" * 200, 422),
    ("e\u0301" * 200, 303), ("👩‍👩‍👧" * 34, 422),
    ("q" + "\u0301" * 299, 303), ("q" + "\u0301" * 300, 422),
], ids=lambda value: ascii(value[:4]) + f" x{len(value)}" if isinstance(value, str) else None)
def test_a_name_has_200_characters_and_600_bytes_at_most(site, name, status):
    answer = send_form(site.visitor(), new_address(), name=name)
    assert answer.status == status
    if status == 422:
        assert answer.form("/signatures").fields["name"] == name, "it comes back to be changed"


def test_ten_thousand_marks_on_one_letter_are_refused(site):
    assert send_form(site.visitor(), new_address(), name="a" + "\u0301" * 10_000).status == 413
    assert send_form(site.visitor(), new_address(), name="a" + "\u0301" * 2_000).status == 422


KEPT = {
    "\ufeffLeyla": "\ufeffLeyla", "Lеylа": "Lеylа", "Ley\u200bla": "Ley\u200bla",
    "İlqar Ğəniyev ışş": "İlqar Ğəniyev ışş", "ILQAR": "ILQAR", "e\u0301": "\u00e9",
    "A\u202ab\u202ec": "Abc", "A\u2066b\u2069d": "Abd", "two\r\nlines": "two lines",
    "a\tb\x1b\x7f\x9fc": "a b   c", "\u2029 Նարեկ \t": "Նարեկ"}


def test_a_name_is_kept_but_for_what_commands(site, keeper):
    for name in KEPT:
        counted(site.visitor(), site.relay, new_address(), name=name)
    names = open_export(site.server.installation.export("kept"), keeper).names
    assert {*KEPT.values()} <= {*names}


NO_ADDRESSES = [
    "a@b", "a@@b.example", "@b.example", "a@", "a", "\"a b\"@c.example", "\"a\"@c.example",
    "a@[127.0.0.1]", "a@127.0.0.1", "a@b..example", "a@.b.example", "a@-b.example", ".a@b.example",
    "a.@b.example", "a..b@c.example", "a b@c.example", "a@b.example c@d.example", "a@b_c.example",
    f"{'a' * 65}@b.example", f"a@{'b' * 64}.example", f"a@{'b' * 60}.{'.c' * 100}.example",
    f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example", "a@b.example\0",
    "a@b.example\r\nBcc: x@y.example",
    "a@b.example\nX: y", "a\r@b.example", "a@b.example,c@d.example", "a@b.example;c@d.example",
    "<a@b.example>", "Leyla <a@b.example>", "a@b.example (Leyla)", "mailto:a@b.example",
    "a\\@b.example",
    "\u202ea@b.example", "a@b.exa\u200bmple/",
]


@pytest.mark.parametrize("email", NO_ADDRESSES, ids=lambda email: ascii(email[:40]))
def test_what_is_not_one_address_gets_no_mail(site, email):
    attempts = len(site.relay.attempts)
    answer = send_form(site.visitor(), email)
    assert answer.status == (400 if "\0" in email else 422)
    if answer.status == 422:
        assert answer.of_class("error"), "it says what is wrong"
    time.sleep(0.2)
    assert len(site.relay.attempts) == attempts, site.relay.attempts[attempts:]


@pytest.mark.parametrize("email, to", [
    ("leyla1@bücher.example", "leyla1@xn--bcher-kva.example"),
    ("leyla2@BÜCHER.example", "leyla2@xn--bcher-kva.example"),
    ("leyla3@xn--bcher-kva.example", "leyla3@xn--bcher-kva.example"),
    ("leyla4@пример.example", "leyla4@xn--e1afmkfd.example"),
    ("  leyla5@people.example\t", "leyla5@people.example"),
    ("leyla6@people.example.", "leyla6@people.example"),
    ("o'neill+tag.7@people.example", "o'neill+tag.7@people.example"),
    ("#!$%&'*+-/=?^_`{}|~8@people.example", "#!$%&'*+-/=?^_`{}|~8@people.example"),
    ("ləman9@people.example", "ləman9@people.example"),
    (f"{'x' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 59}.example",) * 2,
], ids=lambda email: ascii(email[:30]))
def test_an_unusual_address_gets_its_mail(site, email, to):
    assert send_form(site.visitor(), email).status == 303
    assert newest_mail(site.relay, to).secret


NOT_OURS = [
    {"state": "counted"}, {"role": "admin"}, {"_method": "DELETE"}, {"status": "confirmed"},
    {"flags": "0"}, {"day": "2001-01-01"}, {"lang": "ru"}, {"record": "0" * 32}, {"consent": "0"},
    {"__proto__": "x"}, {"name[]": "x"}, {"id": "1", "tag": "0" * 64, "expires": "99999999"},
    {"message": "This action takes none"}]


def test_fields_that_are_not_ours_do_nothing(site, keeper):
    for index, added in enumerate(NOT_OURS):
        count_in(site, typed(new_address(), name=f"Not ours {index}", **added))
    rows = [row for row in open_export(site.server.installation.export("not-ours"), keeper).rows
            if row["name"].startswith("Not ours")]
    assert len(rows) == len(NOT_OURS)
    for row in rows:
        assert (row["language"], row["show"], row["flags"]) == ("en", "count", []), row["name"]
        assert (row["email"], row["message"], row["updates"]) == ("", "", False), row["name"]
        assert row["day"] != "2001-01-01" and row["record"] != "0" * 32


def test_of_a_field_that_comes_twice_the_first_is_taken(site):
    visitor, first, second = site.visitor(), new_address(), new_address()
    body = typed(first) + b"&" + typed(second)
    assert post_bytes(visitor, SIGNATURES, body).status == 303
    assert newest_mail(site.relay, first)
    assert not site.relay.mails_to(second)


@pytest.mark.parametrize("body", [
    b"&".join(b"f%d=1" % field for field in range(1_500)), b"&" * 16_000, b"=" * 16_000,
    b"a" * 16_000, b"=&" * 8_000, b"name=A&" * 2_000, b"\xff" * 16_000, b"%41" * 5_000],
    ids=lambda body: repr(body[:6]))
def test_a_body_of_nothing_but_fields_is_no_form(site, body):
    assert post_bytes(site.visitor(), SIGNATURES, body).status in (400, 422)


def test_a_form_without_anything_says_what_is_missing(site):
    answer = post_bytes(site.visitor(), SIGNATURES, b"")
    assert answer.status == 422
    assert len(answer.of_class("wrong")) == 2, "the name and the address"


@pytest.fixture(scope="module")
def letters(site, tmp_path_factory) -> str:
    """An action that takes messages; the address of its forms."""
    folder = example_as(tmp_path_factory.mktemp("actions"), LONG_MESSAGE,
                        ("action.yaml", "message: no", "message: yes"))
    assert site.server.installation.import_action(folder).succeeded
    path = f"/en/actions/{LONG_MESSAGE}"
    while site.visitor().get(path).status == 404:
        time.sleep(0.1)
    return f"{path}/signatures"


@pytest.mark.parametrize("message, status", [
    ("a" * 2_000, 303), ("a" * 2_001, 422), ("李" * 666, 303), ("李" * 667, 422),
    ("\r\n" * 900, 303), ("\x01" * 2_000, 303), ("\u2028" * 600, 303), ("</textarea><b>", 303),
    # Each takes two bytes in JSON, and so all of them more than the sealed record has.
    ("\"" * 2_000, 422), ("\\" * 2_000, 422), ("\"" * 1_700, 303)],
    ids=lambda value: ascii(value[:2]) + f" x{len(value)}" if isinstance(value, str) else None)
def test_a_message_fits_or_is_refused(site, letters, message, status):
    answer = post_bytes(site.visitor(), letters, typed(new_address(), message=message))
    assert answer.status == status, answer.text
    if status == 422:
        assert re.sub(r"^\n", "", answer.form("/signatures").fields["message"]) == message
