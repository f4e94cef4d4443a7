"""What the service manager and its operator see: readiness, how it ended, what was forgotten."""

import json
import re
import shutil
import socket
import time
from urllib.request import urlopen

import pytest

from clock import Clock
from hostile import SIGNATURES, head, send_raw
from outcry import (
    ROOT, SLUG, Installation, Server, example_as, free_port, open_export, until)
from signing import (
    confirm_by_link, counted, new_address, newest_mail, number, number_becomes, send_form,
    sign)
from web import Visitor

WRONG_USE, LATER, CONFIGURATION = 64, 75, 78
"""The numbers of sysexits.h."""


# A service of systemd.


@pytest.mark.parametrize("kind", ["in a folder", "abstract"])
def test_it_says_when_it_is_ready_and_when_it_stops(installation, tmp_path, kind):
    name = str(tmp_path / "notify") if kind == "in a folder" else f"@outcry-{installation.port}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(name.replace("@", "\0"))
        manager.settimeout(30)
        installation.environment["NOTIFY_SOCKET"] = name
        server = Server(installation)
        server.launch()
        try:
            assert manager.recv(100) == b"READY=1"
            assert Visitor(server.port).get("/readyz").status == 200, "and it is"
            server.ask_to_end()
            assert manager.recv(100) == b"STOPPING=1"
            assert server.end(within=30) == 0
        finally:
            server.kill()


def test_a_manager_that_hears_nothing_keeps_nobody_from_serving(installation, tmp_path):
    installation.environment["NOTIFY_SOCKET"] = str(tmp_path / "nobody")
    with Server(installation) as server:
        server.stop()
        server.start()


def end_of(installation: Installation) -> tuple[int | None, str]:
    """How a server ends that cannot start, and what it says."""
    server = Server(installation)
    before = installation.log.read_text() if installation.log.exists() else ""
    server.launch()
    server.settle(30)
    code = server.code
    server.kill()
    return code, server.log_text().removeprefix(before)


def test_what_somebody_must_set_right_first_ends_with_a_status_of_its_own(
        installation, tmp_path):
    """So that the unit does not try it again and again."""
    for name, value, says in (
            ("OUTCRY_SIGN_LIMIT", "many", "give a whole number"),
            ("OUTCRY_SMTP_URL", "http://127.0.0.1", "no address of a relay"),
            ("OUTCRY_CREDENTIALS", str(tmp_path / "lost"), "put it back"),
            ("OUTCRY_SETTINGS", str(tmp_path / "lost"), "cannot be read")):
        kept = dict(installation.environment)
        installation.environment[name] = value
        code, said = end_of(installation)
        assert code == CONFIGURATION and says in said, said
        assert said.splitlines()[-1].startswith("Error: "), said
        installation.environment = kept
    unit = (ROOT / "Packaging/outcry.service").read_text()
    assert f"RestartPreventExitStatus={WRONG_USE} {CONFIGURATION}\n" in unit
    assert "Type=notify\n" in unit


def test_what_may_go_well_later_ends_with_another(installation, server):
    code, said = end_of(installation)
    assert code == LATER and "is running" in said
    server.kill()
    with socket.socket() as other:
        other.bind(("127.0.0.1", installation.port))
        other.listen()
        code, said = end_of(installation)
    assert code == LATER and "taken by another program" in said
    server.start()


def test_wrong_use_ends_with_another_still(installation):
    for arguments in (["serve", "--data"], ["serve", "--port", "80"], ["nonsense"], ["init"]):
        ran = installation.run(*arguments)
        assert ran.code == WRONG_USE and "usage" in ran.stderr.lower(), str(ran)
    for arguments in (["--help"], ["serve", "--help"], ["--version"]):
        assert installation.run(*arguments).code == 0


# A proxy that nobody named.


def test_a_forgotten_proxy_is_spoken_of_once(installation, relay):
    del installation.environment["OUTCRY_TRUSTED_PROXIES"]
    with Server(installation) as server:
        nobody = head(server.port, f"POST {SIGNATURES}", "Connection: close", "Content-Length: 0",
                      "Content-Type: application/x-www-form-urlencoded")
        assert send_raw(server.port, nobody).statuses == [422]
        assert "OUTCRY_TRUSTED_PROXIES" not in server.log_text(), "nobody spoke for anybody"
        for host in (7, 8):
            assert send_form(Visitor(server.port, f"203.0.113.{host}"), new_address()).status == 303
        log = server.log_text()
        assert log.count("OUTCRY_TRUSTED_PROXIES") == 1 and "203.0.113" not in log
    installation.environment["OUTCRY_ORIGIN"] = "https://rights.example"
    ran = installation.run("doctor", "--data", installation.data)
    assert "RED origin: " in ran.stdout and "Set OUTCRY_TRUSTED_PROXIES=127.0.0.1" in ran.stdout


def test_a_named_proxy_is_not_spoken_of(server):
    assert send_form(Visitor(server.port, "203.0.113.7"), new_address()).status == 303
    assert "OUTCRY_TRUSTED_PROXIES" not in server.log_text()


# Credentials that are lost for good.


