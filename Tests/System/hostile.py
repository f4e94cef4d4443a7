"""What is sent to hurt: bytes that no browser would send, and how to see that they did no harm."""

import re
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from outcry import Server
from relay import Relay
from signing import ACTION, COUNT
from web import Response, Visitor

SIGNATURES = f"{ACTION}/signatures"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ROOM = 50_000_000
"""How many bytes more the server may take for whatever is sent to it."""

STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.MULTILINE)


@dataclass
class RawAnswer:
    received: bytes
    is_closed: bool
    """Whether the server ended the connection."""
    seconds: float

    @property
    def statuses(self) -> list[int]:
        """Of every answer that came: one request too many would show here."""
        return [int(status) for status in STATUS.findall(self.received)]

    @property
    def is_refused(self) -> bool:
        """400 and the end, so that nothing that follows is taken for a request."""
        return self.is_closed and self.statuses == [400]


def send_raw(port: int, *pieces: bytes, quiet: float = 2) -> RawAnswer:
    """Sends the pieces as they are; reads until the server ends it or has been silent so long."""
    started = time.monotonic()
    received, is_closed = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout=quiet) as connection:
        try:
            for piece in pieces:
                connection.sendall(piece)
        except OSError:
            pass  # it ends the connection before it has heard everything, as it may
        try:
            while chunk := connection.recv(1 << 16):
                received += chunk
            is_closed = True
        except TimeoutError:
            pass
        except OSError:
            is_closed = True
    return RawAnswer(received, is_closed, time.monotonic() - started)


def head(port: int, request: str, *lines: str) -> bytes:
    """A request's lines with the server's own name, up to the empty line."""
    return "\r\n".join((f"{request} HTTP/1.1", f"Host: 127.0.0.1:{port}", *lines, "", "")).encode()


class Memory:
    """How much the server has taken since this was made, at its highest."""

    def __init__(self, server: Server):
        self._server = server
        self._resident, self._highest = self._read()

    @property
    def growth(self) -> int:
        resident, highest = self._read()
        return (highest if highest > self._highest else resident) - self._resident

    def _read(self) -> tuple[int, int]:
        status = Path(f"/proc/{self._server.pid}/status").read_text()
        now, highest = (int(re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)[1])
                        for name in ("VmRSS", "VmHWM"))
        return now * 1024, highest * 1024


class WatchfulVisitor(Visitor):
    """Takes no fault of the server for an answer."""

    def request(self, *arguments, **options) -> Response:
        response = super().request(*arguments, **options)
        assert response.status < 500, f"{response.status} for {response.path}\n{response.text}"
        return response


class Site:
    """A server for all tests of one file, and how it was before they came."""

    def __init__(self, server: Server, relay: Relay):
        self.server, self.relay, self.port = server, relay, server.port
        visitor = self.visitor()
        for path in ("/en/", ACTION, f"{ACTION}.json", COUNT, "/en/withdrawals/new", "/nowhere"):
            visitor.get(path)
        self._log = server.log_text()
        self._memory = Memory(server)

    def visitor(self) -> WatchfulVisitor:
        return WatchfulVisitor(self.port)

    def check_unharmed(self) -> None:
        assert self.server.is_running, "it ended"
        said = self.server.log_text().removeprefix(self._log)
        assert "request failed" not in said, said
        assert self._memory.growth < ROOM
        assert self.visitor().get(ACTION).status == 200


def post_bytes(visitor: Visitor, path: str, body: bytes, **headers: str) -> Response:
    """A form as it is, already encoded, rightly or not."""
    return visitor.request("POST", path, body, FORM | headers)
