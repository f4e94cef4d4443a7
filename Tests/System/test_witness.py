"""`outcry ledger witness`: cosigns what only grows, whatever it is asked, killed or cut off from."""

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from outcry import run, until
from witness import SIZE_TYPE, Log, Witness, base64_text, request

KILLS = int(os.environ.get("OUTCRY_FAULT_RUNS", 10))
ORIGIN = "rights.example/actions/a/log"


@pytest.fixture
def log() -> Log:
    return Log(ORIGIN)


@pytest.fixture
def witness(tmp_path, log):
    with Witness(tmp_path / "state", log) as witness:
        yield witness


def test_what_grows_is_cosigned_and_kept_for_monitors(witness, log):
    for older, size in ((0, 0), (0, 1), (1, 1), (1, 7), (7, 300), (300, 301)):
        answer = witness.grow(log, older, size)
        assert answer.status == 200, answer
        witness.check_cosignature(log.text(size), answer.text.removesuffix("\n"))
        kept = witness.kept(log)
        assert kept.status == 200
        assert kept.text == log.note(size) + answer.text


def test_it_says_its_key_and_its_line_for_a_policy(witness):
    assert witness.vkey.startswith("witness.example/w1+")
    assert witness.policy == (
        f"witness witness.example/w1 {witness.vkey} http://127.0.0.1:{witness.port}")


def test_its_folder_is_for_its_owner(witness, log):
    witness.grow(log, 0, 1)
    assert (witness.state / "key").stat().st_mode & 0o777 == 0o600
    assert witness.state.stat().st_mode & 0o777 == 0o700
    assert (witness.state / "checkpoints" / log.name).read_text() == witness.kept(log).text


def test_the_whole_table_of_refusals(witness, log):
    stranger, fork = Log("stranger.example/log"), log.forked(at=2)
    assert witness.grow(stranger, 0, 3).status == 404
    assert witness.kept(stranger).status == 404
    assert witness.kept(log).status == 404

    text = log.text(5)
    forged = log.signature(log.text(4))
    thief = Log(ORIGIN)
    assert witness.grow(thief, 0, 5).status == 403
    assert witness.add(request(0, [], f"{text}\n{forged}")).status == 403
    assert witness.add(request(0, [], f"{text}\n{log.signature(text)}{forged}")).status == 403

    zeros = base64_text(bytes(32))
    empty = f"{ORIGIN}\n0\n{zeros}\n"
    assert witness.add(request(0, [], f"{empty}\n{log.signature(empty)}")).status == 422
    assert witness.add(request(0, [zeros], log.note(5))).status == 422
    early = witness.grow(log, 3, 5)
    assert (early.status, early.type, early.text) == (409, SIZE_TYPE, "0\n")

    assert witness.grow(log, 0, 5).status == 200
    late = witness.grow(log, 0, 9)
    assert (late.status, late.type, late.text) == (409, SIZE_TYPE, "5\n")
    assert witness.add(request(9, [], log.note(5))).status == 400
    assert witness.add(request(5, [], log.note(4))).status == 400
    proof = log.proof(5, 9)
    for wrong in ([], proof[1:], proof[::-1], [*proof, proof[0]], [zeros, *proof[1:]]):
        assert witness.add(request(5, wrong, log.note(9))).status == 422
    assert witness.add(request(5, proof, log.note(5))).status == 422
    assert witness.add(request(5, [], fork.note(5))).status == 422
    assert witness.grow(fork, 5, 9).status == 422
    assert witness.kept(log).text.startswith(log.note(5))
    assert witness.grow(log, 5, 9).status == 200


@pytest.mark.parametrize("spoil", [
    lambda body: "",
    lambda body: body[:-1],
    lambda body: body + "\n",
    lambda body: "\n" + body,
    lambda body: body.replace("\n", "\r\n"),
    lambda body: body.replace("old 5", "old 05"),
    lambda body: body.replace("old 5", "old +5"),
    lambda body: body.replace("old 5", "old 0x5"),
    lambda body: body.replace("old 5", "old 5 "),
    lambda body: body.replace("old 5", f"old {2 ** 64}"),
    lambda body: body.replace("old 5\n", "old 5\n" + f"{base64_text(bytes(32))}\n" * 64),
    lambda body: body.replace("old 5\n", f"old 5\n{base64_text(bytes(31))}\n"),
    lambda body: body.replace("old 5\n", f"old 5\n{base64_text(bytes(32))[:-1]}\n"),
    lambda body: body.replace("— ", "-- "),
    lambda body: body.encode().replace(b"rights", b"right\xff"),
    lambda body: body.encode().replace(b"rights", b"right\x00"),
    lambda body: body.replace("\n9\n", "\n9\n\n"),
    lambda body: body + "x" * 60_000,
])
def test_what_is_no_request_is_refused_and_changes_nothing(witness, log, spoil):
    witness.grow(log, 0, 5)
    before = witness.kept(log)
    assert witness.add(spoil(log.request(5, 9))).status == 400
    assert witness.kept(log) == before


