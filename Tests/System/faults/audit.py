"""What server and journal must agree on after every fault."""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from faults.journal import Journal, Person, sent_twice
from faults.records import Reader
from outcry import Installation, Ran, Server, until
from relay import Relay
from signing import number_now
from web import Visitor


@dataclass
class Findings:
    """Nothing in any of them, or a promise was broken."""

    lost: list[str] = field(default_factory=list)
    """Told that they are counted, and not in the list."""
    twice: list[str] = field(default_factory=list)
    """In the list more than once, or told two codes."""
    unasked: list[str] = field(default_factory=list)
    """In the list without having confirmed, or after a "no", or after they took it back."""
    mailed_twice: list[str] = field(default_factory=list)
    readable: list[str] = field(default_factory=list)
    """Where a name, an address, a message, a secret or a code stands readably."""
    wrong: list[str] = field(default_factory=list)
    """What `outcry check` says, and a number that does not fit the list."""

    @property
    def are_none(self) -> bool:
        return not any(vars(self).values())


class Audit:
    """Of one installation; each call looks at everything anew."""

    def __init__(
        self, installation: Installation, journal: Journal, relay: Relay, reader: Reader
    ):
        self._installation = installation
        self._journal = journal
        self._relay = relay
        self._reader = reader
        self._exports = count()
        self.present: Counter = Counter()
        """Who was in the list when it was looked at last."""

    def find(self, scan: bool = True) -> Findings:
        """Compares journal and server; `scan` looks for readable traces as well, which takes a
        while in large folders. The server may run, but nobody may be on the way to it."""
        export = self._installation.export(f"audit-{next(self._exports)}")
        self.present = self._reader.names(export)
        checked = self.check()
        findings = compare(self._journal.people, self.present)
        findings.mailed_twice = sent_twice(self._relay.deliveries) + self._journal.strangers
        findings.mailed_twice += [person.email for person in self._journal.people
                                  if len(person.mails) > person.forms]
        if not checked.succeeded:
            findings.wrong.append(str(checked))
        if scan:
            findings.readable = self._readable(export)
        export.unlink()
        return findings

    def check(self) -> Ran:
        return self._installation.run("check", "--data", self._installation.data)

    def _readable(self, export: Path) -> list[str]:
        home = self._installation
        folders = [home.data, home.runtime, home.temporary, home.log, home.credentials, export]
        return [str(hit) for hit in self._journal.scanner().in_folders(*folders)]


def compare(people: list[Person], present: Counter) -> Findings:
    """The journal against the list that the keeper opens."""
    by_name = {person.name: person for person in people}
    return Findings(
        lost=[person.name for person in people
              if person.must_be_there and not present[person.name]],
        twice=[name for name, times in present.items() if times > 1]
        + [person.name for person in people if len(person.codes) > 1],
        unasked=[name for name in present
                 if name not in by_name or not by_name[name].may_be_there])


def number_fits(server: Server, present: int, within: float = 10) -> list[str]:
    """The number that everybody sees, once the ledger has caught up with the list."""
    visitor = Visitor(server.port)
    with suppress(AssertionError):
        until(lambda: number_now(visitor) == present, within, f"the number is {present}")
    shown = number_now(visitor)
    return [f"the page says {shown}, the list has {present}"] if shown != present else []
