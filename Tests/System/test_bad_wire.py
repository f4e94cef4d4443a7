"""Bytes that are no request: refused once, with the end of the connection, at no cost."""

import gzip
import json
import os
import zlib

import pytest

from hostile import SIGNATURES, head, post_bytes, send_raw
from outcry import until
from signing import ACTION, new_address, number, send_form

pytestmark = pytest.mark.usefixtures("unharmed")

TYPE = "Content-Type: application/x-www-form-urlencoded"
BODY = b"name=A&email=a%40b.example"
NEXT = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
"""What would be answered, if the end of the request before it were in doubt."""


def form_of(site, *lines: str) -> bytes:
    return head(site.port, f"POST {SIGNATURES}", TYPE, *lines)


def page_of(site, *lines: str) -> bytes:
    return head(site.port, "GET /en/", *lines)


def test_a_whole_request_is_answered_or_the_rest_proves_nothing(site):
    length = f"Content-Length: {len(BODY)}"
    assert send_raw(site.port, form_of(site, length, "Connection: close") + BODY).statuses == [303]
    assert send_raw(site.port, page_of(site, "Connection: close")).statuses == [200]
    both = form_of(site, length) + BODY + page_of(site, "Connection: close")
    assert send_raw(site.port, both).statuses == [303, 200], "two in a row are two"


LENGTHS = {
    "length and chunks": (["Content-Length: 6", "Transfer-Encoding: chunked"], b"0\r\n\r\n"),
    "chunks and length": (["Transfer-Encoding: chunked", "Content-Length: 6"], b"0\r\n\r\n"),
    "two lengths": (["Content-Length: 26", "Content-Length: 5"], BODY),
    "one length twice": (["Content-Length: 26", "Content-Length: 26"], BODY),
    "a list of lengths": (["Content-Length: 26, 26"], BODY),
    "a length with a sign": (["Content-Length: +26"], BODY),
    "a length below nothing": (["Content-Length: -1"], BODY),
    "a length in hexadecimal": (["Content-Length: 0x1a"], BODY),
    "a length with a space": (["Content-Length: 2 6"], BODY),
    "an empty length": (["Content-Length:"], BODY),
    "a length beyond counting": (["Content-Length: 99999999999999999999"], BODY),
    "chunks that are not last": (["Transfer-Encoding: chunked, identity"], b"0\r\n\r\n"),
    "another coding": (["Transfer-Encoding: xchunked"], b"0\r\n\r\n"),
    "a coding that is hidden": (["Transfer-Encoding: \x0bchunked"], b"0\r\n\r\n"),
}


@pytest.mark.parametrize("what", LENGTHS)
def test_a_body_whose_end_is_in_doubt_is_refused(site, what):
    lines, body = LENGTHS[what]
    assert send_raw(site.port, form_of(site, *lines) + body + NEXT).is_refused


CHUNKS = {
    "a size beyond counting": b"FFFFFFFFFFFFFFFFF\r\n" + BODY,
    "a size below nothing": b"-1\r\n" + BODY, "a size with 0x": b"0x1a\r\n" + BODY,
    "no size": b"\r\n" + BODY, "a size of letters": b"zz\r\n" + BODY,
    "bare line feeds": b"1a\n" + BODY + b"\n0\n\n",
    "more than it says": b"5\r\n" + BODY + b"\r\n0\r\n\r\n",
    "no line after it": b"1a\r\n" + BODY + b"XX0\r\n\r\n",
}


@pytest.mark.parametrize("what", CHUNKS)
def test_a_chunk_that_is_none_is_refused(site, what):
    answer = send_raw(site.port, form_of(site, "Transfer-Encoding: chunked"), CHUNKS[what], NEXT)
    assert answer.is_refused, answer.statuses


def test_chunks_are_a_form_like_any_other(site):
    chunks = b"5;why=not\r\nname=\r\n15\r\nA&email=a%40b.example\r\n0\r\nTrailer: x\r\n\r\n"
    request = form_of(site, "Transfer-Encoding: chunked", "Connection: close")
    assert send_raw(site.port, request, chunks).statuses == [303]


LINES = {
    "a folded line": [b"X-A: b", b" c"], "a first line folded": [b" X-A: b"],
    "a bare line feed": [b"X-A: b\nX-C: d"], "a bare carriage return": [b"X-A: b\rX-C: d"],
    "a NUL": [b"X-A: b\0c"], "a space before the colon": [b"X-A : b"],
    "a tab before the colon": [b"X-A\t: b"], "no colon": [b"X-A"], "no name": [b": b"],
    "a name that is no word": [b"X(A): b"], "a control in a name": [b"X\x01A: b"],
}


