"""No file holds a supporter's name, address, message or network address: not after load, not
after errors, not after `kill -9`, not with the relay down. The process's memory is not read."""

import hashlib
import itertools
import secrets
import signal
from base64 import b32decode, urlsafe_b64decode
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from canary import Scanner
from conftest import set_up
from outcry import SLUG, Installation, Server, until
from relay import Relay
from replies import export, hand_in
from signing import (
    ACTION, confirm_by_link, newest_mail, number_becomes, open_link, send_code, send_form, sign,
    withdraw, withdrawal_code)
from web import Response, Visitor
from writing import is_in_line, letter_form, order, ready, send_order

_numbers = itertools.count(1)


@dataclass
class Canary:
    """A person whose every trait is found nowhere else in the world."""

    mark: str = field(default_factory=lambda: f"{next(_numbers)}{secrets.token_hex(5)}")

    def __post_init__(self):
        octets = [str(1 + byte % 254) for byte in bytes.fromhex(self.mark[-6:])]
        self.network_address = f"111.{'.'.join(octets)}"
        self.local, self.domain = f"qxlocal{self.mark}", f"qxdomain{self.mark}"
        self.email = f"{self.local}@{self.domain}.example"
        self.name = f"Qxgiven{self.mark} Qxfamily{self.mark} Zvəlişə{self.mark}"
        self.message = f"Qxmessage{self.mark} to the president"
        self.agent = f"Qxagent/{self.mark}"

    @property
    def texts(self) -> list[str]:
        return [*self.name.split(), self.local, self.domain, self.message.split()[0], self.agent,
                self.network_address, f"qxpath{self.mark}"]

    def visitor(self, server: Server) -> "CanaryVisitor":
        return CanaryVisitor(server.port, self)


class CanaryVisitor(Visitor):
    """Shows its canaries in every header too that a server might write down."""

    def __init__(self, port: int, canary: Canary):
        super().__init__(port, canary.network_address)
        self._headers = {
            "User-Agent": canary.agent, "Referer": f"https://{canary.domain}.example/",
            "Forwarded": f"for={canary.network_address}", "From": canary.email,
            "Cookie": f"who={canary.local}", "Accept-Language": f"en, qx-{canary.local}"}

    def request(self, method, path, body=None, headers=None) -> Response:
        return super().request(method, path, body, self._headers | (headers or {}))


class Flock:
    """The canaries of one test, and what only their mails may tell."""

    def __init__(self):
        self.canaries: list[Canary] = []
        self.secrets: dict[str, bytes] = {}

    def new(self) -> Canary:
        self.canaries.append(Canary())
        return self.canaries[-1]

    def mail(self, relay: Relay, canary: Canary, count: int = 1) -> str:
        """The mailed secret, which opens the pending row and so must be on no disk either."""
        secret = newest_mail(relay, canary.email, count).secret
        self.secrets[f"secret {count} of {canary.mark}"] = urlsafe_b64decode(secret + "=")
        return secret

    def keep_code(self, canary: Canary, answer: Response) -> str:
        code = withdrawal_code(answer)
        assert code, answer.text
        self.secrets[f"withdrawal code of {canary.mark}"] = b32decode(code + "======")
        return code

    def scanner(self) -> Scanner:
        """For what they are, and for what anybody could guess and then look for."""
        texts = [text for canary in self.canaries for text in canary.texts]
        guessable = {f"{name} of {trait}": hashlib.new(name, trait.encode()).digest()
                     for canary in self.canaries for trait in (canary.name, canary.email)
                     for name in ("sha256", "sha1", "md5")}
        return Scanner(texts, self.secrets | guessable)


def everything(installation: Installation) -> list[Path]:
    """All that the server or a command of the operator wrote."""
    exports = [*installation.folder.glob("export*"), *installation.folder.glob("replies*")]
    return [installation.data, installation.runtime, installation.temporary, installation.log,
            *exports, *([installation.credentials] if installation.credentials.exists() else [])]


def is_published(installation: Installation) -> bool:
    return (installation.data / "ledger" / SLUG / "checkpoint").exists()


def fields(canary: Canary) -> dict[str, str]:
    return {"name": canary.name, "message": canary.message, "updates": "yes", "country": "AZ"}


def sign_as(server: Server, canary: Canary) -> Response:
    return sign(canary.visitor(server), canary.email, **fields(canary))