def test_a_body_beyond_bounds_is_refused(witness, log):
    assert witness.add(log.request(0, 5) + "x" * 65_536).status == 413
    assert witness.grow(log, 0, 5).status == 200


def test_other_addresses_are_none(witness, log):
    witness.grow(log, 0, 5)
    for method, path in (("GET", "/"), ("GET", "/add-checkpoint"), ("POST", "/sign-subtree"),
                         ("GET", "/..%2fkey/checkpoint"), ("GET", "/key"), ("GET", "/origins"),
                         ("GET", f"/{log.name.upper()}/checkpoint"), ("GET", f"/{log.name}")):
        assert witness.ask(method, path).status in (404, 405), path


def test_every_origin_of_a_key_is_known(witness, log):
    other = Log("rights.example/actions/another/log", log.key)
    assert witness.grow(other, 0, 5).status == 200
    assert witness.kept_size(other) == 5
    assert witness.kept(log).status == 404


def test_of_two_histories_at_once_one_is_cosigned(witness, log):
    with ThreadPoolExecutor(8) as crowd:
        for round_number in range(10):
            both = Log(f"{ORIGIN}/{round_number}", log.key)
            twins = [both, both.forked(at=3)] * 4
            answers = list(crowd.map(lambda twin: witness.grow(twin, 0, 5), twins))
            assert [answer.status for answer in answers].count(200) == 1
            assert all(answer.status in (200, 409) for answer in answers)


def test_what_was_cosigned_survives_being_killed_and_no_fork_is(witness, log):
    """A client that never stops asking; whatever it heard stays true after every `kill -9`."""
    lots = random.Random(5)
    known, heard = 0, 0
    for _ in range(KILLS):
        stop = threading.Event()

        def grow(size: int) -> int:
            while not stop.is_set():
                answer = witness.try_to_grow(log, size, size + 1)
                if answer is None:
                    break
                assert answer.status == 200, answer
                size += 1
            return size

        with ThreadPoolExecutor(1) as client:
            growing = client.submit(grow, known)
            time.sleep(lots.uniform(0.05, 0.4))
            witness.kill()
            stop.set()
            heard = growing.result()
        witness.start()
        known = witness.kept_size(log)
        assert heard <= known <= heard + 1
        fork = log.forked(at=0)
        for older, status in ((0, 409), (known, 422)):
            for size in (known, known + 1):
                assert witness.grow(fork, older, size).status == status
        assert witness.grow(log, known, known).status == 200
    assert heard > 0


def test_it_stops_when_it_is_asked_to(witness, log):
    witness.grow(log, 0, 5)
    assert witness.kill(signal.SIGTERM) == 0
    witness.start()
    assert witness.kept_size(log) == 5


def test_two_on_one_folder_are_refused(witness):
    second = run(*witness.command[1:])
    assert not second.succeeded
    assert "is running" in second.stderr


@pytest.mark.parametrize(("lose", "says"), [
    (lambda state, log: (state / "origins").unlink(), "nothing of what it has cosigned"),
    (lambda state, log: (state / "checkpoints" / log.name).unlink(), "is gone"),
    (lambda state, log: shutil.rmtree(state / "checkpoints"), "is gone"),
    (lambda state, log: (state / "key").unlink(), "is gone"),
    (lambda state, log: (state / "key").write_text("PRIVATE+KEY+x\n"), "is damaged"),
    (lambda state, log: (state / "checkpoints" / log.name).write_text(
        (state / "checkpoints" / log.name).read_text().replace("\n5\n", "\n4\n")), "is damaged"),
], ids=["list", "checkpoint", "checkpoints", "key", "damaged key", "damaged checkpoint"])
def test_one_that_has_lost_its_memory_must_not_go_on(witness, log, lose, says):
    witness.grow(log, 0, 5)
    witness.kill()
    lose(witness.state, log)
    ran = run(*witness.command[1:])
    assert not ran.succeeded
    assert says in ran.stderr, str(ran)
    assert "Docs/witness.md" in ran.stderr


