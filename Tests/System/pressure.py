"""Crowds: connections that do little, and programs that send more than people ever would."""

import multiprocessing
import resource
import select
import selectors
import socket
import statistics
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count

from hostile import SIGNATURES, head

_numbers = count(1)


def files_allowed() -> int:
    """How many files one process may have open, after asking for as many as there are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


class Idle:
    """Connections that have asked for one thing and then keep still."""

    def __init__(self, port: int, wanted: int):
        self.connections: list[socket.socket] = []
        request = head(port, "GET /healthz")
        for _ in range(wanted):
            connection = socket.create_connection(("127.0.0.1", port), timeout=30)
            connection.sendall(request)
            self.connections.append(connection)
        for connection in self.connections:
            assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        self.since = time.monotonic()

    @property
    def open(self) -> int:
        """How many the server has not ended."""
        poll = select.poll()
        for connection in self.connections:
            poll.register(connection, select.POLLIN)
        return len(self.connections) - len(poll.poll(0))

    def close(self) -> None:
        for connection in self.connections:
            connection.close()


class Slow(threading.Thread):
    """A connection that sends its pieces one by one, with a pause after each."""

    def __init__(self, port: int, pieces: list[bytes], pause: float, patience: float = 45):
        super().__init__(daemon=True)
        self._pieces, self._pause, self._patience = iter(pieces), pause, patience
        self._connection = socket.create_connection(("127.0.0.1", port), timeout=pause)
        self.received = b""
        self.seconds: float | None = None
        """After which the server ended it; None if it did not, within this one's patience."""
        self.start()

    def run(self) -> None:
        started = time.monotonic()
        while time.monotonic() - started < self._patience:
            try:
                if piece := next(self._pieces, b""):
                    self._connection.sendall(piece)
                chunk = self._connection.recv(1 << 16)
            except TimeoutError:
                continue
            except OSError:
                chunk = b""
            if not chunk:
                self.seconds = time.monotonic() - started
                break
            self.received += chunk
        self._connection.close()

    @property
    def statuses(self) -> list[int]:
        return [int(line.split()[1]) for line in self.received.split(b"\r\n")
                if line.startswith(b"HTTP/1.")]


@dataclass
class Measured:
    """What became of requests that came at a steady rate, whatever else was going on."""

    seconds: list[float] = field(default_factory=list)
    outcomes: Counter = field(default_factory=Counter)

    @property
    def p99(self) -> float:
        return statistics.quantiles(self.seconds, n=100)[98]

    def share(self, outcome: object) -> float:
        return self.outcomes[outcome] / self.outcomes.total()


def steadily(one: Callable[[], object], a_second: int, seconds: float) -> Measured:
    """Does it so often a second, each on time, even while earlier ones still wait."""
    measured, lock = Measured(), threading.Lock()

    def timed(planned: float) -> None:
        time.sleep(max(0, planned - time.monotonic()))
        try:
            outcome = one()
        except Exception as error:  # whatever keeps a person from being served
            outcome = type(error).__name__
        with lock:
            measured.outcomes[outcome] += 1
            measured.seconds.append(time.monotonic() - planned)

    start = time.monotonic() + 0.1
    with ThreadPoolExecutor(a_second * 4) as pool:
        for index in range(round(a_second * seconds)):
            pool.submit(timed, start + index / a_second)
    return measured


class Flood:
    """Another process that sends forms from many neighbourhoods, as fast as they are answered, up
    to a rate; `answers` has how often which status came."""

    def __init__(self, port: int, a_second: int, seconds: float, prefixes: int, connections: int):
        context = multiprocessing.get_context("spawn")
        self._answers = context.Queue()
        self._process = context.Process(
            target=_flood, args=(self._answers, port, a_second, seconds, prefixes, connections))
        self._process.start()
        assert self._answers.get(timeout=30) == "begins"

    def answers(self) -> Counter:
        answers = self._answers.get(timeout=60)
        self._process.join(timeout=30)
        return answers


def _flood(out, port: int, a_second: int, seconds: float, prefixes: int, connections: int) -> None:
    selector, answers, sent = selectors.DefaultSelector(), Counter(), 0
    for _ in range(connections):
        connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        selector.register(connection, selectors.EVENT_READ, bytearray())
    free = [key.fileobj for key in selector.get_map().values()]
    out.put("begins")
    started = time.monotonic()
    while (now := time.monotonic() - started) < seconds:
        while free and sent < a_second * now:
            free.pop().sendall(_form(port, sent, prefixes))
            sent += 1
        for key, _ in selector.select(timeout=0.01):
            try:
                chunk = key.fileobj.recv(1 << 16)
            except OSError:
                chunk = b""
            if not chunk:
                answers["ended"] += 1
                selector.unregister(key.fileobj)
                again = socket.create_connection(("127.0.0.1", port), timeout=30)
                selector.register(again, selectors.EVENT_READ, bytearray())
                free.append(again)
                continue
            key.data.extend(chunk)
            if status := _whole(key.data):
                answers[status] += 1
                key.data.clear()
                free.append(key.fileobj)
    out.put(answers)


def _form(port: int, number: int, prefixes: int) -> bytes:
    prefix = number % prefixes
    body = b"name=Bot&email=bot%d%%40flood.example" % number
    return head(
        port, f"POST {SIGNATURES}", "Content-Type: application/x-www-form-urlencoded",
        f"X-Forwarded-For: 20.{prefix // 250}.{prefix % 250}.{number % 250}",
        f"Content-Length: {len(body)}") + body


def _whole(answer: bytearray) -> int | None:
    """The status of an answer that is there to its end."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return None
    at = answer.lower().find(b"content-length:", 0, end)
    length = int(answer[at + 15:answer.find(b"\r", at)]) if at >= 0 else 0
    return int(answer[9:12]) if len(answer) >= end + 4 + length else None


def new_neighbour() -> str:
    """An address in a neighbourhood of its own, far from every flood."""
    number = next(_numbers)
    return f"{100 + number // 62_500}.{number // 250 % 250}.{number % 250}.7"
