"""One server with its people, its journal and its audit: what every story begins with."""

from collections.abc import Callable
from pathlib import Path

from conftest import set_up
from faults.audit import Audit, number_fits
from faults.figures import Figures
from faults.journal import Journal, Person
from faults.records import Reader
from faults.stream import NO_ANSWER, Stream, press
from outcry import Keeper, Server, until
from relay import Relay
from test_canary import CanaryVisitor

DISK_FAILED = 74
"""EX_IOERR: what the server ends with when it cannot trust the disk any more."""


class Trial:
    """Ends its server with its block; it may have ended before."""

    def __init__(
        self, folder: Path, relay: Relay, keeper: Keeper, reader: Reader, figures: Figures
    ):
        self.relay, self.figures = relay, figures
        self.journal = Journal()
        self.installation = set_up(folder, relay, keeper)
        # People come from few addresses here, and very often.
        self.installation.environment |= {"OUTCRY_SIGN_LIMIT": "100000000"}
        self.server = Server(self.installation)
        self.auditor = Audit(self.installation, self.journal, relay, reader)

    def __enter__(self) -> "Trial":
        return self

    def __exit__(self, *_) -> None:
        if self.server.is_running:
            self.server.kill()
        print(f"--- refused: {dict(self.journal.refusals)}, unanswered: {self.journal.silences}")
        print(f"--- {self.installation.log}\n{self.server.log_text()[-6000:]}")

    def stream(self, **options) -> Stream:
        return Stream(self.server, self.journal, self.relay, **options)

    def visitor(self) -> CanaryVisitor:
        return CanaryVisitor(self.server.port, self.journal.canary)

    def count(self, people: int, within: float = 30) -> None:
        """So many more are counted, without a fault."""
        with self.stream() as stream:
            stream.until(people, within)

    def audit(self, fault: str, thorough: bool = True) -> None:
        """Journal and server agree; the figures of `fault` grow by one run.

        A thorough one looks for readable traces too, and at the number that everybody sees, which
        the ledger takes a moment to say.
        """
        findings = self.auditor.find(scan=thorough)
        if thorough and self.server.is_running:
            findings.wrong += number_fits(self.server, self.auditor.present.total())
        self.figures.add(fault, self.journal, findings)
        assert findings.are_none, findings

    def signed(self, people: int) -> list[Person]:
        """So many more have sent the form, and do nothing else."""
        with self.stream(threads=0) as stream:
            return [stream.sign_somebody() for _ in range(people)]

    def waiting(self, people: int) -> list[Person]:
        """So many more have signed and have their mail, and press next."""
        signed = self.signed(people)
        until(lambda: all(person.mails for person in signed), 30, "their mails have come")
        return signed

    def press(self, person: Person) -> int | None:
        """Confirms by the newest link; the answer's status, if there was an answer."""
        try:
            return press(self.visitor(), self.journal, person, by_link=True).status
        except NO_ANSWER:
            return None

    def bytes_unread(self) -> int:
        """How much of what was sent to the server it has not read yet."""
        unread = 0
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            place, local, _, _, queues = line.split()[:5]
            if int(local.split(":")[1], 16) == self.server.port:
                unread += int(queues.split(":")[1], 16)
        return unread

    def restart(self) -> None:
        """Starts it again, whatever its end was."""
        if self.server.is_running:
            self.server.kill()
        self.server.start()

    def mails_settle(self, within: float = 20) -> None:
        """Waits until everybody who signed has their mail."""
        def settled() -> bool:
            return all(person.mails for person in self.journal.people if person.ticket)
        until(settled, within, "every mail has come")


Trials = Callable[[], Trial]
