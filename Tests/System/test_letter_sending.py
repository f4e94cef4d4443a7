"""Letters on their way to a target: what reaches its mailbox, what becomes of them when the relay
or the mailbox is in trouble, and that nothing of them can be read on the disk."""

import re
import secrets
import threading
import time
from email import message_from_bytes
from email.header import decode_header, make_header
from email.utils import parseaddr

import pytest

from canary import Scanner
from conftest import set_up
from letters import OFFICES, Letter, bounce_token, queue, quick, status
from outcry import MAIL_FROM, SLUG, Installation, Server, until
from relay import ACCEPT, CUT, Delivery, Relay, text_of

pytestmark = pytest.mark.timeout(400)


@pytest.fixture(autouse=True)
def bounces(installation: Installation) -> None:
    installation.environment["OUTCRY_BOUNCE_ADDRESS"] = "bounces@rights.example"


def letters(count: int, first: int = 1) -> list[Letter]:
    return [Letter(f"Writer {number}") for number in range(first, first + count)]


def shown(delivery: Delivery, field: str) -> tuple[str, str]:
    """The name and the address in a header. Python's newer policy puts blanks between encoded
    words (RFC 2047, section 6.2 wants none); its older parts do not."""
    raw = message_from_bytes(delivery.raw)[field]
    name, address = parseaddr(str(make_header(decode_header(raw))))
    return name, address


def writers(deliveries: list[Delivery]) -> list[str]:
    return [shown(each, "From")[0].removesuffix(" via Example Rights Network")
            for each in deliveries]


def numbers(deliveries: list[Delivery]) -> list[str]:
    return [str(each.message["Message-ID"]) for each in deliveries]


def all_sent(relay: Relay, count: int, address: str = OFFICES[0]) -> list[Delivery]:
    until(lambda: len(relay.accepted(address)) >= count, 60, f"{count} letters at {address}")
    return relay.accepted(address)


def report(to: str, action: str = "failed", status: str = "5.1.1") -> str:
    return f"""From: MAILER-DAEMON@mx.example
To: {to}
Subject: Undelivered
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B

It was not delivered.
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {OFFICES[0]}
Action: {action}
Status: {status}

--B--
"""


def test_a_letter_is_the_organisations_mail_in_its_writers_name(installation, relay):
    queue(installation, Letter("Nərgiz Əliyeva"),
          Letter("Ana", reply_to="ana@people.example", text="Hörmətli Prezident\n\n.\nazad edin"))
    with quick(installation):
        first, second = all_sent(relay, 2)
    message = first.message
    assert shown(first, "From") == ("Nərgiz Əliyeva via Example Rights Network", MAIL_FROM)
    assert message["Reply-To"] is None and message["Auto-Submitted"] is None
    assert message["Subject"] == "Release the people" and message["To"] == OFFICES[0]
    token = bounce_token(installation, OFFICES[0])
    assert first.sender == f"bounces+{token}@rights.example"
    text = text_of(message).replace("\r\n", "\n")
    assert text.startswith("Your Excellency,") and MAIL_FROM in text.splitlines()[-1]
    assert shown(second, "Reply-To") == ("Ana", "ana@people.example")
    assert text_of(second.message).replace("\r\n", "\n").rstrip() == "Hörmətli Prezident\n\n.\nazad edin"
    assert status(installation)["counts"]["sent"] == 2


def test_letters_wait_for_a_relay_that_is_away_and_keep_their_order(tmp_path, keeper):
    with Relay(is_up=False) as relay:
        installation = set_up(tmp_path / "away", relay, keeper)
        queue(installation, *letters(5))
        with quick(installation):
            time.sleep(2)
            assert status(installation)["counts"]["sent"] == 0
            relay.start()
            sent = all_sent(relay, 5)
            until(lambda: status(installation)["waiting"] == 0, 10, "none waits")
    assert writers(sent) == [f"Writer {number}" for number in range(1, 6)]