@pytest.mark.parametrize("what", LINES)
def test_a_header_that_is_none_is_refused(site, what):
    start = f"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n".encode()
    request = start + b"\r\n".join(LINES[what]) + b"\r\n\r\n"
    assert send_raw(site.port, request + NEXT).is_refused


@pytest.mark.parametrize("request_line", [
    b"GET /en/ HTTP/1.1\n", b"GET /en/ HTTP/1.1 \r\n", b"GET /en/\r\n",
    b"GET /en/ HTTP/2.0\r\n", b"GET /en/ HTTP/11\r\n", b"GET /en/ HTTP/1.1\r\n\n", b"/en/\r\n",
    b"get /en/ HTTP/1.1\r\n", b"GET /\xff/ HTTP/1.1\r\n", b"GET /a b HTTP/1.1\r\n",
    b"GET en/ HTTP/1.1\r\n", b"GET HTTP/1.1\r\n", b"\0GET /en/ HTTP/1.1\r\n"], ids=repr)
def test_a_line_that_asks_for_nothing_is_refused(site, request_line):
    request = request_line + f"Host: 127.0.0.1:{site.port}\r\n\r\n".encode()
    assert send_raw(site.port, request + NEXT).is_refused


@pytest.mark.parametrize("large", [
    b"X-A: " + b"a" * 100_000, b"Cookie: " + b"a=b; " * 20_000, b"X-A: b\r\n" * 12_000,
    b"a" * 100_000], ids=["one value", "cookies", "many lines", "one name"])
def test_a_head_of_100_kilobytes_is_refused(site, large):
    start = f"GET /en/ HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n".encode()
    answer = send_raw(site.port, start, large, b"\r\n\r\n", NEXT)
    assert answer.is_closed and set(answer.statuses) <= {400, 431}


def test_an_address_of_100_kilobytes_is_refused(site):
    answer = send_raw(site.port, head(site.port, f"GET /en/{'a' * 100_000}"), NEXT)
    assert answer.is_closed and set(answer.statuses) <= {400, 414, 431}


def test_headers_without_end_cost_no_memory(site):
    """Sent for as long as somebody reads them."""
    answer = send_raw(site.port, page_of(site)[:-2], *[b"X-A: " + b"a" * 50_000 + b"\r\n"] * 400)
    assert answer.is_closed and set(answer.statuses) <= {400, 431}


@pytest.mark.parametrize("greeting", [
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9) * 1_000,
    b"\x16\x03\x01\x02\x00\x01" + bytes(600),
    b"EHLO people.example\r\n", b"\x05\x01\x00", b"{}" * 50, os.urandom(2_000), bytes(2_000)],
    ids=["HTTP/2", "TLS", "SMTP", "SOCKS", "JSON", "noise", "nothing"])
def test_another_protocol_is_told_so_and_left(site, greeting):
    answer = send_raw(site.port, greeting, b"\r\n\r\n")
    assert answer.is_closed and set(answer.statuses) <= {400}


def test_nobody_is_led_to_another_protocol(site):
    lines = ["Connection: Upgrade, HTTP2-Settings, close", "Upgrade: h2c, websocket",
             "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA"]
    answer = send_raw(site.port, page_of(site, *lines))
    assert answer.statuses == [200] and b"pgrade" not in answer.received.split(b"\r\n\r\n")[0]


LARGE = 17 * 1024


def test_a_form_of_17_kilobytes_is_too_large(site):
    assert send_form(site.visitor(), new_address(), name="a" * LARGE).status == 413
    chunk = b"%x\r\n%b\r\n" % (LARGE, b"a" * LARGE)
    answer = send_raw(site.port, form_of(site, "Transfer-Encoding: chunked"), chunk, b"0\r\n\r\n")
    assert answer.statuses == [413]


def test_a_gigabyte_is_refused_before_it_is_sent(site):
    answer = send_raw(site.port, form_of(site, f"Content-Length: {1 << 30}"))
    assert answer.statuses == [413]


def test_whoever_asks_before_sending_a_gigabyte_is_told_no(site):
    lines = [f"Content-Length: {1 << 30}", "Expect: 100-continue"]
    answer = send_raw(site.port, form_of(site, *lines))
    assert set(answer.statuses) <= {413, 417} and answer.statuses


