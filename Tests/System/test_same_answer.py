"""Nobody learns from the site who has signed, and nothing counts that was not confirmed."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

from signing import (
    COUNT, confirm_by_link, counted, new_address, newest_mail, number, number_becomes, open_link,
    send_code, send_form, sign, withdrawal_code)
from web import Response, Visitor
from writing import is_in_line, order, send_order

TICKET = re.compile(r"ticket=([A-Za-z0-9_-]+)")


def ticket_of(answer: Response) -> str:
    found = TICKET.search(answer.header("Location"))
    assert found, answer.header("Location")
    return found[1]


def as_seen(response: Response, ticket: str) -> tuple:
    """All that a visitor gets but the date and the ticket's own value."""
    headers = [(name, value.replace(ticket, "TICKET"))
               for name, value in response.headers if name.lower() != "date"]
    return response.status, headers, response.body.replace(ticket.encode(), b"TICKET")


def answers(visitor: Visitor, address: str, send=send_form) -> tuple:
    """The answer to the form, the page it leads to, and how long the ticket is."""
    answer = send(visitor, address)
    ticket = ticket_of(answer)
    return as_seen(answer, ticket), as_seen(visitor.follow(answer), ticket), len(ticket)


def in_parallel(jobs: list, threads: int = 50) -> list:
    with ThreadPoolExecutor(threads) as pool:
        return [future.result() for future in [pool.submit(job) for job in jobs]]


def wrong_codes(right: str, count: int) -> list[str]:
    return [f"{(int(right) + step) % 1_000_000:06}" for step in range(1, count + 1)]


def test_every_address_gets_the_same_answer(server, visitor, relay):
    new, pending, counted_one, capped, blocked = (new_address() for _ in range(5))
    server.installation.block(blocked)
    sign(visitor, pending)
    newest_mail(relay, pending)
    counted(visitor, relay, counted_one)
    for mails in (1, 2):
        sign(visitor, capped)
        newest_mail(relay, capped, mails)
    time.sleep(5)  # the server follows a command within seconds
    # How long an address is must not show either.
    long = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example"
    seen = {kind: answers(Visitor(server.port), address) for kind, address in {
        "new": new, "pending": pending, "counted": counted_one, "capped": capped,
        "blocked": blocked, "long": long, "new again": new}.items()}
    for kind, answer in seen.items():
        assert answer == seen["new"], f"{kind} differs from new"
    # These were what their names say, or the above would show nothing.
    newest_mail(relay, new, 2)
    newest_mail(relay, pending, 2)
    newest_mail(relay, counted_one, 2)
    time.sleep(3)
    assert len(relay.mails_to(capped)) == 2
    assert len(relay.mails_to(blocked)) == 0


def test_every_address_gets_the_same_answer_to_a_letter(server, visitor, relay):
    new, pending, in_line, signed, capped, blocked = (new_address() for _ in range(6))
    server.installation.block(blocked)
    order(visitor, pending)
    newest_mail(relay, pending)
    order(visitor, in_line)
    assert is_in_line(confirm_by_link(visitor, newest_mail(relay, in_line).secret))
    counted(visitor, relay, signed)
    for mails in (1, 2):
        order(visitor, capped)
        newest_mail(relay, capped, mails)
    time.sleep(5)
    long = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.example"
    seen = {kind: answers(Visitor(server.port), address, send_order) for kind, address in {
        "new": new, "pending": pending, "in line": in_line, "signed": signed, "capped": capped,
        "blocked": blocked, "long": long, "new again": new}.items()}
    for kind, answer in seen.items():
        assert answer == seen["new"], f"{kind} differs from new"
    # The link of who has written before says so to whoever holds the mailbox, and to nobody else.
    again = confirm_by_link(visitor, newest_mail(relay, in_line, 2).secret)
    assert "One letter from each mailbox" in again.text
    newest_mail(relay, signed, 2)
    time.sleep(3)
    assert len(relay.mails_to(capped)) == 2
    assert len(relay.mails_to(blocked)) == 0


def test_a_signature_and_a_letter_of_one_mailbox_have_codes_of_their_own(visitor, relay):
    address = new_address()
    signing = sign(visitor, address)
    signature = newest_mail(relay, address).code
    writing = order(visitor, address)
    letter = newest_mail(relay, address, 2).code
    assert letter != signature
    # Ten wrong tries at one of them leave the other one its own ten.
    for wrong in wrong_codes(letter, 10):
        assert send_code(visitor, writing, wrong).status == 422
    assert send_code(visitor, writing, letter).status == 422
    assert withdrawal_code(send_code(visitor, signing, signature))


def test_the_answer_is_not_kept_by_anyone(visitor):
    answer = send_form(visitor, new_address())
    assert answer.status == 303
    for response in (answer, visitor.follow(answer)):
        assert "no-store" in response.header("Cache-Control")
        assert response.header("Set-Cookie") is None


