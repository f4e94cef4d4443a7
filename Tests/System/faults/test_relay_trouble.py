"""A relay that is down, slow, greylists, refuses for the moment, or cuts the line after the text:
no mail goes twice, and whoever has theirs is counted meanwhile."""

import itertools
import random
from collections.abc import Iterator

import pytest

from faults.lots import lots, runs
from faults.trial import Trial
from outcry import until
from relay import ACCEPT, CUT

pytestmark = pytest.mark.timeout(1800)

GREYLISTED = "450 4.2.0 greylisted, come back later"
LATER = "451 4.3.0 try again later"
NEVER = "550 5.7.1 not this one"
SLOW = 0.003
"""Seconds for each byte that a slow relay says."""


def test_a_relay_that_is_down_delays_mails_and_nothing_else(trial):
    fault = "relay down, kill -9, relay up"
    for _ in range(runs(1, 3)):
        trial.count(3)
        people = trial.waiting(6)
        trial.relay.stop()
        with trial.stream():
            # Whoever has their mail is counted, whoever has not can sign.
            until(lambda: all(person.is_counted for person in people), 30, "they are counted")
            until(lambda: sum(not person.mails for person in trial.journal.people) >= 10, 30,
                  "ten have signed and wait")
            assert trial.visitor().get("/en/").status == 200
        # What waits outlives the process.
        trial.restart()
        trial.relay.start()
        trial.mails_settle(within=90)
        trial.count(10)
        trial.audit(fault)
    trial.figures.says(fault, "keeps the mails in memory, sends each once when the relay is back")


def test_a_relay_of_bad_temper_gets_no_mail_twice(trial):
    """Whoever it answers badly waits, gets nothing, or signs again; nobody gets the same mail
    again after the relay had the whole of it."""
    fault = "relay greylists, refuses, cuts after the text"
    rng = lots("relay")
    for _ in range(runs(1, 6)):
        trial.relay.recipient_answers.extend(
            drawn(rng, [GREYLISTED, ACCEPT, ACCEPT, ACCEPT], runs(10, 20)))
        trial.relay.message_answers.extend(
            drawn(rng, [CUT, LATER, NEVER, ACCEPT, ACCEPT, ACCEPT], runs(10, 20)))
        with trial.stream() as stream:
            until(lambda: not trial.relay.message_answers, 60, "the relay said all that it had to")
            stream.until(3, within=30)
        until(lambda: not put_off(trial), 200, "what was to come later came")
        trial.audit(fault)
    trial.figures.says(fault, "tries again what was turned away, never what may have been taken")


def drawn(rng: random.Random, answers: list[str], times: int) -> Iterator[str]:
    return itertools.islice(iter(lambda: rng.choice(answers), None), times)


def put_off(trial: Trial) -> set[str]:
    """The mails that were last told to come later, after their text."""
    last = {str(delivery.message["Message-ID"]): delivery.answer
            for delivery in trial.relay.deliveries}
    return {number for number, answer in last.items() if answer == LATER}


def test_a_slow_relay_keeps_nobody_from_signing(trial):
    fault = "relay slow"
    trial.relay.seconds_a_byte = SLOW
    for _ in range(runs(1, 2)):
        signed = trial.signed(20)
        assert trial.visitor().get("/en/").status == 200
        until(lambda: all(person.mails for person in signed), 120, "every mail came")
        trial.count(4, within=120)
        trial.audit(fault)
    trial.figures.says(fault, "serves people at once, mails come as the relay takes them")
