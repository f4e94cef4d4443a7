"""A witness from outside, and the logs that ask it: RFC 6962, C2SP signed-note, tlog-witness and
tlog-cosignature, written from the specifications and sharing no code with Outcry."""

import base64
import hashlib
import signal
import struct
import subprocess
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from outcry import BINARY, base_environment, free_port

LOG, COSIGNER = b"\x01", b"\x04"
SIZE_TYPE = "text/x.tlog.size"


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def split(count: int) -> int:
    """The largest power of two below the count."""
    return 1 << (count - 1).bit_length() - 1


def root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, of hashed leaves."""
    if not leaves:
        return sha256()
    if len(leaves) == 1:
        return leaves[0]
    middle = split(len(leaves))
    return sha256(b"\x01", root(leaves[:middle]), root(leaves[middle:]))


def consistency(older: int, leaves: list[bytes], is_whole: bool = True) -> list[bytes]:
    """RFC 6962, section 2.1.2."""
    if older == 0:
        return []
    if older == len(leaves):
        return [] if is_whole else [root(leaves)]
    middle = split(len(leaves))
    if older <= middle:
        return consistency(older, leaves[:middle], is_whole) + [root(leaves[middle:])]
    return consistency(older - middle, leaves[middle:], False) + [root(leaves[:middle])]


def raw(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes_raw()


def key_id(name: str, kind: bytes, public: bytes) -> bytes:
    return sha256(name.encode(), b"\n", kind, public)[:4]


@dataclass
class Log:
    """Its leaves are numbers; from `fork` on they are other ones than those of its twin."""

    origin: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    fork: int | None = None

    def forked(self, at: int) -> "Log":
        return Log(self.origin, self.key, at)

    @property
    def vkey(self) -> str:
        public = raw(self.key.public_key())
        return "+".join((self.origin, key_id(self.origin, LOG, public).hex(),
                         base64_text(LOG + public)))

    @property
    def name(self) -> str:
        return hashlib.sha256(self.origin.encode()).hexdigest()

    def leaves(self, size: int) -> list[bytes]:
        return [sha256(b"\x00", b"%d" % index, b"'" * (self.fork is not None and index >= self.fork))
                for index in range(size)]

    def text(self, size: int) -> str:
        return f"{self.origin}\n{size}\n{base64_text(root(self.leaves(size)))}\n"

    def signature(self, text: str, name: str | None = None) -> str:
        name = name or self.origin
        public = raw(self.key.public_key())
        signed = key_id(name, LOG, public) + self.key.sign(text.encode())
        return f"— {name} {base64_text(signed)}\n"

    def note(self, size: int) -> str:
        text = self.text(size)
        return f"{text}\n{self.signature(text)}"

    def proof(self, older: int, size: int) -> list[str]:
        return [base64_text(step) for step in consistency(older, self.leaves(size))]

    def request(self, older: int, size: int) -> str:
        return request(older, self.proof(older, size), self.note(size))


def request(older: int | str, proof: list[str], note: str) -> str:
    return "".join(f"{line}\n" for line in (f"old {older}", *proof, "")) + note


@dataclass
class Answer:
    status: int
    type: str | None
    text: str


class Witness:
    """`outcry ledger witness`; leaving its block ends it."""

    def __init__(self, state: Path, *logs: Log, name: str = "witness.example/w1"):
        self.state, self.name, self.logs = state, name, logs
        self.port = free_port()
        self.log = state.with_name(state.name + ".log")
        self.vkey = self.policy = ""
        self._process: subprocess.Popen | None = None

    @property
    def command(self) -> list[str]:
        return [str(BINARY), "ledger", "witness", "--state", str(self.state), "--name", self.name,
                "--listen", f"127.0.0.1:{self.port}",
                *(word for log in self.logs for word in ("--log", log.vkey))]

    def __enter__(self) -> "Witness":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.kill()
        print(f"--- {self.log}\n{self.log.read_text()[-8000:]}")

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command, env=base_environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=log)
        self.vkey = self._process.stdout.readline().decode().strip()
        self.policy = self._process.stdout.readline().decode().strip()
        assert self.policy, f"it ended at its start\n{self.log.read_text()}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def kill(self, with_signal: int = signal.SIGKILL) -> int | None:
        if not self._process:
            return None
        self._process.send_signal(with_signal)
        code = self._process.wait(timeout=30)
        self._process.stdout.close()
        self._process = None
        return code

    def restart(self) -> None:
        self.kill()
        self.start()

    def ask(self, method: str, path: str, body: str | bytes | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body.encode() if isinstance(body, str) else body)
            response = connection.getresponse()
            return Answer(response.status, response.getheader("Content-Type"),
                          response.read().decode())
        finally:
            connection.close()

    def add(self, body: str | bytes) -> Answer:
        return self.ask("POST", "/add-checkpoint", body)

    def grow(self, log: Log, older: int, size: int) -> Answer:
        return self.add(log.request(older, size))

    def try_to_grow(self, log: Log, older: int, size: int) -> Answer | None:
        """Nothing if it ends meanwhile."""
        try:
            return self.grow(log, older, size)
        except (OSError, HTTPException):
            return None

    def kept(self, log: Log) -> Answer:
        return self.ask("GET", f"/{log.name}/checkpoint")

    def kept_size(self, log: Log) -> int:
        answer = self.kept(log)
        return int(answer.text.splitlines()[1]) if answer.status == 200 else 0

    def check_cosignature(self, text: str, line: str) -> int:
        """Its time; fails unless the line is this witness's signature on the text."""
        name, identifier, encoded = self.vkey.split("+", 2)
        public = base64.b64decode(encoded)
        assert public[:1] == COSIGNER
        assert key_id(name, COSIGNER, public[1:]).hex() == identifier
        dash, signer, signature = line.split(" ")
        signed = base64.b64decode(signature, validate=True)
        assert (dash, signer, signed[:4].hex()) == ("—", name, identifier)
        assert len(signed) == 4 + 8 + 64
        (moment,) = struct.unpack(">Q", signed[4:12])
        Ed25519PublicKey.from_public_bytes(public[1:]).verify(
            signed[12:], f"cosignature/v1\ntime {moment}\n{text}".encode())
        assert abs(moment - time.time()) < 300
        return moment


