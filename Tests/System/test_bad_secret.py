"""A link, a ticket and a code open what they were made for: once, and nothing else."""

import re
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from conftest import set_up
from outcry import Server, example_as
from relay import Relay
from signing import (
    ACTION, confirm_by_link, new_address, newest_mail, number, number_becomes, open_link,
    send_code, send_form, sign, withdrawal_code)
from test_same_answer import in_parallel, ticket_of
from web import Response

pytestmark = pytest.mark.usefixtures("unharmed")

OTHER = "other-2018"
GUESSES = 4_000


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory, keepers):
    """Another server with the same action: what it makes is worth nothing here."""
    with Relay() as relay:
        installation = set_up(tmp_path_factory.mktemp("elsewhere"), relay, keepers["second"])
        with Server(installation) as server:
            yield server, relay


def text_of(secret: bytes) -> str:
    return urlsafe_b64encode(secret).decode().rstrip("=")


def bytes_of(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def pending(site) -> str:
    """The secret of a signature that waits."""
    address = new_address()
    sign(site.visitor(), address)
    return newest_mail(site.relay, address).secret


def mangled(text: str) -> list[str]:
    """One bit turned at each place; shortened, lengthened, and written in another way."""
    flipped = []
    for place in range(len(bytes_of(text))):
        other = bytearray(bytes_of(text))
        other[place] ^= 1 << place % 8
        flipped.append(text_of(other))
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(text[-1])
    # The last sign says less than it could: its unused bits must not make a second name.
    spelled = [text[:-1] + alphabet[last ^ bit] for bit in (1, 2)]
    return [*flipped, *spelled, text[:-1], text[1:], text + "A", text + "=", f"{text}%20",
            text.swapcase(), text[::-1], "", "A" * 43, "A" * 2_000, f"%2e/{text}"]


def seen(response: Response) -> tuple:
    return response.status, response.body


def test_one_mailbox_confirmed_fifty_times_at_once_counts_once(site):
    address, before = new_address(), number(site.visitor())
    forms = []
    for count in (1, 2):  # more mails it does not get in a day
        sign(site.visitor(), address)
        forms.append(open_link(site.visitor(), newest_mail(site.relay, address, count).secret))
    pages = in_parallel([lambda form=form: site.visitor().submit(form) for form in forms * 25])
    codes = [withdrawal_code(page) for page in pages]
    assert len({code for code in codes if code}) == 1
    assert {page.status for page in pages} == {200}
    by_link = [{seen(page) for page in pages[start::2]} for start in (0, 1)]
    assert [len(answers) for answers in by_link] == [1, 1], "one link, one answer"
    number_becomes(site.visitor(), before + 1)


def test_one_link_posted_a_hundred_times_at_once_and_again_after_a_restart(site):
    before, secret = number(site.visitor()), pending(site)
    form = open_link(site.visitor(), secret)
    pages = in_parallel([lambda: site.visitor().submit(form)] * 100)
    site.server.stop()
    site.server.start()
    pages.append(confirm_by_link(site.visitor(), secret))
    # The number on it is that of a moment: an answer may overtake the first one's.
    assert len({(page.status, re.sub(r"<b>\d+</b>", "", page.text)) for page in pages}) == 1
    assert withdrawal_code(pages[0])
    number_becomes(site.visitor(), before + 1)


READERS = [
    {}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"X-Moz": "prefetch"},
    {"User-Agent": "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0) SafeLinks"},
    {"User-Agent": "Mimecast-URL-Protect"}, {"User-Agent": "Barracuda Sentinel (EE)"},
    {"User-Agent": "WhatsApp/2.23"}, {"User-Agent": "facebookexternalhit/1.1"},
    {"Accept": "*/*", "Range": "bytes=0-0"}, {"Cookie": "a=b"}, {"Accept-Language": "ru"}]


def test_a_link_read_a_thousand_times_by_machines_counts_nothing(site):
    before, secret = number(site.visitor()), pending(site)
    jobs = [lambda method=method, headers=headers: site.visitor().request(
        method, f"/c/{secret}", headers=headers)
        for headers in READERS for method in ["GET", "HEAD", "OPTIONS"] * 28]
    pages = in_parallel(jobs, threads=8)
    assert len(pages) > 1_000
    assert {page.status for page in pages} == {200, 405}
    assert len({page.body for page in pages if page.status == 200}) == 2, "the page, and no body"
    time.sleep(1.5)
    assert number(site.visitor()) == before
    assert withdrawal_code(confirm_by_link(site.visitor(), secret))
    number_becomes(site.visitor(), before + 1)


def test_a_mangled_link_is_like_one_that_never_was(site):
    secret, before = pending(site), number(site.visitor())
    visitor = site.visitor()
    unknown = seen(visitor.get(f"/c/{text_of(secrets.token_bytes(32))}"))
    assert unknown[0] == 404
    for wrong in mangled(secret):
        if len(wrong) == 43:
            assert seen(visitor.get(f"/c/{wrong}")) == unknown, wrong
        assert visitor.get(f"/c/{wrong}").status in (404, 405), wrong
        answer = visitor.post("/c", {"secret": wrong})
        assert answer.status == 404 and withdrawal_code(answer) is None, wrong
    assert number(site.visitor()) == before
    assert withdrawal_code(confirm_by_link(visitor, secret)), "the right one was not harmed"


