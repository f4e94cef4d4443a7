"""Outcry as its operator and its keeper use it: the commands, the server, their folders.

Nothing here looks inside the program; `OUTCRY_BINARY` names another one than the debug build.
"""

import csv
import io
import itertools
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("OUTCRY_BINARY", ROOT / ".build/debug/outcry")).absolute()
EXAMPLE = ROOT / "Examples/baku-2017"
SLUG = "baku-2017"
MAIL_FROM = "action@rights.example"
COLUMNS = ["record", "day", "name", "email", "country", "language", "show", "updates",
           "message", "version", "flags"]

_outputs = itertools.count()


def example_as(folder: Path, slug: str, *changes: tuple[str, str, str]) -> Path:
    """The sample action under another slug; each change is a file, what stands there, and what
    shall stand there."""
    copy = folder / slug
    shutil.copytree(EXAMPLE, copy)
    for name, old, new in changes:
        text = (copy / name).read_text()
        assert old in text, f"{name} has no {old!r}"
        (copy / name).write_text(text.replace(old, new))
    return copy


@dataclass
class Ran:
    """A command that has ended."""

    command: list[str]
    code: int
    stdout: str
    stderr: str

    @property
    def succeeded(self) -> bool:
        return self.code == 0

    def __str__(self) -> str:
        return f"{' '.join(self.command)} ended with {self.code}\n{self.stdout}{self.stderr}"


def run(*arguments: object, environment: dict | None = None, text_in: str | None = None) -> Ran:
    """Runs a command to its end, whatever that is; what it reads is `text_in` or nothing."""
    command = [str(BINARY), *map(str, arguments)]
    assert BINARY.exists(), f"{BINARY} is missing: build it first (make test does)"
    ended = subprocess.run(
        command, env=environment or base_environment(), capture_output=True, timeout=120,
        input=(text_in or "").encode(), check=False)
    return Ran(command, ended.returncode, *(
        output.decode(errors="surrogateescape") for output in (ended.stdout, ended.stderr)))


def run_well(*arguments: object, **options) -> Ran:
    ran = run(*arguments, **options)
    assert ran.succeeded, str(ran)
    return ran


def base_environment() -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}


def free_port() -> int:
    """None that the system gives to connections: a server that is down for a moment finds its
    port free when it comes back. Nor one that another worker of the same run could take, nor one
    that was taken before."""
    for port in _ports:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")


def _own_ports() -> Iterator[int]:
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    ports = list(range(20_000 + own, 32_000, workers))
    random.shuffle(ports)
    return itertools.cycle(ports)


_ports = _own_ports()


def until(condition: Callable[[], object], within: float, what: str):
    """The condition's first true value; fails when there is none in time."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.05)


@dataclass
class Keeper:
    """A key book with its passphrase, and the list that the server gets."""

    book: Path
    key_list: Path
    passphrase: Path

    @classmethod
    def new(cls, folder: Path, count: int) -> "Keeper":
        folder.mkdir(parents=True)
        keeper = cls(folder / "book", folder / "list", folder / "passphrase")
        run_well("keys", "new", "--count", count, "--book", keeper.book,
                 "--list", keeper.key_list, "--passphrase-file", keeper.passphrase)
        return keeper


class Installation:
    """One data folder with all that lies around it, each test's own."""

    def __init__(self, folder: Path, smtp: str | None = None):
        self.folder = folder
        self.data = folder / "data"
        self.runtime = folder / "runtime"
        self.temporary = folder / "tmp"
        self.credentials = folder / "credentials"
        self.log = folder / "server.log"
        for made in (self.runtime, self.temporary):
            made.mkdir(parents=True, mode=0o700, exist_ok=made == self.runtime)
        self.port = free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.environment = base_environment() | {
            "HOME": str(self.temporary), "TMPDIR": str(self.temporary),
            "OUTCRY_RUNTIME": str(self.runtime), "OUTCRY_CREDENTIALS": str(self.credentials),
            "OUTCRY_TRUSTED_PROXIES": "127.0.0.1", "OUTCRY_LEDGER_INTERVAL": "1",
        }
        if smtp:
            self.environment |= {"OUTCRY_SMTP_URL": smtp, "OUTCRY_MAIL_FROM": MAIL_FROM}

    def run(self, *arguments: object, text_in: str | None = None) -> Ran:
        return run(*arguments, environment=self.environment, text_in=text_in)

    def init(self, *keepers: Keeper) -> Ran:
        lists = itertools.chain.from_iterable(
            ("--key-list", keeper.key_list) for keeper in keepers)
        return self.run("init", "--data", self.data, "--organisation", "Example Rights Network",
                        "--origin", self.origin, *lists)

    def import_action(self, folder: Path = EXAMPLE) -> Ran:
        return self.run("action", "import", "--data", self.data, folder, "--open")

    def empty_runtime(self) -> None:
        """What a folder in memory holds after the machine was without power."""
        shutil.rmtree(self.runtime)
        self.runtime.mkdir(mode=0o700)

    def block(self, address: str) -> None:
        ran = self.run("mail", "block", "--data", self.data, text_in=address)
        assert ran.succeeded, str(ran)

    def export(self, name: str = "export") -> Path:
        """The sealed records; a second export needs another name."""
        out = self.folder / name
        ran = self.run("export", "--data", self.data, SLUG, "--out", out)
        assert ran.succeeded, str(ran)
        return out

    def freeze(self, name: str = "export-frozen", *options: object) -> Path:
        """What the newest checkpoint counts, for a delivery."""
        out = self.folder / name
        ran = self.run("delivery", "freeze", "--data", self.data, SLUG, "--out", out, *options)
        assert ran.succeeded, str(ran)
        return out