def test_after_lost_credentials_new_actions_can_begin(installation, relay, keeper, tmp_path):
    new = ("credentials", "new", "--data", installation.data)
    with Server(installation) as server:
        visitor = Visitor(server.port)
        counted(visitor, relay, new_address(), name="Ada")
        number_becomes(visitor, 1)
        waiting = new_address()
        sign(visitor, waiting, name="Leyla")
        secret = newest_mail(relay, waiting).secret
        ran = installation.run(*new)
        assert ran.code == LATER and "is running" in ran.stderr
        server.stop()
        ran = installation.run(*new)
        assert ran.code == 1 and f"{SLUG}: not over" in ran.stderr
        shutil.rmtree(installation.credentials)
        ran = installation.run(*new)
        assert ran.code == 1 and f"outcry action close {SLUG}" in ran.stderr
        assert not installation.credentials.exists(), "nothing was made"
        assert installation.run("action", "pause", "--data", installation.data, SLUG).succeeded
        assert "not over" in installation.run(*new).stderr, "what is paused could be opened again"
        assert installation.run("action", "close", "--data", installation.data, SLUG).succeeded
        ran = installation.run(*new)
        assert ran.succeeded and "for 2 new actions" in ran.stderr, str(ran)
        kept = {file.name: file.read_bytes() for file in installation.credentials.iterdir()}
        assert sorted(kept) == ["dedupe-002", "dedupe-003", "letter-key", "log-key",
                                "mail-key"]
        ran = installation.run(*new)
        assert ran.code == 1 and "holds keys already" in ran.stderr
        assert kept == {file.name: file.read_bytes()
                        for file in installation.credentials.iterdir()}
        assert installation.import_action(example_as(tmp_path, "other-2018")).succeeded
        server.start()
        # Its ledger stands as it was signed, so nobody is counted who would not be in it.
        assert confirm_by_link(visitor, secret).status == 409
        assert number(visitor) == 1
        assert open_export(installation.export(), keeper).names == ["Ada"]
        assert installation.run("check", "--data", installation.data).succeeded
        page = visitor.get("/en/actions/other-2018")
        assert page.status == 200 and page.form("/signatures")


# What watches it, and what the clock does.


def test_measures_are_named_as_prometheus_has_it(installation):
    port = free_port()
    installation.environment["OUTCRY_METRICS_LISTEN"] = f"127.0.0.1:{port}"
    with Server(installation) as server:
        for path in ("/en/", "/nowhere", f"/en/actions/{SLUG}"):
            Visitor(server.port).get(path)
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
            lines = answer.read().decode().splitlines()
    kinds = dict(re.fullmatch(r"# TYPE (outcry_[a-z_]+) (counter|gauge|histogram)", line).groups()
                 for line in lines if line.startswith("#"))
    assert len(kinds) >= 6
    for line in lines:
        if line.startswith("#"):
            continue
        name, labels, _ = re.fullmatch(
            r'(outcry_[a-z_]+)((?:\{[a-z]+="[^"]*"(?:,[a-z]+="[^"]*")*\})?) ([0-9.e+-]+)',
            line).groups()
        family = name if name in kinds else re.sub(r"_(bucket|sum|count)$", "", name)
        assert (kinds[family] == "histogram") == (family != name), line
        assert (kinds[family] == "counter") == name.endswith("_total"), line
        known = {"method", "route", "status", "event", "action", "le"}
        assert set(re.findall(r'([a-z]+)="', labels)) <= known, line


def test_the_clock_takes_key_and_records_by_itself(installation, relay, tmp_path):
    clock = Clock(tmp_path)
    installation.environment |= clock.environment
    key = installation.credentials / "dedupe-001"

    def records() -> int:
        ran = installation.run("check", "--data", installation.data, "--json")
        assert ran.succeeded, str(ran)
        [action] = json.loads(ran.stdout)["actions"]
        assert action["number"] == 2, "the number stays"
        return action["records"]

    server = Server(installation)
    with server:
        for name in ("Ada", "Leyla"):
            counted(Visitor(server.port), relay, new_address(), name=name)
        assert installation.run("action", "close", "--data", installation.data, SLUG).succeeded
    clock.go_on(days=29)
    with server:
        time.sleep(1)
        assert records() == 2 and key.exists()
    clock.go_on(days=2)
    with server:
        until(lambda: not key.exists(), 20, "the key is gone")
        assert records() == 2
    clock.go_on(days=150)
    with server:
        until(lambda: "records=2" in server.log_text(), 20, "the server says what it erased")
        assert records() == 0


# What is written about it.


def test_every_setting_is_documented_where_one_sets_it(tmp_path):
    """Each with what it is for and what holds without it, in the file that has them all."""
    bare = Installation(tmp_path)
    del bare.environment["OUTCRY_TRUSTED_PROXIES"]
    ran = bare.run("settings", "--data", bare.data)
    settings = re.findall(r"^(OUTCRY_[A-Z_]+)=(.*)\t# (.*)$", ran.stdout, re.MULTILINE)
    assert len(settings) > 10, str(ran)
    text = (ROOT / "Packaging/outcry.conf").read_text()
    documented = dict(re.findall(
        r"\n\n((?:# [^\n]*\n)+)#?(OUTCRY_[A-Z_]+)=", text.replace("# ---", "\n# ---")))
    documented = {name: " ".join(about.replace("#", " ").split())
                  for about, name in documented.items()}
    assert sorted(documented) == sorted(name for name, _, _ in settings)
    for name, value, where in settings:
        about = documented[name]
        assert "Default: " in about, name
        if where == "default" and " " not in value and not value.startswith("/"):
            assert f"Default: {value or 'none'}" in about, f"{name} is {value!r} without a word"


def test_every_status_is_documented():
    manual = (ROOT / "Docs/operating.md").read_text()
    for status in (0, 1, 2, WRONG_USE, 74, LATER, CONFIGURATION):
        assert re.search(rf"^\| {status} \|", manual, re.MULTILINE), status