def test_reading_a_link_counts_nothing_however_often(visitor, relay):
    """Mail scanners open every link, also with HEAD."""
    address = new_address()
    sign(visitor, address)
    path = f"/c/{newest_mail(relay, address).secret}"
    jobs = [lambda: visitor.get(path)] * 150 + [lambda: visitor.head(path)] * 150
    pages = in_parallel(jobs)
    assert {page.status for page in pages} == {200}
    assert len({page.body for page in pages[:150]}) == 1
    assert {page.body for page in pages[150:]} == {b""}
    time.sleep(2)
    assert number(visitor) == 0
    assert withdrawal_code(confirm_by_link(visitor, path.removeprefix("/c/")))
    number_becomes(visitor, 1)


def test_fifty_confirmations_at_once_of_one_link_count_one(server, visitor, relay):
    address = new_address()
    sign(visitor, address)
    form = open_link(visitor, newest_mail(relay, address).secret)
    pages = in_parallel([lambda: Visitor(server.port).submit(form)] * 50)
    assert {page.status for page in pages} == {200}
    assert len({withdrawal_code(page) for page in pages}) == 1, "one secret, one answer"
    assert withdrawal_code(pages[0])
    number_becomes(visitor, 1)


def test_two_links_of_one_mailbox_at_once_count_one(server, visitor, relay):
    """Written in two ways, it is still one mailbox."""
    plain = new_address()
    local, domain = plain.split("@")
    other = f"{local.upper()}+news@{domain.upper()}"
    forms = []
    for address in (plain, other):
        sign(visitor, address)
    for address in (plain, f"{local.upper()}+news@{domain}"):
        forms.append(open_link(visitor, newest_mail(relay, address).secret))
    jobs = [lambda form=form: Visitor(server.port).submit(form) for form in forms * 25]
    pages = in_parallel(jobs)
    assert len({withdrawal_code(page) for page in pages} - {None}) == 1
    number_becomes(visitor, 1)
    time.sleep(2)
    assert number(visitor) == 1


def test_code_and_link_at_once_count_one(server, visitor, relay):
    address = new_address()
    page = sign(visitor, address)
    mail = newest_mail(relay, address)
    form = open_link(visitor, mail.secret)
    pages = in_parallel([lambda: Visitor(server.port).submit(form),
                         lambda: send_code(Visitor(server.port), page, mail.code)] * 10)
    assert len({withdrawal_code(page) for page in pages}) == 1
    number_becomes(visitor, 1)


def test_ten_wrong_codes_lock_the_code_but_not_the_link(visitor, relay):
    address = new_address()
    page = sign(visitor, address)
    mail = newest_mail(relay, address)
    for wrong in wrong_codes(mail.code, 10):
        assert withdrawal_code(send_code(visitor, page, wrong)) is None
    refused = send_code(visitor, page, mail.code)
    assert refused.status >= 400 and withdrawal_code(refused) is None
    # Another ticket for the same address is no way around it.
    refused = send_code(visitor, sign(visitor, address), mail.code)
    assert refused.status >= 400 and withdrawal_code(refused) is None
    assert number(visitor) == 0
    assert withdrawal_code(confirm_by_link(visitor, mail.secret))
    number_becomes(visitor, 1)


def test_nine_wrong_codes_lock_nothing(visitor, relay):
    address = new_address()
    page = sign(visitor, address)
    mail = newest_mail(relay, address)
    for wrong in wrong_codes(mail.code, 9):
        assert withdrawal_code(send_code(visitor, page, wrong)) is None
    assert withdrawal_code(send_code(visitor, page, mail.code))


def test_a_ticket_never_tells_whether_its_row_was_confirmed(visitor, relay):
    address = new_address()
    answer = send_form(visitor, address)
    ticket = ticket_of(answer)
    before = as_seen(visitor.follow(answer), ticket)
    assert withdrawal_code(confirm_by_link(visitor, newest_mail(relay, address).secret))
    number_becomes(visitor, 1)
    assert as_seen(visitor.follow(answer), ticket) == before


def test_a_wrong_code_tells_nothing_of_the_row_either(visitor, relay):
    """One ticket's row was confirmed, the other's was not: a guess gets the same answer."""
    seen = []
    for is_confirmed in (True, False):
        address = new_address()
        answer = send_form(visitor, address)
        mail = newest_mail(relay, address)
        if is_confirmed:
            assert withdrawal_code(confirm_by_link(visitor, mail.secret))
        page = visitor.follow(answer)
        refused = send_code(visitor, page, "000000" if mail.code != "000000" else "111111")
        seen.append(as_seen(refused, ticket_of(answer)))
    assert seen[0] == seen[1]


def test_unknown_used_up_and_mangled_links_get_one_page(visitor):
    pages = [visitor.get(f"/c/{secret}") for secret in ("A" * 43, "B" * 42 + "A")]
    assert pages[0].body == pages[1].body
    assert pages[0].status == pages[1].status >= 400
    assert number(visitor) == 0


def test_the_count_is_a_number_with_its_time(visitor):
    response = visitor.get(COUNT)
    assert re.match("application/json", response.header("Content-Type"))
    count = json.loads(response.text)
    assert set(count) == {"number", "size", "asOf", "proved"}
    assert count["number"] == 0 and count["proved"] is True and count["size"] == 1
