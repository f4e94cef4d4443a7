"""Who sends a request is who is at the other end of the wire, but for proxies that were named."""

import itertools
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from hostile import FORM, SIGNATURES, Memory, ROOM
from outcry import Server
from signing import new_address

LIMIT = 3
PROXY, STRANGER = "127.0.0.1", "127.7.7.7"

_networks = itertools.count(1)


@pytest.fixture
def server(installation, request) -> Iterator[Server]:
    """Takes three forms from each neighbourhood; a test may say which proxies it believes."""
    installation.environment |= {
        "OUTCRY_SIGN_LIMIT": str(LIMIT), "OUTCRY_TRUSTED_PROXIES": getattr(request, "param", PROXY)}
    with Server(installation) as server:
        memory = Memory(server)
        yield server
        assert "request failed" not in server.log_text() and memory.growth < ROOM


def status(server: Server, *forwarded: str, peer: str = PROXY) -> int:
    """Of a good form that comes over this peer, with these lines of who it is for."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30, source_address=(peer, 0))
    body = urlencode({"name": "A", "email": new_address()}).encode()
    connection.putrequest("POST", SIGNATURES)
    for name, value in FORM.items():
        connection.putheader(name, value)
    for value in forwarded:
        connection.putheader("X-Forwarded-For", value)
    connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def spend(server: Server, *forwarded: str, peer: str = PROXY) -> None:
    """All that this neighbourhood has."""
    for _ in range(LIMIT):
        assert status(server, *forwarded, peer=peer) == 303
    assert status(server, *forwarded, peer=peer) == 429


def network() -> str:
    """The beginning of an address that nobody else in this file has."""
    return f"198.51.{next(_networks)}"


@pytest.mark.parametrize("server", ["", "192.0.2.1"], indirect=True, ids=["none", "another"])
def test_whoever_is_no_named_proxy_speaks_for_itself(server):
    for number in range(LIMIT):
        assert status(server, f"1.2.{number}.4") == 303
    for forwarded in ("1.2.99.4", "5.6.7.8", "127.0.0.1", "192.0.2.1", "::1", "junk", ""):
        assert status(server, forwarded) == 429, forwarded
    assert status(server, "1.2.3.4", peer=STRANGER) == 303, "another peer is another one"


def test_a_stranger_beside_the_proxy_speaks_for_itself_too(server):
    for number in range(LIMIT):
        assert status(server, f"1.2.{number}.4", peer=STRANGER) == 303
    assert status(server, "9.9.9.9", peer=STRANGER) == 429
    assert status(server, "9.9.9.9") == 303, "and has taken nothing from whom it named"


def test_neighbours_share_and_others_do_not(server):
    here, there = network(), network()
    spend(server, f"{here}.7")
    assert status(server, f"{here}.200") == 429
    assert status(server, f"{there}.7") == 303


def test_the_last_hop_counts_and_not_what_a_client_put_before_it(server):
    here = network()
    for number in range(LIMIT):
        assert status(server, f"1.2.{number}.4, {here}.7") == 303
    assert status(server, f"7.7.7.7, {here}.7") == 429
    assert status(server, f"{network()}.7, {here}.7") == 429


def test_hops_in_many_lines_are_one_list(server):
    here = network()
    spend(server, "1.2.3.4", "5.6.7.8", f"{here}.7")
    assert status(server, f"9.9.9.9, {here}.9") == 429


@pytest.mark.parametrize("server", [f"{PROXY}, 192.0.2.1,192.0.2.2"], indirect=True)
def test_a_chain_of_named_proxies_is_followed_back(server):
    here = network()
    spend(server, f"{here}.7, 192.0.2.1, 192.0.2.2")
    assert status(server, f"{here}.9") == 429
    assert status(server, f"{here}.9, 203.0.113.5, 192.0.2.2") == 303, "a stranger in between"


def test_a_hundred_hops_are_as_good_as_the_last(server):
    here = network()
    hops = ", ".join([*(f"10.{number}.0.1" for number in range(100)), f"{here}.7"])
    spend(server, hops)
    assert status(server, f"{here}.7") == 429


JUNK = ["junk", "1.2.3", "1.2.3.4.5", "999.1.1.1", "1.2.3.4:80", "unknown", "_hidden", "-",
        "01.02.03.04", "0x1020304", "::g", "[", "1.2.3.4;", "<script>", "'", "a" * 4_000,
        "localhost", "fe80::1%eth0", ",", ", ,", "1.2.3.4\t5.6.7.8", "é"]


@pytest.mark.parametrize("before", ["", "1.2.3.4, "], ids=["alone", "after an address"])
def test_what_is_no_address_is_from_the_proxy_itself(server, before):
    """Nothing that a client can write makes it a newcomer each time."""
    statuses = [status(server, before + junk) for junk in JUNK]
    assert statuses.count(303) <= LIMIT + 1, dict(zip(JUNK, statuses))
    assert set(statuses) == {303, 429}


@pytest.mark.parametrize("first, second, shared", [
    ("2001:db8:1:100::1", "2001:db8:1:100:ffff::2", True),
    ("2001:db8:1:100::1", "2001:DB8:0001:0100:0:0:0:1", True),
    ("2001:db8:1:100::1", "2001:db8:2:100::1", False),
    ("::ffff:198.51.200.7", "198.51.200.99", True), ("::FFFF:198.51.201.7", "198.51.201.8", True),
    ("::ffff:c633:ca07", "198.51.202.8", True), ("::ffff:198.51.203.7", "198.51.204.7", False)])
def test_addresses_of_the_newer_kind(server, first, second, shared):
    spend(server, first)
    assert status(server, second) == (429 if shared else 303)


def test_other_headers_say_nothing_about_the_sender(server):
    here = network()
    spend(server, f"{here}.7")
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    for name in ("Forwarded", "X-Real-IP", "Client-IP", "True-Client-IP", "CF-Connecting-IP",
                 "X-Client-IP", "X-Cluster-Client-IP", "Via", "X-Originating-IP"):
        value = "for=203.0.113.9" if name == "Forwarded" else "203.0.113.9"
        connection.request(
            "POST", SIGNATURES, urlencode({"name": "A", "email": new_address()}),
            FORM | {"X-Forwarded-For": f"{here}.7", name: value})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 429, name
    connection.close()
