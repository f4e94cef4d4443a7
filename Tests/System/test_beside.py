"""The operator's commands run beside the server, on the same database, and do it no harm."""

import socket
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from outcry import EXAMPLE, SLUG, Installation, Server, open_export, until
from signing import ACTION, Outbox, counted, new_address, number, number_becomes
from web import Visitor

ROUNDS = 6


def test_people_are_counted_before_during_and_after_exports(server, keeper, relay):
    """A command that closes the database must not take the server's log away from under it."""
    installation = server.installation
    names = []

    def person() -> None:
        names.append(f"Person {len(names)}")
        counted(Visitor(server.port), relay, new_address(), name=names[-1])

    with ThreadPoolExecutor(1) as beside:
        for _ in range(ROUNDS):
            person()
            export = beside.submit(installation.export)
            person()
            export.result()
            assert installation.run("action", "list", "--data", installation.data).succeeded
            person()
            assert server.is_running, server.log_text()
    number_becomes(Visitor(server.port), len(names))
    server.kill()
    server.start()
    opened = open_export(installation.export("after"), keeper)
    assert opened.ran.succeeded, str(opened.ran)
    assert Counter(opened.names) == Counter(names)


def test_a_command_reaches_the_running_server_within_seconds(server, visitor):
    installation = server.installation
    assert visitor.get(ACTION).form("/signatures")
    assert installation.run("action", "pause", "--data", installation.data, SLUG).succeeded
    until(lambda: "/signatures" not in visitor.get(ACTION).text, 20, "the form is gone")
    assert installation.run("action", "open", "--data", installation.data, SLUG).succeeded
    until(lambda: "/signatures" in visitor.get(ACTION).text, 20, "the form is back")


def test_importing_the_same_folder_again_changes_nothing(server, visitor):
    installation = server.installation
    before = visitor.get(f"{ACTION}.json").body
    assert installation.run("action", "import", "--data", installation.data, EXAMPLE).succeeded
    assert visitor.get(f"{ACTION}.json").body == before


def test_a_second_server_on_the_same_folder_is_refused(server):
    installation = server.installation
    refused = installation.run(
        "serve", "--data", installation.data, "--listen", "127.0.0.1:0")
    assert not refused.succeeded
    assert server.origin in refused.stderr, "it says where the other one is"
    assert server.is_running


def test_a_port_that_is_taken_is_said_so(installation):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        refused = installation.run(
            "serve", "--data", installation.data, "--listen", f"127.0.0.1:{port}")
    assert not refused.succeeded
    assert str(port) in refused.stderr and "taken" in refused.stderr


def test_the_demonstration_goes_on_where_it_was_left(tmp_path):
    installation = Installation(tmp_path)
    with Server(installation, demo=True) as server:
        visitor = Visitor(server.port)
        counted(visitor, Outbox(server), new_address())
        server.stop()
        server.start()
        assert number(visitor) == 1
        counted(visitor, Outbox(server), new_address())
        number_becomes(visitor, 2)