def test_a_mangled_link_for_leaving_is_like_one_that_never_was(site):
    visitor = site.visitor()
    unknown = seen(visitor.get(f"/w/{text_of(secrets.token_bytes(32))}"))
    assert unknown[0] == 404
    # What was made for joining is not for leaving, and the other way round.
    assert seen(visitor.get(f"/w/{pending(site)}")) == unknown
    for wrong in mangled(text_of(secrets.token_bytes(32))):
        assert visitor.get(f"/w/{wrong}").status in (404, 405), wrong
        assert visitor.post("/w", {"secret": wrong}).status == 404, wrong


def test_a_link_of_another_server_is_none(site, elsewhere):
    server, relay = elsewhere
    address, visitor = new_address(), type(site.visitor())(server.port)
    sign(visitor, address)
    secret = newest_mail(relay, address).secret
    assert visitor.get(f"/c/{secret}").status == 200
    unknown = seen(site.visitor().get("/c/" + "A" * 43))
    assert seen(site.visitor().get(f"/c/{secret}")) == unknown
    assert site.visitor().post("/c", {"secret": secret}).status == 404


def test_a_mangled_ticket_is_none_whatever_the_code(site):
    address, visitor = new_address(), site.visitor()
    answer = send_form(visitor, address)
    ticket, code = ticket_of(answer), newest_mail(site.relay, address).code
    unknown = seen(visitor.get(f"/en/confirmations/new?ticket={'A' * len(ticket)}"))
    assert unknown[0] == 404
    for wrong in mangled(ticket):
        assert seen(visitor.get(f"/en/confirmations/new?ticket={wrong}")) == unknown, wrong
        assert visitor.post("/en/confirmations", {"ticket": wrong, "code": code}).status == 404
    assert seen(visitor.get("/en/confirmations/new")) == unknown
    assert withdrawal_code(send_code(visitor, visitor.follow(answer), code))


def test_a_ticket_of_another_server_is_none(site, elsewhere):
    server, relay = elsewhere
    address, visitor = new_address(), type(site.visitor())(server.port)
    ticket = ticket_of(send_form(visitor, address))
    code = newest_mail(relay, address).code
    answer = site.visitor().post("/en/confirmations", {"ticket": ticket, "code": code})
    assert answer.status == 404


def test_a_code_is_for_one_address_and_one_action(site, tmp_path):
    folder = example_as(tmp_path, OTHER)
    assert site.server.installation.import_action(folder).succeeded
    path = f"/en/actions/{OTHER}"
    while site.visitor().get(path).status == 404:
        time.sleep(0.1)
    visitor, address, stranger = site.visitor(), new_address(), new_address()
    here = sign(visitor, address)
    codes = {"here": newest_mail(site.relay, address).code}
    there = visitor.follow(
        visitor.submit(visitor.get(path).form("/signatures"), name="A", email=address))
    codes["there"] = newest_mail(site.relay, address, 2).code
    theirs = sign(visitor, stranger)
    assert codes["here"] != codes["there"]
    for page, code in ((here, "there"), (there, "here"), (theirs, "here")):
        answer = send_code(visitor, page, codes[code])
        assert answer.status == 422 and withdrawal_code(answer) is None
    assert withdrawal_code(send_code(visitor, here, codes["here"]))
    assert withdrawal_code(send_code(visitor, there, codes["there"]))


@pytest.mark.parametrize("code", [
    "", " ", "12345", "1234567", "abcdef", "12３45", "-12345", "1e5", "0x1234", "12345\u00b2",
    "000000000000", "1" * 9_000, "' OR 1"], ids=lambda code: ascii(code[:12]))
def test_what_is_no_code_is_told_so_and_is_no_try(site, code):
    visitor, address = site.visitor(), new_address()
    page = sign(visitor, address)
    for _ in range(11):
        answer = send_code(visitor, page, code)
        assert answer.status == 422 and withdrawal_code(answer) is None
    assert withdrawal_code(send_code(visitor, page, newest_mail(site.relay, address).code))


def test_a_code_may_be_typed_as_one_reads_it(site):
    visitor, address = site.visitor(), new_address()
    page = sign(visitor, address)
    code = newest_mail(site.relay, address).code
    assert withdrawal_code(send_code(visitor, page, f" {code[:3]} - {code[3:]}\t"))


def test_guessing_finds_nothing_and_costs_nothing(site):
    """All at once would be 2^256; these stand for them."""
    before = number(site.visitor())
    waiting = pending(site)

    def guess(count: int) -> set[int]:
        connection, statuses = HTTPConnection("127.0.0.1", site.port, timeout=60), set()
        for _ in range(count):
            near = bytes_of(waiting)[:31] + secrets.token_bytes(1)
            secret = text_of(secrets.choice([secrets.token_bytes(32), near]))
            if secret == waiting:
                continue
            connection.request("GET", f"/c/{secret}")
            answer = connection.getresponse()
            answer.read()
            statuses.add(answer.status)
        connection.close()
        return statuses

    with ThreadPoolExecutor(4) as pool:
        statuses = set().union(*pool.map(guess, [GUESSES // 4] * 4))
    assert statuses <= {404, 429}
    assert number(site.visitor()) == before
    assert site.visitor().get(ACTION).status == 200
    assert re.search("secret", site.visitor().get(f"/c/{waiting}").text)
