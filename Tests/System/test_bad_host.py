"""Whatever a request calls this server, and whatever it wants done, its answers lead here only."""

import re
from collections.abc import Iterator

import pytest

from conftest import set_up
from hostile import SIGNATURES, RawAnswer, post_bytes, send_raw
from outcry import Server
from relay import Relay
from signing import ACTION, COUNT, new_address, newest_mail, number, sign
from web import Visitor

pytestmark = pytest.mark.usefixtures("unharmed")

ORIGIN = "https://rights.example"

STRANGERS = [
    "evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example",
    "evil.example#127.0.0.1", "127.0.0.1@evil.example", "10.0.0.1", "[::2]", "0.0.0.0", "0x7f.1",
    "localhost\\.evil.example", "rights.example", "xn--lcalhost-0ib", "a" * 300, ".", "*"]

ADDRESSES = ["/", "/en/", ACTION, f"{ACTION}.json", COUNT, "/robots.txt", "/sitemap.xml",
             "/outcry.css", "/en/feed.atom", f"{ACTION}/card.png", "/c/" + "A" * 43,
             "/en/withdrawals/new", "/nowhere", "/.well-known/security.txt"]


def ask(port: int, request: str, *hosts: str) -> RawAnswer:
    """A request with these lines for a host, and the end of the connection after its answer."""
    lines = [request, *(f"Host: {host}" for host in hosts), "Connection: close", "", ""]
    return send_raw(port, "\r\n".join(lines).encode())


def body_of(answer: RawAnswer) -> bytes:
    return answer.received.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("host", STRANGERS)
def test_a_request_for_another_host_is_not_answered(site, host):
    answer = ask(site.port, "GET /en/ HTTP/1.1", host)
    assert answer.statuses == [421]
    assert body_of(answer) == b"" and b"Location" not in answer.received


@pytest.mark.parametrize("path", ADDRESSES)
def test_not_on_any_address(site, path):
    for method in ("GET", "HEAD"):
        answer = ask(site.port, f"{method} {path} HTTP/1.1", "evil.example")
        assert answer.statuses == [421] and body_of(answer) == b""


def test_nor_for_a_form(site):
    visitor, address = site.visitor(), new_address()
    answer = post_bytes(visitor, SIGNATURES, f"name=A&email={address}".encode(),
                        Host="evil.example")
    assert (answer.status, answer.body) == (421, b"")
    assert address not in site.relay.attempts


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_but_health_is_for_whoever_asks(site, path):
    for host in ("evil.example", "10.0.0.1:8080", f"127.0.0.1:{site.port}"):
        assert ask(site.port, f"GET {path} HTTP/1.1", host).statuses == [200]


def test_this_machine_may_be_called_by_its_names(site):
    for host in ("127.0.0.1", "localhost", "LocalHost", "[::1]"):
        answer = ask(site.port, "GET /en/ HTTP/1.1", f"{host}:{site.port}")
        assert answer.statuses == [200], host


@pytest.mark.parametrize("hosts", [
    [], ["127.0.0.1", "evil.example"], ["evil.example", "127.0.0.1"], ["127.0.0.1", "127.0.0.1"]],
    ids=str)
def test_two_hosts_or_none_are_no_request(site, hosts):
    assert ask(site.port, "GET /en/ HTTP/1.1", *hosts).statuses == [400]


@pytest.mark.parametrize("host", [
    "127.0.0.1, evil.example", "127.0.0.1 evil.example", "127.0.0.1/evil", "[127.0.0.1", ""])
def test_a_host_that_is_none_is_nobody(site, host):
    answer = ask(site.port, "GET /en/ HTTP/1.1", host)
    assert len(answer.statuses) == 1 and answer.statuses[0] in (400, 421)


@pytest.mark.parametrize("target", [
    "http://evil.example/en/", "https://evil.example/", "//evil.example/en/", "evil.example:443"])
def test_an_address_that_names_its_host_must_name_ours(site, target):
    answer = ask(site.port, f"GET {target} HTTP/1.1", f"127.0.0.1:{site.port}")
    assert len(answer.statuses) == 1 and answer.statuses[0] in (400, 404, 421)
    assert b"evil.example" not in answer.received


def test_a_whole_address_of_ours_is_an_address(site):
    """Every server must take it (RFC 9112, 3.2.2)."""
    own = f"127.0.0.1:{site.port}"
    assert ask(site.port, f"GET http://{own}/en/ HTTP/1.1", own).statuses == [200]


@pytest.mark.parametrize("header", [
    "X-Forwarded-Host", "X-Host", "X-Forwarded-Server", "X-HTTP-Host-Override", "Forwarded",
    "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Proto", "X-Forwarded-Prefix"])
