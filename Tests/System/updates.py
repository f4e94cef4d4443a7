"""The keeper writes to those who asked: the command with its files, and what a mail's link does."""

import json
import os
import re
import subprocess
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from hashlib import sha256
from hmac import digest
from pathlib import Path

from outcry import BINARY, Keeper, Ran, base_environment, run
from relay import Delivery, Relay, text_of

LINK = re.compile(r"https?://\S+/u/([A-Za-z0-9_-]{43})")
SENDER = "news@rights.example"


@dataclass
class Desk:
    """What lies on the keeper's computer."""

    folder: Path
    keeper: Keeper
    relay: Relay
    export: Path

    def __post_init__(self):
        self.folder.mkdir(exist_ok=True)
        self.journal, self.secret = self.folder / "journal", self.folder / "secret"
        self.message = self.folder / "message"
        self.message.mkdir(exist_ok=True)
        self.write("en", "They are free", "All 83 are out.")
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        # Tests share a server, where other tests' links have been used.
        self.options = ["--new-secret"]

    def write(self, language: str, subject: str, text: str) -> None:
        file = self.message / f"{language}.md"
        file.write_text(f"---\nsubject: {subject}\n---\n\n{text}\n")

    @property
    def environment(self) -> dict[str, str]:
        return base_environment() | {
            "HOME": str(self.temporary), "TMPDIR": str(self.temporary),
            "OUTCRY_SMTP_URL": self.relay.url}

    def arguments(self, *more: object, keeper: Keeper | None = None) -> list[str]:
        keeper = keeper or self.keeper
        return [str(part) for part in (
            "update", "send", "--book", keeper.book, "--passphrase-file", keeper.passphrase,
            "--in", self.export, "--message", self.message, "--from", SENDER,
            "--journal", self.journal, "--secret", self.secret, "--rate", 6000,
            "--patience", 0.2, *self.options, *more)]

    def send(self, *more: object, keeper: Keeper | None = None, **environment: str) -> Ran:
        return run(*self.arguments(*more, keeper=keeper),
                   environment=self.environment | environment)

    def start(self, *more: object) -> subprocess.Popen:
        return subprocess.Popen(
            [str(BINARY), *self.arguments(*more)], env=self.environment, cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def counts(self) -> dict[str, int]:
        """How many would get it, by language, and in all."""
        ran = self.send("--dry-run")
        assert ran.succeeded, str(ran)
        return {line.split("\t")[0]: int(line.split("\t")[1]) for line in ran.stdout.splitlines()}

    def token_of(self, record: str) -> bytes:
        """What our own code does not say: from `Docs/sealing-format.md`."""
        return digest(self.secret.read_bytes(), b"outcry/update" + bytes.fromhex(record), "sha256")


def news(relay: Relay) -> list[Delivery]:
    """The mails that the keeper sent, however they ended, without those for confirmation."""
    return [delivery for delivery in relay.deliveries if delivery.sender == SENDER]


def news_to(relay: Relay, address: str) -> list[Delivery]:
    return [delivery for delivery in news(relay) if address in delivery.recipients]


def token(delivery: Delivery) -> str:
    """The one in the header, which is the one in the text."""
    header = str(delivery.message["List-Unsubscribe"])
    [written] = set(LINK.findall(text_of(delivery.message)))
    assert LINK.search(header)[1] == written
    return written


def unsubscribed(export: Path) -> set[str]:
    lines = export.read_text().splitlines()
    hashes = {line.split()[1] for line in lines if line.startswith("unsubscribed ")}
    assert json.loads(lines[0].split(" ", 1)[1])["unsubscribed"] == len(hashes)
    return hashes


def decoded(link_token: str) -> bytes:
    return urlsafe_b64decode(link_token + "=")


def hash_of(link_token: str) -> str:
    return sha256(decoded(link_token)).hexdigest()


def made_older(export: Path, folder: Path, time: str) -> Path:
    """The same export with another time in its head."""
    head, rest = export.read_text().split("\n", 1)
    format, description = head.split(" ", 1)
    older = folder / f"export-{time[:10]}"
    older.write_text(f"{format} {json.dumps(json.loads(description) | {'exported': time})}\n{rest}")
    os.chmod(older, 0o600)
    return older
