"""A machine that gives too little: 64 open files, or less memory than is needed."""

import os
import socket
import time
from contextlib import ExitStack, suppress
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from faults.limits import MemoryGroup, can_limit_memory
from faults.lots import lots, runs
from faults.needs import needs
from hostile import FORM, SIGNATURES

pytestmark = pytest.mark.timeout(1800)

FILES = 64


@needs("prlimit")
def test_with_64_files_it_serves_as_many_as_it_can_and_recovers(new_trial):
    fault = f"{FILES} open files, and twice as many connections"
    trial = new_trial()
    trial.server.within = ["prlimit", f"--nofile={FILES}:{FILES}"]
    trial.server.start()
    for _ in range(runs(1, 5)):
        trial.count(3)
        with trial.stream() as stream, ExitStack() as crowd:
            early = HTTPConnection("127.0.0.1", trial.server.port, timeout=30)
            early.request("GET", "/healthz")
            early.getresponse().read()
            for _ in range(2 * FILES):
                crowd.enter_context(socket.create_connection(("127.0.0.1", trial.server.port), 5))
            time.sleep(1)
            assert trial.server.is_running
            # Who came early has a connection, but no file is left for what they ask.
            person = trial.journal.new()
            person.forms += 1
            early.request("POST", SIGNATURES, urlencode(
                {"name": person.name, "email": person.email}), FORM)
            assert early.getresponse().status in (303, 503)
            early.close()
            crowd.close()
            stream.until(10, within=60)
        trial.audit(fault)
        assert set(trial.journal.refusals) <= {503}, trial.journal.refusals
    trial.figures.says(fault, "lets the others wait, serves them when files are free again")


@needs(root=True)
@pytest.mark.skipif(not can_limit_memory(), reason="this story needs a memory control group")
def test_ended_for_want_of_memory_it_loses_nobody(new_trial):
    rng, fault = lots("memory"), "out of memory, ended by the kernel"
    trial = new_trial()
    with MemoryGroup(f"outcry-faults-{os.getpid()}") as group:
        trial.server.within = group.joining
        for _ in range(runs(1, 10)):
            trial.server.start()
            with trial.stream() as stream, ExitStack() as crowd:
                stream.until(rng.randint(2, 10), within=30)
                group.limit(group.used + rng.randint(1 << 20, 3 << 20))
                while trial.server.is_running:
                    with suppress(OSError):  # it may end at this very moment
                        crowd.enter_context(
                            socket.create_connection(("127.0.0.1", trial.server.port), 5))
            assert trial.server.code == -9
            assert not list(trial.installation.temporary.glob("*core*")), "a core file"
            group.limit(None)
            trial.server.start()
            trial.audit(fault)
            trial.server.kill()
    trial.figures.says(fault, "is ended as by kill -9 and starts again")
