"""What people did and what they were told, kept outside the server: the measure of its truth."""

import itertools
import threading
from base64 import b32decode, urlsafe_b64decode
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from canary import Scanner
from relay import CUT, Delivery, text_of
from signing import Mail
from test_canary import Canary


@dataclass(eq=False)
class Person:
    """Somebody on the way from form to count; one thread at a time acts for them."""

    name: str
    email: str
    message: str
    number: int
    forms: int = 0
    """How many were sent, with whatever end: each may lead to one mail."""
    ticket: str | None = None
    mails: list[Delivery] = field(default_factory=list)
    pressed: int = 0
    """How often the button was pressed, with whatever end."""
    unknown: bool = False
    """Whether a press had no answer: then both may be true."""
    codes: set[str] = field(default_factory=set)
    """Of every answer "you are counted" that was read to its end."""
    answered: float = 0
    """When the first of them was."""
    already: bool = False
    """Whether they were told that their mailbox is counted, by another of their mails."""
    leaving: bool = False
    """Whether taking it back was asked for, with whatever end."""
    left: bool = False
    left_at: float = 0

    @property
    def is_counted(self) -> bool:
        return bool(self.codes) or self.already

    @property
    def must_be_there(self) -> bool:
        return self.is_counted and not self.leaving

    @property
    def may_be_there(self) -> bool:
        return not self.left and (self.is_counted or self.unknown)

    def mail(self, which: int = -1) -> Mail:
        """With the link and code that lead on; the newest, unless another is asked for."""
        message = self.mails[which].message
        return Mail(self.email, str(message["Subject"]), text_of(message))


class Journal:
    """Everybody of one installation, and each mail that its relay took."""

    def __init__(self):
        self.canary = Canary()
        """What everybody has in common: no file of the server may hold any of it."""
        self.people: list[Person] = []
        self.refusals: dict[int, int] = defaultdict(int)
        """How often which status came in place of what was asked for."""
        self.last_refusal: int | None = None
        self.silences = 0
        """How many presses had no answer."""
        self.strangers: list[str] = []
        """Mails to those who asked for none."""
        self._by_email: dict[str, Person] = {}
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()

    def new(self) -> Person:
        number = next(self._numbers)
        person = Person(
            f"{self.canary.name} {number}",
            f"{self.canary.local}.{number}@{self.canary.domain}.example",
            f"{self.canary.message} {number}", number)
        with self._lock:
            self.people.append(person)
            self._by_email[person.email] = person
        return person

    def mailed(self, delivery: Delivery) -> Person | None:
        """Notes a mail that was taken, in the relay's thread."""
        person = self._by_email.get(delivery.recipients[0])
        if person is None:
            self.strangers.append(delivery.recipients[0])
        else:
            person.mails.append(delivery)
        return person

    def refused(self, status: int) -> None:
        with self._lock:
            self.refusals[status] += 1
            self.last_refusal = status

    def unanswered(self) -> None:
        with self._lock:
            self.silences += 1

    @property
    def counted(self) -> int:
        return sum(person.is_counted for person in self.people)

    def scanner(self, newest: int = 20) -> Scanner:
        """Everybody's common traits, and the secrets and codes of the newest."""
        secrets: dict[str, bytes] = {}
        for person in [person for person in self.people if person.mails][-newest:]:
            secret = person.mail().secret
            secrets[f"secret of {person.number}"] = urlsafe_b64decode(secret + "=")
            for code in person.codes:
                secrets[f"code of {person.number}"] = b32decode(code + "======")
        return Scanner(self.canary.texts, secrets)


def sent_twice(deliveries: Iterable[Delivery]) -> list[str]:
    """The numbers of mails that went on after the relay had taken them, or may have."""
    taken: set[str] = set()
    twice = []
    for delivery in deliveries:
        number = str(delivery.message["Message-ID"])
        if number in taken:
            twice.append(number)
        if delivery.answer.startswith("2") or delivery.answer == CUT:
            taken.add(number)
    return twice
