"""The web servers that may stand before Outcry, set up as `Packaging` says: nobody is lost or named."""

import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from outcry import ROOT, Installation, Server, free_port, until
from replies import PATH as REPLIES
from signing import ACTION, counted, new_address, number_becomes
from web import Visitor

NAME = "actions.example"
LIMIT = 4
CANARY = "Zxqvtest"
HOP = {"connection", "keep-alive", "transfer-encoding", "date", "server", "content-length"}
"""Headers of one connection, or of whoever sends."""


@dataclass
class Proxy:
    """A web server with the file from `Packaging`, in a folder that holds all that it may write."""

    kind: str
    folder: Path
    port: int
    plain: int
    certificate: Path
    process: subprocess.Popen | None = None

    def start(self) -> None:
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                COMMANDS[self.kind](self), cwd=self.folder, stdout=output, stderr=output,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.folder),
                     "TMPDIR": str(self.folder)})
        until(self._listens, 20, f"{self.kind} answers")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=20)

    def _listens(self) -> bool:
        assert self.process.poll() is None, (self.folder / "output").read_text()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return True
        except OSError:
            return False

    def connect(self, name: str = NAME) -> HTTPSConnection:
        """To this machine, with the name that a visitor would have asked for."""
        trust = ssl.create_default_context(cafile=self.certificate)
        connection = HTTPSConnection(name, self.port, timeout=60, context=trust)
        there = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sock = trust.wrap_socket(there, server_hostname=name)
        return connection


class Outsider(Visitor):
    """Comes over TLS through the proxy, and may claim to come from anywhere."""

    def __init__(self, proxy: Proxy):
        super().__init__(proxy.port)
        self.proxy = proxy

    def connect(self) -> HTTPSConnection:
        return self.proxy.connect()


def nginx_file(proxy: Proxy, server: Server, key: Path) -> str:
    text = changed(
        "nginx.conf", ("listen 443", f"listen 127.0.0.1:{proxy.port}"),
        ("listen 80", f"listen 127.0.0.1:{proxy.plain}"), ("127.0.0.1:8080", f"127.0.0.1:{server.port}"),
        ("/etc/letsencrypt/live/actions.example/fullchain.pem", str(proxy.certificate)),
        ("/etc/letsencrypt/live/actions.example/privkey.pem", str(key)))
    text = "\n".join(line for line in text.splitlines() if "listen [::]" not in line)
    folders = "".join(f"{kind}_temp_path {proxy.folder}/{kind};\n" for kind in
                      ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"daemon off; pid {proxy.folder}/pid;\nevents {{}}\nhttp {{\n{folders}{text}\n}}\n"


def caddy_file(proxy: Proxy, server: Server, key: Path) -> str:
    site = f"https://{NAME}:{proxy.port} {{\n\tbind 127.0.0.1\n\ttls {proxy.certificate} {key}"
    return changed(
        "Caddyfile", (f"\n{NAME} {{", f"\n{site}"), ("127.0.0.1:8080", f"127.0.0.1:{server.port}"),
        ("\tservers {", f"\tadmin off\n\thttp_port {proxy.plain}\n\tservers {{"))


FILES = {"nginx": nginx_file, "caddy": caddy_file}
COMMANDS = {
    "nginx": lambda proxy: ["nginx", "-p", proxy.folder, "-c", proxy.folder / "settings",
                            "-e", proxy.folder / "error.log"],
    "caddy": lambda proxy: ["caddy", "run", "--config", proxy.folder / "settings",
                            "--adapter", "caddyfile"],
}


def changed(name: str, *changes: tuple[str, str]) -> str:
    """A file of `Packaging` for this machine."""
    text = (ROOT / "Packaging" / name).read_text()
    for old, new in changes:
        assert old in text, f"{name} has no {old!r}"
        text = text.replace(old, new)
    return text


@pytest.fixture
def server(tmp_path, keeper, relay) -> Iterator[Server]:
    installation = Installation(tmp_path, smtp=relay.url)
    proxy_port = free_port()
    installation.origin = f"https://{NAME}:{proxy_port}"
    for ran in (installation.init(keeper), installation.import_action()):
        assert ran.succeeded, str(ran)
    installation.environment["OUTCRY_SIGN_LIMIT"] = str(LIMIT)
    with Server(installation) as server:
        yield server


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request, server, tmp_path_factory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp(request.param)
    folder.chmod(0o755)  # nginx works as nobody
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", certificate, "-subj", f"/CN={NAME}",
         "-addext", f"subjectAltName=DNS:{NAME}"], check=True, capture_output=True)
    port = int(server.installation.origin.rpartition(":")[2])
    proxy = Proxy(request.param, folder, port, free_port(), certificate)
    (folder / "settings").write_text(FILES[request.param](proxy, server, key))
    proxy.start()
    yield proxy
    proxy.stop()
    written = b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())
    for secret in (CANARY, "person", ACTION, "/c/", "/confirmations"):
        assert secret.encode() not in written, f"{request.param} has kept {secret}"


def test_somebody_signs_and_is_counted(proxy, relay):
    visitor = Outsider(proxy)
    counted(visitor, relay, new_address())
    number_becomes(visitor, 1)


def test_what_a_visitor_gets_is_what_outcry_sends(proxy, server):
    direct = Visitor(server.port)
    for path, headers in (
            (ACTION, {"Accept-Encoding": "gzip"}), ("/outcry.css", {}), ("/en/nothing", {}),
            (f"/c/{'A' * 43}", {"Accept-Encoding": "gzip"})):
        through = Outsider(proxy).get(path, **headers)
        here = direct.get(path, Host=f"{NAME}:{proxy.port}", **headers)
        ours, theirs = ({(name.lower(), value) for name, value in answer.headers
                         if name.lower() not in HOP} for answer in (here, through))
        assert (through.status, through.body) == (here.status, here.body), path
        assert ours == theirs, path


def test_nobody_comes_from_where_they_claim(proxy):
    statuses = [Outsider(proxy).post(
        f"{ACTION}/signatures", {"name": "A", "email": new_address()}).status
        for _ in range(LIMIT + 1)]
    assert statuses == [303] * LIMIT + [429]


def test_the_longest_form_passes_and_a_longer_one_is_refused(proxy):
    visitor = Outsider(proxy)
    form = visitor.get(f"{REPLIES}/new").form("/replies", having="reply")
    longest = CANARY + "Ж" * ((6_000 - len(CANARY)) // 2)
    fields = {"reply": longest, "note": "Ж" * 500, "from": "Ж" * 150}
    assert len(urlencode(form.fields | fields)) > 20_000
    assert visitor.submit(form, **fields).status == 303
    assert visitor.submit(form, reply=longest * 2).status == 413


def test_a_name_that_is_not_ours_gets_nothing(proxy):
    with pytest.raises(ssl.SSLError):
        proxy.connect("other.example")


def test_who_comes_without_tls_is_sent_to_it(proxy):
    connection = HTTPConnection("127.0.0.1", proxy.plain, timeout=30)
    connection.request("GET", ACTION, headers={"Host": NAME})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status in (301, 308)
    assert answer.getheader("Location").startswith(f"https://{NAME}")


def test_while_outcry_is_restarted_people_are_told_to_come_back(proxy, server):
    server.stop()
    answer = Outsider(proxy).get(ACTION)
    assert answer.status == 503 and answer.header("Retry-After") == "30"
    assert answer.header("Cache-Control") == "no-store" and "try again" in answer.text
    server.start()
    until(lambda: Outsider(proxy).get(ACTION).status == 200, 15, "it is back")