def test_greylisting_and_a_cut_after_the_text_delay_one_and_lose_none(installation, relay):
    queue(installation, *letters(3))
    relay.recipient_answers.append("450 4.2.0 greylisted, come back later")
    relay.message_answers.extend([ACCEPT, CUT])
    with quick(installation):
        until(lambda: status(installation)["waiting"] == 0, 120, "none waits")
    sent = [each for each in relay.deliveries if OFFICES[0] in each.recipients]
    assert writers(sent) == ["Writer 1", "Writer 2", "Writer 2", "Writer 3"]
    assert numbers(sent)[1] == numbers(sent)[2], "the same letter bears the same number"
    assert status(installation)["counts"]["sent"] == 3


def test_an_address_that_is_refused_is_left_and_everybody_can_see_it(installation, relay):
    queue(installation, *letters(3))
    dead = {OFFICES[0]}
    relay.judge_recipient = lambda address: (
        "550 5.1.1 no such mailbox" if address in dead else ACCEPT)
    with quick(installation) as server:
        assert writers(all_sent(relay, 3, OFFICES[1])) == ["Writer 1", "Writer 2", "Writer 3"]
        assert relay.attempts.count(OFFICES[0]) == 1
        dead.add(OFFICES[1])
        server.stop()
        queue(installation, *letters(2, first=4))
        server.start()
        until(lambda: relay.attempts.count(OFFICES[1]) == 4, 30, "the second address is tried")
        time.sleep(2)
        found = status(installation)
        assert found["waiting"] == 2 and found["counts"]["refused"] == 0
        for address in found["targets"][0]["addresses"]:
            assert address["isDisabled"] and address["reason"] == "550 5.1.1"
        check = installation.run("check", "--data", installation.data)
        assert check.code == 1 and "letters to president wait" in check.stdout
        assert "disabled" in server.log_text() and OFFICES[0] in server.log_text()
        dead.clear()
        ran = installation.run("letters", "enable", "--data", installation.data, SLUG, OFFICES[0])
        assert ran.succeeded, str(ran)
        assert writers(all_sent(relay, 2)) == ["Writer 4", "Writer 5"]


def test_a_report_with_its_token_disables_and_no_other_does(installation, relay):
    good = f"bounces+{bounce_token(installation, OFFICES[0])}@rights.example"
    forged = f"bounces+{'a' * 26}@rights.example"
    for mail in [report(forged), report("bounces@rights.example"), report(good, "delivered", "2.0.0"),
                 "Subject: hello\n\nno report", "", "\0" * 5_000,
                 report(good, "delayed", "4.4.1"), report(good, "failed", "4.2.2")]:
        ran = installation.run("letters", "bounce", "--data", installation.data, text_in=mail)
        assert ran.succeeded, str(ran)
        [target] = status(installation)["targets"]
        assert not any(address["isDisabled"] for address in target["addresses"])
    assert target["addresses"][0]["soft"] == 2
    for mail, options in [(report(good), []), (report("x@y.example"), ["--to", good.upper()])]:
        ran = installation.run(
            "letters", "bounce", "--data", installation.data, *options, text_in=mail)
        assert ran.succeeded and "disabled (5.1.1)" in ran.stderr, str(ran)
    queue(installation, *letters(1))
    with quick(installation):
        all_sent(relay, 1, OFFICES[1])
    assert relay.attempts == [OFFICES[1]]


def test_what_kill_9_meets_in_hand_over_goes_twice_at_most_and_nothing_is_lost(
        installation, relay):
    count, met = 60, threading.Event()
    kills: list[str] = []
    queue(installation, *letters(count))
    server = quick(installation, 0.01)
    relay.on_accepted = lambda delivery: met.set()
    for round in range(4):
        server.start()
        met.clear()
        met.wait(30)
        time.sleep(0.05 * round)
        server.kill()
        kills.append("killed")
    relay.on_accepted = lambda delivery: None
    server.start()
    until(lambda: status(installation)["waiting"] == 0, 120, "none waits")
    server.stop()
    sent = [each for each in relay.deliveries if each.answer == ACCEPT]
    assert {f"Writer {number}" for number in range(1, count + 1)} == set(writers(sent))
    assert len(set(numbers(sent))) == count
    assert len(sent) <= count + len(kills), "one hand-over a kill may be done again"
    assert status(installation)["counts"]["sent"] == count