def test_its_name_is_part_of_its_key(witness):
    witness.kill()
    witness.name = "witness.example/w2"
    ran = run(*witness.command[1:])
    assert not ran.succeeded
    assert "is called witness.example/w1" in ran.stderr


@pytest.mark.parametrize(("change", "says"), [
    ({"--name": "two words"}, "is no name"),
    ({"--name": "a+b"}, "is no name"),
    ({"--listen": "nowhere"}, "is no address"),
    ({"--log": "rights.example+00000000+AAAA"}, "is no key of a log"),
])
def test_what_it_cannot_start_with_it_says(tmp_path, log, change, says):
    command = Witness(tmp_path / "state", log).command[1:]
    for option, value in change.items():
        command[command.index(option) + 1] = value
    ran = run(*command)
    assert not ran.succeeded
    assert says in ran.stderr


def test_a_port_that_is_taken_is_said(witness, tmp_path, log):
    other = Witness(tmp_path / "other", log)
    other.port = witness.port
    ran = run(*other.command[1:])
    assert not ran.succeeded
    assert "is taken" in ran.stderr


needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None or os.geteuid() != 0,
    reason="needs root and strace, to see and to break calls of the system")


@contextmanager
def traced(witness: Witness, *options: str) -> Iterator[Path]:
    """The file that the calls of the system are written to, one a line."""
    trace = witness.state.with_name("trace")
    tracer = subprocess.Popen(
        ["strace", "-f", "-q", "-y", "-s", "64", "-p", str(witness.pid), "-o", trace, *options],
        stdin=subprocess.DEVNULL)
    threads = Path(f"/proc/{witness.pid}/task")
    try:
        until(lambda: all(f"TracerPid:\t{tracer.pid}\n" in status.read_text()
                          for status in threads.glob("*/status")), 30, "it is traced")
        yield trace
    finally:
        tracer.send_signal(signal.SIGINT)
        tracer.wait(timeout=30)


@needs_strace
@pytest.mark.parametrize("call", ["fsync", "rename,renameat,renameat2"])
def test_what_the_disk_does_not_take_is_not_cosigned(witness, log, call):
    assert witness.grow(log, 0, 5).status == 200
    with traced(witness, "-e", f"trace={call}", "-e", f"inject={call}:error=EIO"):
        answer = witness.grow(log, 5, 9)
        assert answer.status == 500
        assert "—" not in answer.text
        assert witness.kept_size(log) == 5
    assert witness.grow(log, 5, 9).status == 200


@needs_strace
def test_it_answers_after_the_disk_has(witness, log):
    assert witness.grow(log, 0, 5).status == 200
    with traced(witness, "-e", "trace=fsync,/rename.*,/send.*,write,writev") as trace:
        assert witness.grow(log, 5, 9).status == 200
    lines = trace.read_text().splitlines()

    def place(*words: str) -> int:
        return next(index for index, line in enumerate(lines)
                    if all(word in line for word in words))

    written = place("fsync(", f".{log.name}.new")
    renamed = place("rename", f".{log.name}.new")
    settled = place("fsync(", "/checkpoints>")
    answered = place("HTTP/1.1 200 OK")
    assert written < renamed < settled < answered, "\n".join(lines)


def test_its_log_names_nobody_who_asked(witness, log):
    for older, size in ((0, 5), (0, 6), (5, 9)):
        witness.grow(log, older, size)
    witness.add("nonsense")
    assert "127.0.0.1" not in witness.log.read_text().replace(f"127.0.0.1:{witness.port}", "")


def test_two_histories_are_kept_in_its_log_as_a_proof(witness, log):
    """Nobody else can make it say so, and nobody can fill its log with it."""
    witness.grow(log, 0, 9)
    witness.add(request(9, [base64_text(bytes(32))], log.note(9)))
    witness.grow(log.forked(at=2), 9, 12)
    assert "two histories" not in witness.log.read_text()
    fork = log.forked(at=2)
    for _ in range(3):
        assert witness.grow(fork, 9, 9).status == 422
    said = witness.log.read_text()
    assert said.count("two histories") == 1
    for proof in (log.note(9), fork.note(9)):
        assert proof.splitlines()[-1] in said
        assert proof.splitlines()[2] in said
