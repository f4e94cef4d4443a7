"""Whatever the clock says or does, nobody is lost, nothing lives longer than it should."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from clock import Clock
from hostile import SIGNATURES, post_bytes
from outcry import Installation, Server
from relay import Relay
from signing import (
    ACTION, COUNT, confirm_by_link, counted, new_address, newest_mail, number, number_becomes,
    send_code, send_form, sign, withdraw, withdrawal_code)
from web import Response, Visitor

EVENING = datetime(2027, 3, 27, 23, 30, tzinfo=UTC)
"""In the night that follows the clocks of Europe are put on."""

ZONES = ["UTC", "Europe/Berlin", "Asia/Baku", "Pacific/Kiritimati", "Pacific/Pago_Pago",
         "America/New_York", "Asia/Kathmandu"]


@pytest.fixture
def clock(tmp_path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def server(installation: Installation, clock: Clock) -> Iterator[Server]:
    clock.set(EVENING)
    installation.environment |= clock.environment
    with Server(installation) as server:
        yield server
        assert "failed" not in server.log_text()


def seen(response: Response) -> tuple:
    return response.status, response.body


def unknown(visitor: Visitor) -> tuple:
    """What a link gets that never was."""
    page = visitor.get("/c/" + "A" * 43)
    assert page.status == 404
    return seen(page)


def secret_for(visitor: Visitor, relay: Relay) -> str:
    address = new_address()
    sign(visitor, address)
    return newest_mail(relay, address).secret


def test_the_clock_is_the_server_s_or_the_rest_proves_nothing(server, visitor, relay, clock):
    def as_of() -> datetime:
        return datetime.fromisoformat(json.loads(visitor.get(COUNT).text)["asOf"])
    assert abs(as_of() - EVENING) < timedelta(seconds=30)
    clock.go_on(days=400)
    counted(visitor, relay, new_address())
    number_becomes(visitor, 1)
    assert abs(as_of() - EVENING - timedelta(days=400)) < timedelta(seconds=30)


@pytest.mark.parametrize("zone", ZONES)
def test_a_link_lives_through_the_day_after_its_own(installation, relay, clock, zone):
    """In UTC, wherever the server stands and whatever is done to the clocks there."""
    clock.set(EVENING)
    installation.environment |= clock.environment | {"TZ": zone}
    with Server(installation) as server:
        visitor = Visitor(server.port)
        secrets = [secret_for(visitor, relay) for _ in range(2)]
        clock.set(EVENING + timedelta(days=1, minutes=29))
        assert visitor.get(f"/c/{secrets[0]}").status == 200
        assert withdrawal_code(confirm_by_link(visitor, secrets[0]))
        clock.set(EVENING + timedelta(days=1, minutes=31))
        assert seen(visitor.get(f"/c/{secrets[1]}")) == unknown(visitor)
        answer = visitor.post("/c", {"secret": secrets[1]})
        assert answer.status == 404 and withdrawal_code(answer) is None
        assert number(visitor) == 1


def test_used_and_unused_links_end_like_those_that_never_were(server, visitor, relay, clock):
    used, unused = secret_for(visitor, relay), secret_for(visitor, relay)
    first = confirm_by_link(visitor, used)
    assert withdrawal_code(first)
    for hours in (1, 23):
        clock.set(EVENING + timedelta(hours=hours))
        again = visitor.post("/c", {"secret": used})
        assert withdrawal_code(again) == withdrawal_code(first), f"after {hours} h"
    clock.set(EVENING + timedelta(days=4))
    for secret in (used, unused):
        assert seen(visitor.get(f"/c/{secret}")) == unknown(visitor)
        assert visitor.post("/c", {"secret": secret}).status == 404
    assert number(visitor) == 1


def test_a_ticket_lives_half_an_hour(server, visitor, relay, clock):
    address = new_address()
    answer = send_form(visitor, address)
    page = visitor.follow(answer)
    code = newest_mail(relay, address).code
    clock.go_on(minutes=29)
    assert visitor.follow(answer).status == 200
    clock.go_on(minutes=2)
    late = visitor.follow(answer)
    never = visitor.get("/en/confirmations/new?ticket=" + "A" * 155)
    assert seen(late) == seen(never) and late.status == 404
    refused = send_code(visitor, page, code)
    assert refused.status == 404 and withdrawal_code(refused) is None
    assert withdrawal_code(confirm_by_link(visitor, newest_mail(relay, address).secret))


def test_a_code_is_taken_over_midnight(server, visitor, relay, clock):
    clock.set(EVENING + timedelta(minutes=29))
    address = new_address()
    page = sign(visitor, address)
    code = newest_mail(relay, address).code
    clock.go_on(minutes=10)
    assert withdrawal_code(send_code(visitor, page, code))


def test_tries_and_mails_are_counted_anew_each_day(server, visitor, relay, clock):
    address = new_address()
    page = sign(visitor, address)
    code = newest_mail(relay, address).code
    for _ in range(10):
        assert send_code(visitor, page, f"{(int(code) + 1) % 1_000_000:06}").status == 422
    assert withdrawal_code(send_code(visitor, page, code)) is None, "locked"
    clock.go_on(days=1)
    page = sign(visitor, address)
    mail = newest_mail(relay, address, 2)
    assert mail.code != code, "another day, another code"
    assert withdrawal_code(send_code(visitor, page, mail.code))


def test_midnight_gives_no_more_tries(server, visitor, relay, clock):
    clock.set(EVENING + timedelta(minutes=25))
    locked, tried = new_address(), new_address()
    pages = {address: sign(visitor, address) for address in (locked, tried)}
    mails = {address: newest_mail(relay, address) for address in (locked, tried)}

    def guess(address: str, times: int) -> None:
        wrong = f"{(int(mails[address].code) + 1) % 1_000_000:06}"
        for _ in range(times):
            assert send_code(visitor, pages[address], wrong).status == 422

    guess(locked, 10)
    guess(tried, 6)
    clock.go_on(minutes=10)
    server.kill()
    server.start()
    assert withdrawal_code(send_code(visitor, pages[locked], mails[locked].code)) is None
    guess(tried, 4)
    assert withdrawal_code(send_code(visitor, pages[tried], mails[tried].code)) is None
    # The link of the same mail still counts, and the new day's mail has tries of its own.
    assert withdrawal_code(confirm_by_link(visitor, mails[tried].secret))
    page = sign(visitor, locked)
    assert withdrawal_code(send_code(visitor, page, newest_mail(relay, locked, 2).code))


def test_a_withdrawal_code_never_ends(server, visitor, relay, clock):
    code = counted(visitor, relay, new_address())
    clock.go_on(days=170)
    assert withdraw(visitor, code).status == 200
    number_becomes(visitor, 0)


@pytest.mark.parametrize("when", [
    datetime(1970, 1, 1, 0, 0, 1), datetime(1999, 12, 31, 23, 59, 58),
    datetime(2016, 12, 31, 23, 59, 58), datetime(2038, 1, 19, 3, 14, 6),
    datetime(2100, 2, 28, 23, 59, 58), datetime(2106, 2, 7, 6, 28, 14),
    datetime(2262, 4, 11, 23, 47, 15), datetime(9998, 12, 31, 23, 59, 58)],
    ids=lambda when: f"{when:%Y}")
def test_a_server_that_starts_in_another_time_counts(installation, relay, clock, when):
    """Two seconds before something that programs have fallen over."""
    installation.environment |= clock.environment
    clock.set(when.replace(tzinfo=UTC))
    with Server(installation) as server:
        visitor = Visitor(server.port)
        clock.set(when.replace(tzinfo=UTC))
        code = counted(visitor, relay, new_address())
        clock.go_on(seconds=3)
        counted(visitor, relay, new_address())
        number_becomes(visitor, 2)
        assert visitor.get(ACTION).status == visitor.get("/en/feed.atom").status == 200
        withdraw(visitor, code)
        number_becomes(visitor, 1)
        server.stop()
        clock.set(when.replace(tzinfo=UTC))
        server.start()
        assert number(visitor) == 1


@pytest.mark.parametrize("days", [10, -10, 365 * 50, -365 * 50], ids=lambda days: f"{days} days")
def test_a_clock_that_jumps_loses_nobody(server, visitor, relay, clock, days):
    before = counted(visitor, relay, new_address())
    waiting = secret_for(visitor, relay)
    clock.go_on(days=days)
    counted(visitor, relay, new_address())
    number_becomes(visitor, 2)
    assert visitor.get(ACTION).status == 200
    if days < 0:
        assert withdrawal_code(confirm_by_link(visitor, waiting))
        number_becomes(visitor, 3)
    assert withdraw(visitor, before).status == 200
    clock.go_on(days=-days)
    counted(visitor, relay, new_address())
    server.stop()
    if days > 0:
        # The last checkpoint bears a time that has not come: somebody must say which is wrong.
        server.launch()
        assert server.end(within=30) == 78 and "--trust-clock" in server.log_text()
        server.options = ["--trust-clock"]
    server.start()
    assert number(visitor) == (3 if days < 0 else 2)


def test_a_clock_that_goes_backwards_all_the_time_loses_nobody(server, visitor, relay, clock):
    for index in range(20):
        clock.go_on(seconds=-2)
        counted(visitor, relay, new_address())
        number_becomes(visitor, index + 1)


@pytest.fixture
def strict(installation, clock) -> Iterator[Visitor]:
    """Somebody who has sent all the forms that a neighbourhood may send in ten minutes."""
    clock.set(EVENING)
    installation.environment |= clock.environment | {"OUTCRY_SIGN_LIMIT": "3"}
    with Server(installation) as server:
        visitor = Visitor(server.port)
        for _ in range(3):
            assert status(visitor) == 303
        assert status(visitor) == 429
        yield visitor


def send(visitor: Visitor) -> Response:
    return post_bytes(visitor, SIGNATURES, f"name=A&email={new_address()}".encode())


def status(visitor: Visitor) -> int:
    return send(visitor).status


def test_whoever_comes_back_when_told_is_let_in(strict, clock):
    wait = int(send(strict).header("Retry-After"))
    assert 0 < wait <= 600
    clock.go_on(seconds=wait - 30)
    assert status(strict) == 429
    clock.go_on(seconds=31)
    assert [status(strict) for _ in range(4)] == [303, 303, 303, 429]


@pytest.mark.parametrize("days", [-10, 10])
def test_nobody_is_kept_out_longer_by_a_clock_that_jumps(strict, clock, days):
    clock.go_on(days=days)
    answer = send(strict)
    assert answer.status == 303 or int(answer.header("Retry-After")) <= 600
