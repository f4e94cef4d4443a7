"""The servers that are measured, each in folders of its own, and what runs the load on them."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote_plus, urlencode

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "Examples/baku-2017"
SLUG = EXAMPLE.name
PAGE = f"/en/actions/{SLUG}"
# What a counted signature is made of, as the generator calls it.
COUNTING = ("sign", "confirm")


class Failed(Exception):
    """Something could not be measured, or what was measured was not real."""


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def get(port: int, path: str, **headers: str) -> Answer:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=names)
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(), response.read())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A server that runs while its block does, and must not end before."""

    def __init__(self, name: str, command: list, port: int, log: Path, **options):
        self.name, self.port, self.log = name, port, log
        self._command, self._options = [str(part) for part in command], options
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Process":
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                **self._options)
        try:
            self._wait_until_it_answers()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, kind, *_) -> None:
        code = self._stop()
        if kind is None and code not in (0, -signal.SIGTERM):
            raise Failed(f"{self.name} ended with {code}: {self._last_words()}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def _stop(self) -> int:
        self._process.terminate()
        try:
            return self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                raise Failed(f"{self.name} did not start: {self._last_words()}")
            try:
                if get(self.port, "/").status < 500:
                    return
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        raise Failed(f"{self.name} does not answer")

    def _last_words(self) -> str:
        return self.log.read_text(errors="replace")[-600:].strip()


# ---- Outcry --------------------------------------------------------------------------------------

class Installation:
    """A data folder on the disk with one open action; its runtime folder lies in memory."""

    def __init__(self, binary: Path, folder: Path, memory: Path, keeper: "Keeper"):
        self.binary, self.folder, self.keeper = binary, folder, keeper
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.fifo = memory / f"{folder.name}.fifo"
        self.runtime = memory / folder.name
        self.port, self.metrics_port = free_port(), free_port()
        self.environment = {
            "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(folder),
            "OUTCRY_ORIGIN": f"http://127.0.0.1:{self.port}",
            "OUTCRY_CREDENTIALS": str(folder / "credentials"),
            "OUTCRY_RUNTIME": str(self.runtime),
            "OUTCRY_METRICS_LISTEN": f"127.0.0.1:{self.metrics_port}",
            "OUTCRY_TRUSTED_PROXIES": "127.0.0.1",
            # Often enough that the ledger's part is in every figure.
            "OUTCRY_LEDGER_INTERVAL": "5",
            # The machine's free disk decides otherwise, and it is not what is measured.
            "OUTCRY_PENDING_LIMIT": "10000000",
        }
        folder.mkdir(parents=True, exist_ok=True)
        self.runtime.mkdir(mode=0o700)
        os.mkfifo(self.fifo)

    @classmethod
    def new(cls, binary: Path, folder: Path, memory: Path, keeper: "Keeper") -> "Installation":
        made = cls(binary, folder, memory, keeper)
        made.run("init", "--data", made.data, "--organisation", "Example Rights Network",
                 "--origin", made.environment["OUTCRY_ORIGIN"], "--key-list", keeper.key_list)
        made.run("action", "import", "--data", made.data, EXAMPLE, "--open")
        return made

    def copy(self, name: str) -> "Installation":
        """The same keys and rows in another folder."""
        folder = self.folder.with_name(name)
        for part in ("data", "credentials"):
            shutil.copytree(self.folder / part, folder / part)
        return Installation(self.binary, folder, self.fifo.parent, self.keeper)

    def run(self, *arguments: object) -> str:
        return run_command([self.binary, *arguments], self.environment)

    def serve(self, **environment: str) -> Process:
        command = [self.binary, "serve", "--data", self.data,
                   "--listen", f"127.0.0.1:{self.port}", "--measure", self.fifo]
        return OutcryProcess(self, command, environment)

    @property
    def database(self) -> Path:
        return self.data / "outcry.sqlite"

    def rows(self) -> dict[str, int]:
        """How many rows the tables of a stopped server have."""
        with closing(sqlite3.connect(self.database)) as database:
            return {table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
                    for table in ("pending", "record", "spent")}


class OutcryProcess(Process):
    def __init__(self, installation: Installation, command: list, environment: dict[str, str]):
        super().__init__("outcry", command, installation.port, installation.log,
                         env=installation.environment | environment, cwd=installation.folder)
        self.installation = installation

    def cpu(self) -> float:
        """Seconds of processor that all its threads have used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> "OutcryProcess":
        # The pipe has a reader from before the server's start until after its end: opening it
        # would wait for one, and writing to it without one would fail.
        self._reader = os.open(self.installation.fifo, os.O_RDWR | os.O_NONBLOCK)
        try:
            return super().__enter__()
        except BaseException:
            os.close(self._reader)
            raise

    def __exit__(self, *exception) -> None:
        try:
            super().__exit__(*exception)
        finally:
            os.close(self._reader)

    def counter(self, name: str) -> float:
        """A counter of /metrics, summed over its labels."""
        text = get(self.installation.metrics_port, "/metrics").body.decode()
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)", text, re.MULTILINE)
        if not found:
            raise Failed(f"/metrics has no {name}")
        return sum(map(float, found))

    def published_number(self) -> int:
        return json.loads(get(self.port, f"/actions/{SLUG}/count.json").body)["number"]


@dataclass
class Keeper:
    """A key book and its passphrase, on what would be another computer."""

    book: Path
    key_list: Path
    passphrase: Path

    @classmethod
    def new(cls, binary: Path, folder: Path) -> "Keeper":
        folder.mkdir()
        keeper = cls(folder / "book.json", folder / "list.json", folder / "passphrase.txt")
        run_command([binary, "keys", "new", "--count", "1", "--book", keeper.book, "--list",
                     keeper.key_list, "--passphrase-file", keeper.passphrase])
        return keeper


def run_command(command: list, environment: dict | None = None) -> str:
    ended = subprocess.run(
        [str(part) for part in command], env=environment or {"PATH": os.environ["PATH"]},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Failed(f"{' '.join(map(str, command[:3]))} ended with {ended.returncode}: "
                     f"{ended.stderr.strip()[-600:]}")
    return ended.stdout


# ---- What it is compared with --------------------------------------------------------------------

OWN_HEADERS = {"content-length", "content-type", "content-encoding", "etag", "date", "server",
               "connection", "vary", "last-modified", "transfer-encoding"}

# One process, which is one worker: what it uses stands in one /proc/PID/stat.
NGINX = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    open_file_cache max=16;
    gzip_static on;
    gzip_vary on;
    types {{ }}
    default_type "text/html; charset=utf-8";
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    server {{
        listen 127.0.0.1:{port};
        root {folder};
{headers}
    }}
}}
"""


def nginx(folder: Path, page: Answer, plain: bytes) -> Process:
    """Serves the bytes of a page that came gzip'ed, with its headers, from a file."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if not program:
        raise Failed("nginx is not installed: apt-get install nginx-light")
    place = folder / PAGE.strip("/")
    place.parent.mkdir(parents=True)
    place.write_bytes(plain)
    place.with_name(f"{place.name}.gz").write_bytes(page.body)
    port = free_port()
    headers = "\n".join(f"        add_header {name} {nginx_string(value)};"
                        for name, value in page.headers if name.lower() not in OWN_HEADERS)
    settings = folder / "nginx.conf"
    settings.write_text(NGINX.format(port=port, folder=folder, headers=headers))
    command = [program, "-p", folder, "-c", settings, "-e", "stderr"]
    return Process("nginx", command, port, folder / "nginx.log")


def nginx_string(text: str) -> str:
    if "$" in text:
        raise Failed("nginx would take a $ in a header for a variable")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def hello(program: Path, folder: Path) -> Process:
    """A Hummingbird server that says hello and nothing else."""
    if not program.exists():
        raise Failed(f"{program} is missing")
    folder.mkdir()
    port = free_port()
    return Process("bench-hello", [program, "--port", port], port, folder / "hello.log")


# ---- Load ----------------------------------------------------------------------------------------

@dataclass
class Load:
    """The load generator, and all that it has reported."""

    program: Path
    folder: Path
    connections: int
    keep: Callable[[dict], None]

    def get(self, server: Process, path: str, label: str, seconds: float, expect: int = 200,
            headers: tuple[str, ...] = ()) -> dict:
        lines = [part for line in headers for part in ("--header", line)]
        return self._run(server, label, "get", "--path", path, "--expect", expect, "--warm-up", 1,
                         "--seconds", seconds, *lines)

    def sign(self, server: OutcryProcess, label: str, seconds: float) -> dict:
        return self._post(server, label, "sign", "--warm-up", 2, "--seconds", seconds)

    def count(self, server: OutcryProcess, label: str, seconds: float, warm_up: float = 2,
              requests: int = 0) -> dict:
        return self._post(server, label, "count", "--warm-up", warm_up, "--seconds", seconds,
                          "--requests", requests)

    def _post(self, server: OutcryProcess, label: str, mode: str, *options) -> dict:
        body = self.folder / "form"
        body.write_text(form(get(server.port, PAGE).body.decode()))
        return self._run(server, label, mode, "--path", f"{PAGE}/signatures", "--body", body,
                         "--fifo", server.installation.fifo, *options)

    def _run(self, server: Process, label: str, mode: str, *options) -> dict:
        command = [self.program, mode, "--port", server.port, "--host",
                   f"127.0.0.1:{server.port}", "--pid", server.pid, "--connections",
                   self.connections, *options]
        ended = subprocess.run(
            list(map(str, command)), capture_output=True, text=True, check=False)
        if not ended.stdout:
            raise Failed(f"{label}: {ended.stderr.strip()}")
        report = json.loads(ended.stdout) | {"label": label}
        self.keep(report)
        if ended.returncode:
            kinds = ("unexpected", "not_counted", "broken", "settled", "statuses")
            raise Failed(f"{label}: not all was answered as expected: "
                         + ", ".join(f"{kind} {report[kind]}" for kind in kinds))
        return report


def form(page: str) -> str:
    """What a browser would send from this page, with `#` for a number of each person's own."""
    version = re.search(r'name="version" value="([0-9a-f]{64})"', page)
    if not version:
        raise Failed("the action's page has no form")
    people = os.urandom(4).hex()
    fields = {"version": version[1], "name": "Leyla Məmmədova", "country": "AZ",
              "show": "target", "updates": "yes", "website": ""}
    return f"email=person#.{people}{quote_plus('@')}people.example&{urlencode(fields)}"


def cpu_per_thousand(report: dict, *kinds: str) -> float:
    """CPU-seconds of the server for a thousand of these; of several kinds, the one of which fewer
    were done, so that what was only half done does not flatter."""
    done = min(report["measured"][kind]["requests"] for kind in kinds)
    if not done:
        raise Failed(f"{report['label']}: nothing was measured")
    return report["server_cpu"] / done * 1000
