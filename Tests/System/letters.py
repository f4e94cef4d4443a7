"""Letters that wait to be sent, put into the queue as Docs/sealing-format.md says, by code that
shares nothing with the program: a letter needs no form then, and the format is checked."""

import json
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from base64 import b32encode

from outcry import SLUG, Installation, Server

OFFICES = ["office@president.example", "letters@president.example"]
TARGET = "president"
SIZE = 16_384


@dataclass
class Letter:
    name: str
    subject: str = "Release the people"
    text: str = "Your Excellency,\n\nI ask you to release them.\n\nYours faithfully"
    reply_to: str = ""
    language: str = "en"


def _derived(installation: Installation, label: bytes) -> bytes:
    secret = (installation.credentials / "letter-key").read_bytes()
    return HKDF(SHA256(), 32, salt=b"", info=label).derive(secret)


def seal(installation: Installation, letter: Letter, action: bytes) -> bytes:
    number = os.urandom(16)
    plain = b"".join(
        len(part).to_bytes(2, "big") + part
        for part in map(str.encode, [TARGET, letter.language, letter.subject, letter.text,
                                     letter.name, letter.reply_to]))
    nonce = os.urandom(12)
    sealed = AESGCM(_derived(installation, b"outcry/letter/key")).encrypt(
        nonce, plain.ljust(SIZE - 44, b"\0"), b"outcry/letter/v1\0" + number + action)
    return number + nonce + sealed


def bounce_token(installation: Installation, address: str) -> str:
    code = HMAC(_derived(installation, b"outcry/letter/bounce"), SHA256())
    code.update(address.encode())
    return b32encode(code.finalize()[:16]).decode().rstrip("=").lower()


def queue(installation: Installation, *letters: Letter) -> None:
    """Puts letters into the queue of a server that does not run."""
    with closing(sqlite3.connect(installation.data / "outcry.sqlite")) as database, database:
        [action] = database.execute("SELECT id FROM action WHERE slug = ?", [SLUG]).fetchone()
        [last] = database.execute("SELECT coalesce(max(position), 0) FROM letter").fetchone()
        for position, letter in enumerate(letters, last + 1):
            sealed = seal(installation, letter, action)
            database.execute(
                "INSERT INTO letter (id, action, target, position, day, sealed) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [sealed[:16], action, TARGET, position, int(time.time()) // 86_400, sealed[16:]])


def status(installation: Installation) -> dict:
    ran = installation.run("letters", "status", "--data", installation.data, SLUG, "--json")
    assert ran.succeeded, str(ran)
    return json.loads(ran.stdout)


def quick(installation: Installation, seconds: float = 0.1) -> Server:
    """A server that keeps no office's hours."""
    server = Server(installation)
    server.options = ["--letter-pace", str(seconds)]
    return server