def good_load(server: Server, relay: Relay, flock: Flock) -> None:
    """Pending, confirmed by code, by link, twice, and withdrawn by code and by mail."""
    pending, by_code, by_link, leaver, mailed_leaver = (flock.new() for _ in range(5))
    pages = {canary.mark: sign_as(server, canary) for canary in flock.canaries}
    flock.mail(relay, pending)
    flock.mail(relay, by_code)
    code = newest_mail(relay, by_code.email).code
    flock.keep_code(by_code, send_code(by_code.visitor(server), pages[by_code.mark], code))
    codes = {}
    for canary in (by_link, leaver, mailed_leaver):
        answer = confirm_by_link(canary.visitor(server), flock.mail(relay, canary))
        codes[canary.mark] = flock.keep_code(canary, answer)
    withdraw(leaver.visitor(server), codes[leaver.mark])
    withdraw_by_mail(mailed_leaver.visitor(server), relay, mailed_leaver)
    sign_as(server, by_link)
    flock.mail(relay, by_link, 2)
    hand_in(by_link.visitor(server), by_link.message, note=by_link.name, **{"from": by_link.local})
    number_becomes(Visitor(server.port), 2)


def withdraw_by_mail(visitor: Visitor, relay: Relay, canary: Canary) -> None:
    form = visitor.get("/en/withdrawals/new").form("/withdrawals", having="email")
    assert visitor.submit(form, email=canary.email).status < 400
    secret = newest_mail(relay, canary.email, 2).secret
    form = visitor.get(f"/w/{secret}").form("/w", having="secret")
    assert visitor.submit(form).status == 200


def letter_load(server: Server, relay: Relay, flock: Flock) -> None:
    """Letters that are only made, printed and posted; that wait for a code; that wait in line, with
    the writer's address and without."""
    printing, pending, silent, open_one = (flock.new() for _ in range(4))
    visitor = printing.visitor(server)
    page = ready(visitor, **letter_fields(printing))
    assert printing.message in page.text
    assert visitor.submit(page.form("/letter.pdf")).body.startswith(b"%PDF")
    assert visitor.submit(page.form("/letters/posted")).status == 303
    order(pending.visitor(server), pending.email, reply="me", **letter_fields(pending))
    flock.mail(relay, pending)
    for canary, reply in ((silent, "none"), (open_one, "me")):
        order(canary.visitor(server), canary.email, reply=reply, **letter_fields(canary))
        answer = confirm_by_link(canary.visitor(server), flock.mail(relay, canary))
        assert is_in_line(answer), answer.text
    bad = flock.new()
    visitor = bad.visitor(server)
    for wrong in ({"words": bad.message * 200}, {"country": f"qxpath{bad.mark}"},
                  {"name": bad.name * 30}, {"address": f"{bad.message}\n" * 9},
                  {"words": "\ufffe".join(bad.name)}):
        letter_form(visitor, **(letter_fields(bad) | wrong))
    strange = ready(visitor, **(letter_fields(bad) | {"words": f"{bad.message} \U0010fffd"}))
    refused = visitor.submit(strange.form("/letter.pdf"))
    assert refused.status == 422, "a word that no font has"
    for email in (bad.local, f"{bad.local}@gmial.com"):
        assert send_order(visitor, email, **letter_fields(bad)).status == 422


def letter_fields(canary: Canary) -> dict[str, str]:
    return {"name": canary.name, "words": canary.message, "country": "GB",
            "address": f"{canary.local}\n{canary.domain}"}


def bad_load(server: Server, flock: Flock) -> None:
    """All that goes wrong, with canaries in every place where they can stand."""
    canary = flock.new()
    visitor = canary.visitor(server)
    for wrong in ({"name": ""}, {"name": canary.name * 30}, {"country": f"qxpath{canary.mark}"},
                  {"message": canary.message * 200}, {"show": canary.local},
                  {"version": canary.local}, {"name": f"{canary.name}\x00\x1b]0;x\x07"}):
        send_form(visitor, canary.email, **(fields(canary) | wrong))
    for email in (canary.local, f"{canary.local}@", f"{canary.local}@gmial.com",
                  f"{canary.email}, {canary.email}", f"{canary.local}@{canary.domain}"):
        assert send_form(visitor, email, **fields(canary)).status == 422, email
    bad_requests(visitor, canary)


def bad_requests(visitor: Visitor, canary: Canary) -> None:
    path = f"{ACTION}/signatures"
    typed = fields(canary) | {"email": canary.email}
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    visitor.post(path, typed | {"message": canary.message * 2000})
    visitor.post(f"{ACTION}/replies", {"reply": canary.message * 2000, "from": canary.email})
    visitor.post(f"{ACTION}/replies", {"reply": canary.message, "date": canary.name})
    visitor.post("/u", {"token": canary.local})
    visitor.request("POST", f"/u/qxpath{canary.mark}", canary.email.encode(), form)
    visitor.post(path, typed, **{"Sec-Fetch-Site": "cross-site"})
    visitor.post(path, typed, Host=f"{canary.domain}.example")
    visitor.post(f"/en/actions/qxpath{canary.mark}/signatures", typed)
    visitor.request("POST", path, f"name=%zz&email={canary.email}&%ff={canary.name}".encode(), form)
    visitor.request("POST", path, canary.name.encode("utf-16"), form)
    visitor.request("POST", path, canary.name.encode(), {"Content-Type": "application/json"})
    visitor.request("PUT", path, canary.name.encode(), form)
    visitor.get(f"{ACTION}?email={canary.email}&name=qxpath{canary.mark}")
    for address in ("/", "/en/", "/c/", "/w/", "/u/", "/staff/", "/en/confirmations/new?ticket="):
        visitor.get(f"{address}qxpath{canary.mark}")
    for address, name in (("/c", "secret"), ("/w", "secret"), ("/en/confirmations", "ticket"),
                          ("/en/confirmations", "code"), ("/en/withdrawals", "withdrawal"),
                          ("/en/withdrawals", "email")):
        visitor.post(address, {name: canary.local})


