"""The server with its witnesses: one that works, one that hangs, one that lies."""

import json
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import ledger
from outcry import SLUG, Installation, Server, until
from signing import counted, new_address, number_becomes
from web import Visitor
from witness import Witness

CHECKPOINT = f"/actions/{SLUG}/log/checkpoint"


class KnownKey:
    """What a witness needs of the log that it is for."""

    def __init__(self, vkey: str):
        self.vkey = vkey


@pytest.fixture
def hanging():
    """Takes every connection and says nothing."""
    held = []

    def hold() -> None:
        with suppress(OSError):
            while True:
                held.append(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=hold)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in held:
        connection.close()


@pytest.fixture
def lying():
    """Signs something else than what it was asked about."""
    key = ledger.key("liar.example", kind=4)

    class Liar(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            body = key.sign("rights.example/other\n1\n" + ledger.base64(bytes(32)) + "\n").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Liar) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield key, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_one_that_works_signs_and_the_others_delay_nobody(
        installation: Installation, relay, tmp_path: Path, hanging: str, lying):
    with Server(installation) as server:
        vkey = Visitor(server.port).get(f"/actions/{SLUG}/log/vkey").text.strip()
        server.stop()
        liar, liar_url = lying
        mute = ledger.key("mute.example", kind=4)
        with Witness(tmp_path / "state", KnownKey(vkey)) as witness:
            policy = tmp_path / "policy"
            policy.write_text("\n".join([
                f"log {vkey}", f"witness works {witness.vkey} http://127.0.0.1:{witness.port}",
                f"witness mute {mute.vkey} {hanging}", f"witness liar {liar.vkey} {liar_url}",
                "quorum works", ""]))
            installation.environment["OUTCRY_WITNESS_POLICY"] = str(policy)
            server.start()
            visitor = Visitor(server.port)
            for people in (1, 2):
                counted(visitor, relay, new_address())
                # The hanging one is waited for at the start alone, and for a quarter of a minute.
                number_becomes(visitor, people, within=25)
                until(lambda: is_cosigned(visitor, people + 1), 10, "the witness has signed")
            note = visitor.get(CHECKPOINT).text
            assert "mute.example" not in note and "liar.example" not in note
            ran = installation.run("ledger", "verify", f"{server.origin}/actions/{SLUG}/log",
                                   "--vkey", vkey, "--policy", policy, "--json")
            assert ran.succeeded, str(ran)
            signers = {(line["name"], line["signer"])
                       for line in json.loads(ran.stdout)["signatures"]}
            assert ("witness.example/w1", "witness") in signers
            assert "witness.example/w1" in visitor.get("/en/how-we-count").text
            until(lambda: "liar" in server.log_text() and "mute" in server.log_text(), 30,
                  "both are reported")


def test_a_restored_database_is_stopped_by_what_a_witness_knows(
        installation: Installation, relay, tmp_path: Path):
    """Even if every published file is gone, and nobody thinks of them."""
    with Server(installation) as server:
        vkey = Visitor(server.port).get(f"/actions/{SLUG}/log/vkey").text.strip()
        server.stop()
        backup = (installation.data / "outcry.sqlite").read_bytes()
        with Witness(tmp_path / "state", KnownKey(vkey)) as witness:
            policy = tmp_path / "policy"
            policy.write_text(f"witness works {witness.vkey} http://127.0.0.1:{witness.port}\n"
                              "quorum works\n")
            installation.environment["OUTCRY_WITNESS_POLICY"] = str(policy)
            server.start()
            visitor = Visitor(server.port)
            for people in (1, 2):
                counted(visitor, relay, new_address())
                number_becomes(visitor, people)
            until(lambda: is_cosigned(visitor, 3), 10, "the witness has signed")
            server.stop()
            lose_published_files(installation)
            (installation.data / "outcry.sqlite").write_bytes(backup)
            server.start()
            visitor = Visitor(server.port)
            counted(visitor, relay, new_address())
            until(lambda: "contradicts this database" in server.log_text(), 20, "it is stopped")
            assert json.loads(visitor.get(f"/actions/{SLUG}/count.json").text)["size"] == 1
            until(lambda: visitor.get("/readyz").status == 503, 5, "whoever watches is told")


def is_cosigned(visitor: Visitor, size: int) -> bool:
    note = visitor.get(CHECKPOINT).text
    return note.split("\n")[1] == str(size) and "— witness.example/w1 " in note


def lose_published_files(installation: Installation) -> None:
    for file in sorted((installation.data / "ledger").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    for end in ("-wal", "-shm"):
        (installation.data / f"outcry.sqlite{end}").unlink(missing_ok=True)