def test_nothing_else_names_the_host(site, header):
    value = "host=evil.example;proto=ftp" if header == "Forwarded" else "evil.example"
    for path in ("/", "/en/", ACTION, "/robots.txt", "/sitemap.xml", "/en/feed.atom"):
        answer = site.visitor().get(path, **{header: value})
        assert answer.status in (200, 303)
        assert "evil.example" not in answer.text + str(answer.headers)


def test_the_mail_leads_here_whatever_was_said(site):
    address = new_address()
    visitor = site.visitor()
    fields = visitor.get(ACTION).form("/signatures").fields | {"name": "A", "email": address}
    visitor.post(SIGNATURES, fields, **{"X-Forwarded-Host": "evil.example"})
    links = newest_mail(site.relay, address).addresses
    assert [link.rpartition("/c/")[0] for link in links] == [site.server.origin]


@pytest.mark.parametrize("method", [
    "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "SEARCH", "PURGE", "LOCK"])
@pytest.mark.parametrize("path", ["/en/", ACTION, SIGNATURES, "/c", "/nowhere"])
def test_only_reading_and_sending_forms_are_done(site, method, path):
    answer = site.visitor().request(method, path, b"")
    assert answer.status == 405
    allowed = set(re.split(r",\s*", answer.header("Allow")))
    assert allowed and allowed <= {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("method", ["BREW", "get", "GETS", "G", "CONNECT", "M-SEARCH"])
def test_what_nobody_knows_is_not_done(site, method):
    answer = ask(site.port, f"{method} /en/ HTTP/1.1", f"127.0.0.1:{site.port}")
    assert len(answer.statuses) == 1 and answer.statuses[0] in (400, 405, 501)


@pytest.mark.parametrize("path", [
    "/", "/en/", ACTION, f"{ACTION}.json", COUNT, "/en/how-we-count", "/robots.txt",
    "/outcry.css", "/en/confirmations/new", "/en/withdrawals/new", "/c/" + "A" * 43])
def test_a_form_sent_to_a_page_is_told_what_the_page_takes(site, path):
    answer = post_bytes(site.visitor(), path, b"name=A")
    assert answer.status == 405
    assert answer.header("Allow") == "GET, HEAD"


@pytest.mark.parametrize("path", [SIGNATURES, "/en/confirmations", "/en/withdrawals", "/c",
                                  "/w"])
def test_a_form_s_address_is_no_page(site, path):
    assert site.visitor().get(path).status in (404, 405)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override",
                                    "X-HTTP-Method"])
def test_a_method_is_what_the_first_line_says(site, header):
    assert site.visitor().get("/c", **{header: "POST"}).status in (404, 405)
    assert site.visitor().get(ACTION, **{header: "DELETE"}).status == 200


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_head_is_a_get_without_its_body(site, path):
    visitor = site.visitor()
    got, only = visitor.get(path), visitor.head(path)
    assert only.status == got.status and only.body == b""
    assert without_date(only.headers) == without_date(got.headers)


def without_date(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((name, value) for name, value in headers if name != "Date")


@pytest.fixture(scope="module")
def public(tmp_path_factory, keepers) -> Iterator[tuple[Server, Relay]]:
    """As the public knows it, behind a proxy: by its name, and by that alone."""
    with Relay() as relay:
        installation = set_up(tmp_path_factory.mktemp("public"), relay, keepers["first"])
        installation.environment["OUTCRY_ORIGIN"] = ORIGIN
        with Server(installation) as server:
            yield server, relay


@pytest.mark.parametrize("host, status", [
    ("rights.example", 200), ("Rights.EXAMPLE", 200), ("rights.example:443", 200),
    ("www.rights.example", 421), ("rights.example.evil.example", 421), ("evil.example", 421),
    # A proxy on this machine that does not pass the name on: links do not come from it.
    ("localhost", 200), ("127.0.0.1", 200)])
def test_only_its_own_name_is_answered(public, host, status):
    server, _ = public
    answer = Visitor(server.port).get("/en/", Host=host)
    assert answer.status == status
    assert status == 200 or answer.body == b""


def test_health_is_still_for_whoever_asks(public):
    server, _ = public
    assert Visitor(server.port).get("/healthz", Host="10.0.0.1").status == 200


def test_links_carry_the_origin(public):
    server, relay = public
    visitor, address = NamedVisitor(server.port), new_address()
    sign(visitor, address)
    assert newest_mail(relay, address).text.count(f"{ORIGIN}/c/") == 1
    page = visitor.get(ACTION).text
    assert f'href="{ORIGIN}{ACTION}"' in page and "127.0.0.1" not in page
    assert number(visitor) == 0


class NamedVisitor(Visitor):
    """Comes through the proxy, which says what was asked for."""

    def request(self, method, path, body=None, headers=None):
        return super().request(method, path, body, {"Host": "rights.example"} | (headers or {}))