@pytest.mark.timeout(600)
def test_no_file_holds_a_canary_after_load_and_after_kill_9(installation, server, relay):
    flock = Flock()
    good_load(server, relay, flock)
    letter_load(server, relay, flock)
    bad_load(server, flock)
    assert flock.scanner().in_folders(*everything(installation)) == set(), "while it runs"
    assert is_published(installation), "the ledger's files are among those"
    installation.export()
    assert len(export(installation).read_text().splitlines()) == 3, "a reply was handed in"
    installation.freeze("export-frozen")
    assert flock.scanner().in_folders(*everything(installation)) == set(), "after an export"
    late = flock.new()
    sign_as(server, late)
    server.kill()
    assert flock.scanner().in_folders(*everything(installation)) == set(), "after kill -9"
    server.start()
    next_one = flock.new()
    sign_as(server, next_one)
    confirm_by_link(next_one.visitor(server), flock.mail(relay, next_one))
    installation.export("export-2")
    assert flock.scanner().in_folders(*everything(installation)) == set(), "after the next start"
    server.stop()
    assert flock.scanner().in_folders(*everything(installation)) == set(), "after an orderly end"


def files_of(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.timeout(400)
def test_the_spool_is_sealed_while_the_relay_is_down(tmp_path, keeper):
    flock = Flock()
    with Relay(is_up=False) as relay, Server(set_up(tmp_path, relay, keeper)) as server:
        installation = server.installation
        before = files_of(installation.runtime)
        canaries = [flock.new() for _ in range(5)]
        for canary in canaries:
            sign_as(server, canary)
        spooled = until(lambda: files_of(installation.runtime).items() - before.items(), 10,
                        "the mails are spooled in the runtime folder")
        assert sum(len(content) for _, content in spooled) > 500, "too little for five mails"
        assert flock.scanner().in_folders(*everything(installation)) == set()
        server.kill()
        assert flock.scanner().in_folders(*everything(installation)) == set()
        # They were there, though: the next start delivers what the files hold.
        server.start()
        relay.start()
        for canary in canaries:
            flock.mail(relay, canary)
        assert flock.scanner().in_folders(*everything(installation)) == set()


@pytest.mark.parametrize("crash", [signal.SIGABRT, signal.SIGSEGV, signal.SIGILL])
def test_a_crash_leaves_no_core_file_and_prints_no_memory(installation, server, crash):
    """Swift's own crash report shows registers with the bytes that they point to."""
    limits = Path(f"/proc/{server.pid}/limits").read_text()
    [core] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert core.split()[4:6] == ["0", "0"], core
    before = set(installation.folder.rglob("*"))
    log = server.log_text()
    server.kill(crash)
    assert not [path for path in set(installation.folder.rglob("*")) - before
                if "core" in path.name]
    assert server.log_text() == log


def test_the_load_does_reach_the_server(server, relay):
    """The canaries stand on the page that only the mail's link opens: they were really sent."""
    canary = Flock().new()
    sign_as(server, canary)
    page = canary.visitor(server).get(f"/c/{newest_mail(relay, canary.email).secret}")
    assert all(part in page.text for part in canary.name.split())


def test_a_planted_file_is_found_in_each_folder(installation, server):
    """The scan reads the folders that it should."""
    flock = Flock()
    canary = flock.new()
    sign_as(server, canary)
    until(lambda: is_published(installation), 10, "there is a ledger")
    for folder in (installation.data, installation.runtime, installation.temporary,
                   installation.data / "ledger" / SLUG / "tile"):
        planted = folder / "planted"
        planted.write_text(canary.email)
        assert flock.scanner().in_folders(*everything(installation)), folder
        planted.unlink()
    with installation.log.open("a") as log:
        log.write(canary.network_address)
    assert flock.scanner().in_folders(*everything(installation))


def test_the_mailed_secret_opens_no_row_from_disk_alone(installation, server, relay):
    """Neither secret nor code is in the data folder, though both were just used."""
    flock = Flock()
    canary = flock.new()
    sign_as(server, canary)
    form = open_link(canary.visitor(server), flock.mail(relay, canary))
    flock.keep_code(canary, canary.visitor(server).submit(form))
    server.stop()
    assert Scanner(secrets=flock.secrets).in_folders(installation.data, installation.log) == set()
