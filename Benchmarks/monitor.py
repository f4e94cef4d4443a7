"""Somebody who reads an action's whole ledger while others sign: tile by tile, at a steady pace."""

import re
import socket
import threading
import time

from servers import SLUG, OutcryProcess

LOG = f"/actions/{SLUG}/log"


class Monitor:
    """Reads while its block runs; nothing at a pace of 0."""

    def __init__(self, outcry: OutcryProcess, per_second: int):
        self.read = 0
        self._port, self._pace = outcry.port, per_second
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Monitor":
        if self._pace:
            self._thread.start()
        return self

    def __exit__(self, *exception) -> None:
        self._ended.set()
        if self._pace:
            self._thread.join()

    def _run(self) -> None:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        names, due = [], time.monotonic()
        while not self._ended.is_set():
            if not names:
                names = tiles(int(fetch(connection, "checkpoint").split(b"\n")[1]))
            fetch(connection, names.pop())
            self.read += 1
            due += 1 / self._pace
            time.sleep(max(0, due - time.monotonic()))
        connection.close()


def fetch(connection: socket.socket, name: str) -> bytes:
    """By hand: what a library of Python's takes for it would be taken from those who sign."""
    host = "%s:%d" % connection.getpeername()
    connection.sendall(f"GET {LOG}/{name} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    head, separator, body = b"", b"", b""
    while not separator:
        head += receive(connection)
        head, separator, body = head.partition(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise ConnectionError(f"{name} is answered with {head.decode()}")
    length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
    while len(body) < length:
        body += receive(connection)
    return body


def receive(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 16)
    if not piece:
        raise ConnectionError("the server has ended the connection")
    return piece


def tiles(size: int) -> list[str]:
    """The full tiles and bundles of a log, and its last ones if there are no others."""
    full = [f"tile/{content}/{path(number)}" for content in ("0", "entries")
            for number in range(size // 256)]
    return full or [f"tile/{content}/000.p/{size}" for content in ("0", "entries")]


def path(number: int) -> str:
    """1234067 is x001/x234/067."""
    parts = [f"{number % 1000:03}"]
    while number := number // 1000:
        parts.insert(0, f"x{number % 1000:03}")
    return "/".join(parts)
