"""`outcry ledger verify` over the network: from any page of an action, and from servers that answer
wrongly, without end or not at all."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import independent
import ledger
from verifying import eventful, report


@pytest.fixture(scope="module")
def log() -> ledger.Log:
    return eventful()


@pytest.fixture
def copy(log: ledger.Log, tmp_path: Path) -> Path:
    return log.write(tmp_path / "log")



class Web:
    """Serves a log's files, but lets a test answer otherwise; counts connections."""

    def __init__(self, files: dict[str, bytes]):
        self.files = files
        self.odd: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}
        self.asked: list[str] = []
        self.connections = 0
        self.closing = threading.Event()
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                web.connections += 1
                super().setup()

            def do_GET(self):
                name = self.path.removeprefix("/actions/baku-2017/log/")
                web.asked.append(name)
                if name in web.odd:
                    web.odd[name](self)
                elif name in web.files:
                    answer(self, 200, web.files[name])
                else:
                    answer(self, 404, b"not here")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.log = f"{self.host}/actions/baku-2017/log"


def answer(request: BaseHTTPRequestHandler, status: int, body: bytes, **headers: str) -> None:
    request.send_response(status)
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


@contextmanager
def served(files: dict[str, bytes]) -> Iterator[Web]:
    web = Web(files)
    thread = threading.Thread(target=web.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        web.closing.set()
        web.server.shutdown()
        web.server.server_close()


@pytest.fixture
def web(log: ledger.Log) -> Iterator[Web]:
    with served(log.files()) as web:
        yield web


@pytest.mark.parametrize("page", [
    "/actions/baku-2017/log", "/actions/baku-2017/log/", "/actions/baku-2017/log/checkpoint",
    "/en/actions/baku-2017", "/az/actions/baku-2017/verify?x=1#y", "/actions/baku-2017"])
def test_a_log_is_found_from_any_page_of_its_action(web: Web, page: str):
    assert report(web.host + page)["number"] == 615


def test_few_connections_fetch_each_file_once(log: ledger.Log, web: Web):
    report(web.log)
    assert sorted(web.asked) == sorted(log.files())
    assert web.connections <= 9
    checked = independent.check(web.log)
    assert checked.returncode == 0, checked.stderr


def test_a_partial_tile_that_has_gone_is_cut_from_the_full_one(log: ledger.Log):
    files = {name: content for name, content in log.files(600).items()
             if name.startswith("tile") and ".p/" not in name}
    older = {name: content for name, content in log.files(300).items()
             if not name.startswith("tile") or name.startswith("tile/1")}
    with served(files | older) as web:
        assert report(web.log)["size"] == 300


@pytest.mark.parametrize("name", ["checkpoint", "vkey", "tile/0/000", "tile/entries/001",
                                  "tile/1/000.p/2", "statements.json"])
def test_an_endless_answer_is_cut_off(web: Web, name: str):
    def endless(request):
        request.send_response(200)
        request.send_header("Connection", "close")
        request.end_headers()
        try:
            while not web.closing.is_set():
                request.wfile.write(bytes(65_536))
        except OSError:
            request.close_connection = True

    web.odd[name] = endless
    problems = report(web.log, code=1)["problems"]
    assert any(problem.startswith(f"{name}: it has more than") for problem in problems)


@pytest.mark.parametrize("change", [
    lambda body: body + b"x", lambda body: body[:-1], lambda body: b"", lambda body: body * 2])
def test_an_answer_of_the_wrong_length_is_found(web: Web, change):
    for name in ("tile/0/000", "tile/entries/002.p/110", "tile/1/000.p/2"):
        if name not in web.files:
            name = next(other for other in web.files if other.startswith("tile/entries/002"))
        web.odd[name] = lambda request, name=name: answer(request, 200, change(web.files[name]))
        assert any(name in problem for problem in report(web.log, code=1)["problems"])
        del web.odd[name]


def test_a_server_that_promises_more_than_it_sends_could_not_be_read(web: Web):
    def short(request):
        request.send_response(200)
        request.send_header("Content-Length", "8192")
        request.end_headers()
        request.wfile.write(bytes(100))
        request.close_connection = True

    web.odd["tile/0/000"] = short
    assert "tile/0/000 could not be read" in report(web.log, code=2)["problems"][0]


def test_a_server_that_hangs_is_given_up(web: Web):
    web.odd["tile/0/001"] = lambda request: web.closing.wait(90)
    assert report(web.log, code=2)["problems"] == [
        "tile/0/001 could not be read: it did not come in time"]


@pytest.mark.parametrize("name", ["checkpoint", "vkey", "tile/0/001", "tile/1/000.p/2"])
def test_what_is_not_served_could_not_be_checked(web: Web, name: str):
    del web.files[name]
    assert report(web.log, code=2)["problems"] == [f"{name} is not there"]


def test_a_server_that_is_busy_is_asked_again(web: Web):
    refused = []

    def busy(request):
        if refused:
            answer(request, 200, web.files["tile/0/001"])
        else:
            refused.append(True)
            answer(request, 429, b"", Retry_After="1")

    web.odd["tile/0/001"] = busy
    assert report(web.log)["number"] == 615
    assert refused


def test_redirects_are_followed_over_the_web_only(web: Web, copy: Path):
    moved = {"location": f"{web.log}/elsewhere"}
    web.files["elsewhere"] = web.files["checkpoint"]
    web.odd["checkpoint"] = lambda request: answer(request, 302, b"x" * 9, Location=moved["location"])
    assert report(web.log)["number"] == 615
    for location in (f"file://{copy}/checkpoint", "ftp://127.0.0.1/checkpoint",
                     "gopher://127.0.0.1:70/x", f"{web.log}/checkpoint"):
        moved["location"] = location
        assert "checkpoint could not be read" in report(web.log, code=2)["problems"][0]


def test_a_page_that_is_no_log_is_none(web: Web):
    web.files["checkpoint"] = b"<!doctype html><title>Hello</title>"
    assert report(web.log, code=1)["problems"] == ["checkpoint: this is no signed checkpoint"]


@pytest.mark.parametrize("place", ["/nowhere/at/all", "rights.example/actions/x",
                                   "http://", "https://user@rights.example/actions/x"])
def test_what_is_no_place_of_a_log_is_said_so(place: str):
    assert report(place, code=2)["problems"]


def test_nobody_there_could_not_be_read(web: Web):
    web.server.server_close()
    started = time.monotonic()
    assert "could not be read" in report(web.log, "--vkey", ledger.Log().key.vkey, code=2)[
        "problems"][0]
    assert time.monotonic() - started < 60