def test_a_stop_takes_the_letters_out_of_the_disk_within_a_minute(installation, relay):
    queue(installation, *letters(40))
    with quick(installation, 2) as server:
        all_sent(relay, 1)
        ran = installation.run("action", "stop", "--data", installation.data, SLUG)
        assert ran.succeeded, str(ran)
        gone = len(relay.deliveries)
        until(lambda: status(installation)["waiting"] == 0, 60, "none waits")
        time.sleep(5)
        assert len(relay.deliveries) <= gone + 1, "only what was being handed over"
        found = status(installation)
        assert found["counts"]["sent"] + found["counts"]["dropped"] == 40
        log = installation.data / "outcry.sqlite-wal"
        until(lambda: not log.exists() or log.stat().st_size == 0, 30, "the log is empty")
        assert server.is_running


def test_a_pause_holds_letters_and_a_reboot_keeps_them(installation, relay):
    queue(installation, *letters(3))
    installation.run("action", "pause", "--data", installation.data, SLUG)
    with quick(installation) as server:
        time.sleep(3)
        assert not relay.attempts and status(installation)["waiting"] == 3
        server.stop()
        installation.empty_runtime()
        server.start()
        ran = installation.run("action", "open", "--data", installation.data, SLUG)
        assert ran.succeeded, str(ran)
        assert writers(all_sent(relay, 3)) == ["Writer 1", "Writer 2", "Writer 3"]


def test_without_its_key_a_server_with_letters_does_not_start(installation, relay):
    queue(installation, *letters(2))
    key = installation.credentials / "letter-key"
    right = key.read_bytes()
    for wrong in [None, secrets.token_bytes(32)]:
        key.unlink()
        if wrong:
            key.write_bytes(wrong)
        server = Server(installation)
        server.launch()
        assert server.end(within=30) == 78
        assert "letter-key" in server.log_text() and "letters forget" in server.log_text()
        key.write_bytes(right)
    key.unlink()
    ran = installation.run("letters", "forget", "--data", installation.data, "--yes")
    assert ran.succeeded and "2 letters" in ran.stderr, str(ran)
    with quick(installation):
        assert key.stat().st_size == 32, "a new one is made where none waits"
    assert status(installation)["counts"]["dropped"] == 2 and not relay.attempts


def test_nothing_of_a_letter_can_be_read_on_the_disk(installation, relay):
    mark = secrets.token_hex(6)
    canaries = [f"Qxwriter{mark}", f"Qxwords{mark}", f"qxreply{mark}"]
    queue(installation, Letter(canaries[0], text=f"Dear Sir,\n\n{canaries[1]}",
                               reply_to=f"{canaries[2]}@people.example"), *letters(3))
    scanner = Scanner(canaries)
    with quick(installation, 1) as server:
        all_sent(relay, 1)
        assert not scanner.in_folders(installation.folder)
        server.kill()
        assert not scanner.in_folders(installation.folder)
        server.start()
        all_sent(relay, 3)
    assert not scanner.in_folders(installation.folder)


def test_a_test_letter_goes_to_oneself(installation, relay):
    ran = installation.run(
        "letters", "test", "--data", installation.data, SLUG, "--to", "me@rights.example",
        "--language", "en")
    assert ran.succeeded, str(ran)
    [delivery] = relay.accepted("me@rights.example")
    assert "Your Excellency" in text_of(delivery.message)
    assert "N. N. via" in str(delivery.message["From"])
    assert status(installation)["counts"]["sent"] == 0


def test_figures_name_no_writer(installation, relay):
    from urllib.request import urlopen

    from outcry import free_port
    port = free_port()
    installation.environment["OUTCRY_METRICS_LISTEN"] = f"127.0.0.1:{port}"
    queue(installation, *letters(2))
    with quick(installation):
        all_sent(relay, 2)

        def figures() -> str:
            with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
                return answer.read().decode()
        until(lambda: re.search(r"^outcry_letters_sent_total 2$", figures(), re.M), 20, "2 sent")
        assert re.search(r"^outcry_letters_waiting 0$", figures(), re.M)
        assert "Writer" not in figures() and OFFICES[0] not in figures()