@pytest.mark.parametrize("line, piece", [
    (f"Content-Length: {64 << 20}", b"a" * (1 << 20)),
    ("Transfer-Encoding: chunked", b"100000\r\n" + b"a" * (1 << 20) + b"\r\n")],
    ids=["length", "chunks"])
def test_a_form_of_64_megabytes_costs_no_memory(site, line, piece):
    answer = send_raw(site.port, form_of(site, line), *[piece] * 64)
    assert set(answer.statuses) <= {413}


@pytest.mark.parametrize("path", ["/en/", ACTION, "/nowhere"])
def test_neither_does_a_body_that_belongs_to_no_form(site, path):
    piece = b"a" * (1 << 20)
    answer = send_raw(
        site.port, head(site.port, f"GET {path}", f"Content-Length: {64 << 20}"), *[piece] * 64)
    assert set(answer.statuses) <= {200, 400, 404, 413}


CODINGS = ["gzip", "deflate", "br", "gzip, gzip", "identity, gzip"]


@pytest.mark.parametrize("coding", CODINGS)
def test_a_packed_body_is_not_unpacked(site, coding):
    """A few kilobytes of it are a dozen megabytes of form."""
    form = BODY + b"&x=" + b"a" * 12_000_000
    for body in (gzip.compress(form), zlib.compress(form)):
        assert len(body) < 16_384
        answer = post_bytes(site.visitor(), SIGNATURES, body, **{"Content-Encoding": coding})
        assert answer.status in (400, 415)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_that_is_said_to_be_packed_is_not_guessed_at(site, coding):
    answer = post_bytes(site.visitor(), SIGNATURES, BODY, **{"Content-Encoding": coding})
    assert answer.status == 415


OTHER_TYPES = {
    "application/json": json.dumps({"name": "A", "email": "a@b.example"}).encode(),
    "application/json; deep": b"[" * 8_000,
    "multipart/form-data; boundary=x": b"--x\r\n\r\n" * 2_000,
    "multipart/form-data": b"", "text/plain": BODY, "text/xml": b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "application/octet-stream": BODY, "application/x-www-form-urlencodedness": BODY, "": BODY,
    "application/x-www-form-urlencoded, text/plain": BODY,
}


@pytest.mark.parametrize("kind", OTHER_TYPES)
def test_only_a_form_is_a_form(site, kind):
    answer = post_bytes(site.visitor(), SIGNATURES, OTHER_TYPES[kind], **{"Content-Type": kind})
    assert answer.status == 415


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x"])
def test_what_is_large_and_no_form_is_not_read(site, kind):
    body = b"[" * 100_000 if "json" in kind else b"--x\r\n\r\n" * 100_000
    answer = post_bytes(site.visitor(), SIGNATURES, body, **{"Content-Type": kind})
    assert answer.status in (413, 415)


@pytest.mark.parametrize("kind", [
    "application/x-www-form-urlencoded", "APPLICATION/X-WWW-Form-UrlEncoded",
    "application/x-www-form-urlencoded;charset=UTF-8",
    "application/x-www-form-urlencoded ; charset=\"utf-8\""])
def test_a_form_may_say_its_type_in_many_ways(site, kind):
    assert post_bytes(site.visitor(), SIGNATURES, BODY, **{"Content-Type": kind}).status == 303


@pytest.mark.parametrize("path", [SIGNATURES, "/en/confirmations", "/c", "/w", "/en/withdrawals",
                                  f"{ACTION}/fediverse"])
def test_every_form_has_the_same_limits(site, path):
    visitor = site.visitor()
    assert post_bytes(visitor, path, b"a=" + b"a" * LARGE).status == 413
    assert post_bytes(visitor, path, BODY, **{"Content-Type": "text/plain"}).status == 415
    assert post_bytes(visitor, path, b"a=%00").status == 400
    assert post_bytes(visitor, path, BODY, **{"Sec-Fetch-Site": "cross-site"}).status == 403


def test_connections_that_break_off_leave_nothing(site):
    request = form_of(site, "Content-Length: 5000")
    before = connections(site)
    for length in range(200):
        send_raw(site.port, request[:length], quiet=0.001)
    until(lambda: connections(site) <= before + 5, 40, "the connections are gone")
    assert number(site.visitor()) == 0


def connections(site) -> int:
    return len(os.listdir(f"/proc/{site.server.pid}/fd"))
