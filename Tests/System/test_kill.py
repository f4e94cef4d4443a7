"""`kill -9` while people confirm: what was acknowledged is there, once; nothing else is."""

import itertools
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException

import pytest

from outcry import Keeper, Server, open_export
from relay import Relay
from signing import (
    confirm_by_link, new_address, newest_mail, number, number_becomes, open_link, sign,
    withdrawal_code)
from web import Form, Visitor

RUNS = 10
PEOPLE = 24
THREADS = 6


@dataclass
class Person:
    name: str
    visitor: Visitor
    secret: str
    form: Form
    sent: bool = False
    """Whether the button was pressed, with whatever end."""
    code: str | None = None
    """The withdrawal code: set once the answer "you are counted" has been read to its end."""


def signers(server: Server, relay: Relay, run: int) -> list[Person]:
    """People who have opened their link, and press the button next."""
    people = []
    for index in range(PEOPLE):
        visitor, address, name = Visitor(server.port), new_address(), f"Run {run} person {index}"
        sign(visitor, address, name=name)
        secret = newest_mail(relay, address).secret
        people.append(Person(name, visitor, secret, open_link(visitor, secret)))
    return people


def confirm_until_killed(
    people: list[Person], server: Server, kill_after: int, delay: float
) -> None:
    """Several threads confirm; once `kill_after` answers are back, one of them kills the server
    within `delay` seconds, while the others wait for theirs."""
    waiting = iter(people)
    lock = threading.Lock()
    acknowledged = itertools.count(1)

    def confirm() -> None:
        for person in iter(lambda: next_of(waiting, lock), None):
            person.sent = True
            try:
                person.code = withdrawal_code(person.visitor.submit(person.form))
            except (OSError, HTTPException):
                return
            if next(acknowledged) == kill_after:
                time.sleep(delay)
                server.kill()

    threads = [threading.Thread(target=confirm) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not server.is_running, "it was to be killed"


def next_of(waiting: Iterator[Person], lock: threading.Lock) -> Person | None:
    with lock:
        return next(waiting, None)


def names_in_the_list(server: Server, keeper: Keeper, label: str) -> Counter:
    opened = open_export(server.installation.export(label), keeper)
    assert opened.ran.succeeded, str(opened.ran)
    return Counter(row["name"] for row in opened.rows)


def check_after_restart(people: list[Person], present: Counter) -> None:
    """The journal that this test kept against the list that the keeper opens."""
    acknowledged = {person.name for person in people if person.code}
    asked_for = {person.name for person in people if person.sent}
    assert acknowledged <= set(present), f"lost: {acknowledged - set(present)}"
    assert set(present) <= asked_for, f"nobody confirmed: {set(present) - asked_for}"
    assert set(present.values()) <= {1}, f"counted more than once: {present}"


def check_again(people: list[Person]) -> None:
    """The same secret answers the same; whoever got no answer is counted now, once."""
    for person in people:
        person.sent = True
        again = withdrawal_code(confirm_by_link(person.visitor, person.secret))
        assert again, f"{person.name} cannot confirm after the restart"
        assert person.code in (None, again), f"{person.name} has another code after the restart"
        person.code = again


@pytest.mark.timeout(900)
def test_what_was_acknowledged_survives_kill_9_exactly_once(server, keeper, relay):
    rng = random.Random(2017)
    everybody: list[Person] = []
    in_flight = 0
    for run in range(RUNS):
        people = signers(server, relay, run)
        everybody += people
        confirm_until_killed(
            people, server, rng.randint(1, PEOPLE - 2 * THREADS), rng.uniform(0, 0.01))
        in_flight += sum(person.sent and not person.code for person in people)
        server.start()
        present = names_in_the_list(server, keeper, f"run-{run}")
        assert number(Visitor(server.port)) == present.total()
        check_after_restart(everybody, present)
        check_again(people)
        number_becomes(Visitor(server.port), len(everybody))
    assert in_flight > RUNS, "the kills came when nobody was waiting: they prove nothing"
    final = names_in_the_list(server, keeper, "final")
    assert final == Counter(person.name for person in everybody)
    assert len({person.code for person in everybody}) == len(everybody)


def test_the_same_secret_answers_the_same_after_an_orderly_restart(server, relay):
    visitor, address = Visitor(server.port), new_address()
    sign(visitor, address)
    secret = newest_mail(relay, address).secret
    first = confirm_by_link(visitor, secret)
    server.stop()
    server.start()
    second = confirm_by_link(visitor, secret)
    assert withdrawal_code(first)
    assert second.body == first.body
    number_becomes(visitor, 1)


def test_a_ticket_still_takes_its_code_after_kill_9(server, relay):
    """The day's keys are in the runtime folder, which outlives the process."""
    visitor, address = Visitor(server.port), new_address()
    page = sign(visitor, address)
    code = newest_mail(relay, address).code
    server.kill()
    server.start()
    answer = visitor.submit(page.form("/confirmations", having="ticket"), code=code)
    assert withdrawal_code(answer), answer.text
    number_becomes(visitor, 1)