class Server:
    """`outcry serve`; leaving its block ends it, and fails if it had ended by itself."""

    def __init__(self, installation: Installation, demo: bool = False):
        self.installation = installation
        self.port, self.origin = installation.port, installation.origin
        self.within: list[str] = []
        """A command that starts the program and becomes it, such as one that sets a limit."""
        self.options: list[str] = ["--demo"] if demo else []
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, kind, *_) -> None:
        ended_by_itself = self._process is not None and self._process.poll() is not None
        self.kill()
        print(f"--- {self.installation.log}\n{self.log_text()[-8000:]}")
        assert kind or not ended_by_itself, "the server ended by itself"

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        self.launch()
        until(self._is_ready, within=60, what="the server answers")

    def launch(self) -> None:
        """Starts it without waiting for an answer: it may end before there is one."""
        command = [*self.within, BINARY, "serve", *self.options, "--data", self.installation.data,
                   "--listen", f"127.0.0.1:{self.port}"]
        assert BINARY.exists(), f"{BINARY} is missing: build it first (make test does)"
        with self.installation.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self.installation.environment, cwd=self.installation.temporary,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)

    def stop(self) -> None:
        """Asks it to end, as the system does, and expects that it ends well."""
        self.ask_to_end()
        code = self.end(within=30)
        assert code == 0, f"ended with {code} when asked to stop\n{self.log_text()}"

    def ask_to_end(self) -> None:
        self._process.send_signal(signal.SIGTERM)

    def end(self, within: float) -> int:
        """Waits until it has ended; how it did."""
        code = self._process.wait(timeout=within)
        self._process = None
        return code

    def kill(self, with_signal: int = signal.SIGKILL) -> None:
        """`kill -9`: nothing is flushed, closed or said."""
        if self._process:
            self._process.send_signal(with_signal)
            self._process.wait(timeout=30)
            self._process = None

    def freeze(self) -> None:
        """Stops it in its tracks: what the kernel was doing for it is done, and nothing follows."""
        self._process.send_signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self.pid}/task")
        until(lambda: all(state.read_text().rpartition(")")[2].split()[0] == "T"
                          for state in threads.glob("*/stat")), 30, "every thread stands still")

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    @property
    def code(self) -> int | None:
        """How it has ended by itself; nil while it runs."""
        return self._process.poll() if self._process else None

    @property
    def is_ready(self) -> bool:
        return self.is_running and self._is_ready()

    def settle(self, seconds: float) -> None:
        """Waits until it has ended, or for so long."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=seconds)

    def log_text(self) -> str:
        return self.installation.log.read_text(errors="replace")

    def _is_ready(self) -> bool:
        assert self.is_running, f"the server ended at its start\n{self.log_text()}"
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


@dataclass
class Opened:
    """What `outcry open` made of an export."""

    ran: Ran
    written: bytes | None

    @property
    def rows(self) -> list[dict]:
        """Every record: the table's lines; or an array of objects, or one object a line."""
        assert self.written is not None, f"nothing was written\n{self.ran}"
        if self.written.startswith(b"\xef\xbb\xbf"):
            return list(csv.DictReader(io.StringIO(self.written.decode("utf-8-sig"), newline="")))
        if self.written.lstrip().startswith(b"["):
            return json.loads(self.written)
        return [json.loads(line) for line in self.written.splitlines() if line.strip()]

    @property
    def names(self) -> list[str]:
        """The names of those that could be opened."""
        return sorted(row["name"] for row in self.rows if row.get("name"))


def open_export(export: Path, *keepers: Keeper, format: str = "json") -> Opened:
    """Opens on the keeper's computer: none of the server's settings are there."""
    books = itertools.chain.from_iterable(
        ("--book", keeper.book, "--passphrase-file", keeper.passphrase) for keeper in keepers)
    out = export.with_name(f"{export.name}-opened-{next(_outputs)}.{format}")
    ran = run("open", *books, "--in", export, "--out", out, "--format", format)
    return Opened(ran, out.read_bytes() if out.exists() else None)
