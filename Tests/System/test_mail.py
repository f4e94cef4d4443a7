"""What reaches a real mail relay, and what becomes of mail when the relay is in trouble."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime, parseaddr

import pytest

from conftest import set_up
from outcry import MAIL_FROM, Server, until
from relay import CUT, Relay, text_of
from signing import (
    ACTION, confirm_by_link, counted, new_address, newest_mail, number_becomes, send_form, sign,
    withdrawal_code)
from web import Visitor

QUIET = 12
"""Seconds in which a second delivery would show itself."""

RETRIES = 120
"""Seconds in which a mail that was turned away for the moment is tried again."""


def test_the_mail_is_plain_and_says_what_it_is(visitor, relay):
    address = new_address()
    sign(visitor, address)
    mail = newest_mail(relay, address)
    [delivery] = relay.accepted(address)
    message = delivery.message
    assert message.get_content_type() == "text/plain"
    assert not message.is_multipart()
    assert message["Auto-Submitted"] == "auto-generated"
    assert parseaddr(str(message["From"]))[1] == MAIL_FROM == delivery.sender
    assert parseaddr(str(message["To"]))[1] == address
    assert delivery.recipients == [address]
    assert mail.code in mail.subject, "in an ordinary action the subject carries the code"


def test_the_mail_is_dated_now_and_numbered_once(visitor, relay):
    address = new_address()
    for count in (1, 2):
        sign(visitor, address)
        newest_mail(relay, address, count)
    messages = [delivery.message for delivery in relay.accepted(address)]
    for message in messages:
        age = datetime.now(UTC) - parsedate_to_datetime(str(message["Date"]))
        assert abs(age) < timedelta(minutes=5)
    numbers = [str(message["Message-ID"]) for message in messages]
    assert all(number.startswith("<") and "@" in number for number in numbers), numbers
    assert len(set(numbers)) == 2, numbers


def test_each_header_stands_once_and_no_line_is_too_long(visitor, relay):
    address = new_address()
    sign(visitor, address)
    newest_mail(relay, address)
    [delivery] = relay.accepted(address)
    names = [name.lower() for name in delivery.message.keys()]
    assert len(names) == len(set(names)), names
    assert max(len(line) for line in delivery.raw.split(b"\r\n")) <= 998
    assert b"\n" not in delivery.raw.replace(b"\r\n", b"")


def test_nothing_that_the_person_wrote_is_in_the_mail(visitor, relay):
    """Or anybody could send anything to anyone through us."""
    address = new_address()
    sign(visitor, address, name="Visit Evil Pills", message="Buy some more here", country="FR")
    newest_mail(relay, address)
    [delivery] = relay.accepted(address)
    for written in ("Evil Pills", "Buy some more"):
        assert written not in text_of(delivery.message)
        assert written.encode() not in delivery.raw


def test_the_mail_has_one_link_and_it_leads_to_this_server(server, visitor, relay):
    address = new_address()
    sign(visitor, address)
    mail = newest_mail(relay, address)
    assert mail.addresses == [f"{server.origin}/c/{mail.secret}"]
    answer = confirm_by_link(visitor, mail.secret)
    assert withdrawal_code(answer), answer.text


@pytest.mark.parametrize("added", ["\r\nBcc: victim@people.example", "\nX: y", ",victim@b.example"])
def test_nothing_can_be_added_to_the_address(visitor, relay, added):
    answer = send_form(visitor, new_address() + added)
    assert answer.status == 422
    time.sleep(2)
    assert not relay.attempts


@pytest.mark.timeout(400)
def test_mail_waits_for_a_relay_that_is_down(tmp_path, keeper):
    with Relay(is_up=False) as relay, Server(set_up(tmp_path, relay, keeper)) as server:
        visitor, address = Visitor(server.port), new_address()
        sign(visitor, address)
        time.sleep(3)
        assert visitor.get(ACTION).status == 200, "the server runs and queues"
        relay.start()
        newest_mail(relay, address, within=RETRIES)
        time.sleep(QUIET)
        assert len(relay.accepted(address)) == 1


@pytest.mark.timeout(400)
def test_mail_that_was_queued_is_sent_after_a_restart(tmp_path, keeper):
    with Relay(is_up=False) as relay, Server(set_up(tmp_path, relay, keeper)) as server:
        address = new_address()
        sign(Visitor(server.port), address)
        time.sleep(3)
        server.stop()
        relay.start()
        server.start()
        mail = newest_mail(relay, address, within=RETRIES)
        assert withdrawal_code(confirm_by_link(Visitor(server.port), mail.secret))
        time.sleep(QUIET)
        assert len(relay.accepted(address)) == 1


@pytest.mark.timeout(400)
def test_a_greylisting_relay_gets_the_mail_once(visitor, relay):
    address = new_address()
    relay.recipient_answers.append("450 4.2.0 greylisted, come back later")
    sign(visitor, address)
    newest_mail(relay, address, within=RETRIES)
    time.sleep(QUIET)
    assert len(relay.accepted(address)) == 1
    assert relay.attempts.count(address) == 2


@pytest.mark.timeout(400)
def test_a_message_refused_for_the_moment_is_sent_again(visitor, relay):
    address = new_address()
    relay.message_answers.append("451 4.3.0 try again later")
    sign(visitor, address)
    newest_mail(relay, address, within=RETRIES)
    time.sleep(QUIET)
    assert len(relay.accepted(address)) == 1


@pytest.mark.parametrize("asked_at", ["recipient", "message"])
def test_mail_refused_for_good_is_dropped(visitor, relay, asked_at):
    refused, other = new_address(), new_address()
    answers = relay.recipient_answers if asked_at == "recipient" else relay.message_answers
    answers.append("550 5.1.1 no such mailbox")
    sign(visitor, refused)
    until(lambda: relay.attempts.count(refused) == 1, 30, "the first attempt")
    counted(visitor, relay, other)
    number_becomes(visitor, 1)
    time.sleep(QUIET)
    assert relay.attempts.count(refused) == 1, "it was tried again"
    assert not relay.accepted(refused)


def test_a_mail_whose_fate_is_unknown_is_not_sent_twice(visitor, relay):
    """The relay has the whole message, but the connection breaks before it says so."""
    address = new_address()
    relay.message_answers.append(CUT)
    sign(visitor, address)
    until(lambda: relay.deliveries, 30, "the message was sent")
    time.sleep(QUIET)
    sent = [delivery for delivery in relay.deliveries if address in delivery.recipients]
    assert len(sent) == 1
    sign(visitor, address)
    newest_mail(relay, address)
