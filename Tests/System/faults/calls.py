"""System calls of a running server that are watched, or made to fail, by strace.

What strace counts, it counts for each thread; one commit is the work of one thread.
"""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from outcry import Installation, Server, until

CALL = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)")
WRITING = ("pwrite64", "write", "fsync", "fdatasync", "ftruncate", "fallocate", "rename",
           "renameat", "renameat2", "unlink", "openat", "linkat", "mkdir", "mkdirat")


def database_files(installation: Installation) -> list[Path]:
    file = installation.data / "outcry.sqlite"
    return [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm", "-journal"))]


@contextmanager
def traced(
    server: Server, log: Path, *options: str, files: list[Path] = []
) -> Iterator[None]:
    """Every thread of the server is traced within this block, or until it ends; only calls on
    these `files`, if there are any."""
    paths = [option for file in files for option in ("-P", str(file))]
    tracer = subprocess.Popen(
        ["strace", "-f", "-o", str(log), "-p", str(server.pid), *paths, *options],
        stderr=subprocess.PIPE, text=True)
    try:
        line = tracer.stderr.readline()
        assert "attached" in line, f"strace: {line}"
        yield
    finally:
        _end(tracer)


def _end(tracer: subprocess.Popen) -> None:
    if tracer.poll() is None:
        tracer.terminate()
    try:
        tracer.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        # Told to go while its process goes too, strace may wait for ever.
        tracer.kill()
        tracer.communicate()


def fails(call: str, number: int, how: str) -> list[str]:
    """Options for the `number`th call of this name to fail: `how` is an error such as EIO, or
    SIGKILL for the end of the process right there."""
    effect = f"signal={how}" if how.startswith("SIG") else f"error={how}"
    return ["-e", f"trace={call}", "-e", f"inject={call}:{effect}:when={number}"]


def counted_calls(log: Path) -> Counter:
    """How often each call was made, by the thread that made most of them."""
    by_thread: dict[str, Counter] = {}
    for line in log.read_text(errors="replace").splitlines():
        if (found := CALL.match(line)) and "resumed>" not in line:
            by_thread.setdefault(found[1], Counter())[found[2]] += 1
    most: Counter = Counter()
    for calls in by_thread.values():
        for call, times in calls.items():
            most[call] = max(most[call], times)
    return most


def was_injected(log: Path) -> bool:
    return "(INJECTED)" in log.read_text(errors="replace") or "SIGKILL" in log.read_text(
        errors="replace")


def launched(server: Server, log: Path, *options: str, files: list[Path] = []) -> None:
    """Lets the server's next start happen under strace, from its first call on."""
    paths = [option for file in files for option in ("-P", str(file))]
    # -D: the program keeps its place, and the tracer stands beside it.
    server.within = ["strace", "-D", "-f", "-qq", "-o", str(log), *paths, *options]
