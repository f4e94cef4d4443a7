"""People without end who sign, get their mail, confirm, confirm again, sometimes take it back."""

import threading
import time
from collections import deque
from contextlib import suppress
from http.client import HTTPException
from urllib.parse import parse_qs, urlsplit

from faults.journal import Journal, Person
from outcry import Server
from relay import Delivery, Relay
from signing import ACTION, withdrawal_code
from test_canary import CanaryVisitor
from web import Response

THREADS = 6
WAITING = 24
"""How many wait for their mail before nobody new comes."""

NO_ANSWER = (OSError, HTTPException)


class Stream:
    """Runs within its block, whether or not the server does; at its end nobody waits any more.

    Whoever was left without an answer by a fault is there again in the next one.
    """

    def __init__(self, server: Server, journal: Journal, relay: Relay, threads: int = THREADS):
        self._journal = journal
        self._visitor = CanaryVisitor(server.port, journal.canary)
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]
        self._stops = threading.Event()
        self._lock = threading.Lock()
        self._fields: dict[str, str] = {}
        self._signing: deque[Person] = deque(
            person for person in journal.people if not person.mails and person.forms < 2)
        self._pressing: deque[Person] = deque(
            person for person in journal.people if person.mails and not person.is_counted)
        self._waiting: set[Person] = set()
        relay.on_accepted = self._mailed
        self.answers = 0
        """How many people were told that they are counted, by this stream."""

    def __enter__(self) -> "Stream":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        self._stops.set()
        for thread in self._threads:
            thread.join(timeout=90)
            assert not thread.is_alive(), "somebody waits for an answer for ever"

    def until(self, answers: int, within: float) -> None:
        """Goes on until so many more people are counted."""
        wanted, deadline = self.answers + answers, time.monotonic() + within
        while self.answers < wanted:
            assert time.monotonic() < deadline, f"not within {within} s: {answers} more counted"
            time.sleep(0.005)

    def sign_somebody(self) -> Person:
        """One more sends the form, and does not confirm yet."""
        person = self._journal.new()
        self._sign(person)
        return person

    def sign_again(self, person: Person) -> None:
        self._sign(person)

    def _mailed(self, delivery: Delivery) -> None:
        person = self._journal.mailed(delivery)
        self._waiting.discard(person)
        if person and not person.is_counted and len(person.mails) == 1:
            self._pressing.append(person)

    def _run(self) -> None:
        while not self._stops.is_set():
            try:
                self._step()
            except NO_ANSWER:
                # The server is away, or does not answer: people try again.
                self._stops.wait(0.02)

    def _step(self) -> None:
        if person := _next(self._pressing):
            return self._confirm(person)
        if person := _next(self._signing):
            return self._sign(person)
        if len(self._waiting) >= WAITING:
            self._stops.wait(0.005)
        elif self._form():
            self._sign(self._journal.new())

    def _form(self) -> dict[str, str]:
        """The action's form as it came with its page, once."""
        if not self._fields:
            page = self._visitor.get(ACTION)
            if page.status == 200:
                self._fields = page.form("/signatures").fields
        return self._fields

    def _sign(self, person: Person) -> None:
        if not self._form():
            return self._signing.append(person)
        person.forms += 1
        self._waiting.add(person)
        is_taken = False
        try:
            answer = self._post(f"{ACTION}/signatures", self._fields | {
                "name": person.name, "email": person.email, "message": person.message,
                "updates": "yes", "country": "AZ"})
            is_taken = answer.status == 303
        finally:
            if not is_taken:
                self._waiting.discard(person)
        if is_taken:
            query = parse_qs(urlsplit(answer.header("Location")).query)
            person.ticket = query["ticket"][0]

    def _confirm(self, person: Person) -> None:
        press(self._visitor, self._journal, person)
        if not person.codes:
            return
        with self._lock:
            self.answers += 1
        if person.number % 10 == 3:
            press(self._visitor, self._journal, person, by_link=True)
        if person.number % 12 == 5:
            take_back(self._visitor, self._journal, person)

    def _post(self, path: str, fields: dict[str, str]) -> Response:
        answer = self._visitor.post(path, fields)
        if answer.status >= 400:
            self._journal.refused(answer.status)
        return answer


def press(
    visitor: CanaryVisitor, journal: Journal, person: Person, by_link: bool = False,
    which: int = -1
) -> Response:
    """Confirms with one of the mails, by code or by link, and notes what was answered."""
    mail = person.mail(which)
    by_code = person.ticket and len(person.mails) == 1 and person.number % 2 and not by_link
    person.pressed += 1
    try:
        answer = visitor.post(*(
            ("/en/confirmations", {"ticket": person.ticket, "code": mail.code}) if by_code
            else ("/c", {"secret": mail.secret, "lang": "en"})))
    except ConnectionRefusedError:
        raise  # nobody was there to hear it
    except NO_ANSWER:
        person.unknown = True
        journal.unanswered()
        raise
    if answer.status != 200:
        # A "no" to this press says nothing about one before that had no answer.
        journal.refused(answer.status)
    elif code := withdrawal_code(answer):
        person.answered = person.answered or time.time()
        person.codes.add(code)
    else:
        person.already = True
    return answer


def take_back(visitor: CanaryVisitor, journal: Journal, person: Person) -> None:
    person.leaving = True
    answer = visitor.post("/en/withdrawals", {"withdrawal": min(person.codes)})
    if answer.status == 200:
        person.left, person.left_at = True, time.time()
    else:
        journal.refused(answer.status)


def _next(people: deque[Person]) -> Person | None:
    with suppress(IndexError):
        return people.popleft()
    return None
