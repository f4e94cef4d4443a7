"""How many letters a second go through the queue to a relay on this machine, without their pace.

    swift build -c release --product outcry
    .venv/bin/python Benchmarks/letters.py [--count 5000]

The letters are sealed and queued by the tests' own code; the relay takes everything and keeps
nothing but a count. Every letter must arrive once, or the run fails.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/System"))
os.environ.setdefault("OUTCRY_BINARY", str(ROOT / ".build/release/outcry"))

from letters import Letter, queue, quick, status  # noqa: E402
from outcry import Installation, Keeper, free_port  # noqa: E402

TEXT = "Your Excellency,\n\n" + "I ask you to release the people who are held. " * 40 + "\n"


class Sink(asyncio.Protocol):
    """Says yes to each line, in the order of SMTP."""

    taken = 0

    def connection_made(self, transport):
        self._transport, self._rest, self._is_text = transport, b"", False
        transport.write(b"220 sink\r\n")

    def data_received(self, data):
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            if self._is_text:
                if line == b".":
                    self._is_text = False
                    Sink.taken += 1
                    self._transport.write(b"250 taken\r\n")
            elif line.upper().startswith(b"DATA"):
                self._is_text = True
                self._transport.write(b"354 go on\r\n")
            else:
                self._transport.write(b"250 yes\r\n")


def listen(port: int) -> None:
    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
        await server.serve_forever()
    threading.Thread(target=lambda: asyncio.run(forever()), daemon=True).start()


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_megabytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=5_000)
    count = parser.parse_args().count
    port = free_port()
    listen(port)
    work = ROOT / "Benchmarks/output"
    work.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=work) as folder:
        folder = Path(folder)
        installation = Installation(folder / "here", smtp=f"smtp://127.0.0.1:{port}")
        for ran in (installation.init(Keeper.new(folder / "keeper", 2)),
                    installation.import_action()):
            assert ran.succeeded, str(ran)
        queue(installation, *(Letter(f"Writer {n}", text=TEXT) for n in range(count)))
        print(f"load before: {os.getloadavg()[0]:.1f}")
        with quick(installation, 0) as server:
            began, spent, before = time.monotonic(), cpu_seconds(server.pid), Sink.taken
            while Sink.taken < count:
                time.sleep(0.01)
                assert time.monotonic() - began < 600, f"{Sink.taken} of {count} in ten minutes"
            seconds, taken = time.monotonic() - began, count - before
            print(f"{taken / seconds:.0f} letters a second, "
                  f"{(cpu_seconds(server.pid) - spent) / taken * 1000:.2f} CPU-s/1000, "
                  f"at most {peak_megabytes(server.pid)} MB")
            time.sleep(2)
        found = status(installation)
        size = (installation.data / "outcry.sqlite").stat().st_size / 1e6
        print(f"sent {found['counts']['sent']}, waiting {found['waiting']}, "
              f"arrived {Sink.taken}, file {size:.0f} MB")
        return 0 if found["counts"]["sent"] == count == Sink.taken else 1


if __name__ == "__main__":
    sys.exit(main())
