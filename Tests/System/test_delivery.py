"""The day of a delivery: frozen on the server, checked and printed on the keeper's computer, put on
record, handed over; and what is refused on the way."""

import csv
import io
import json
import shutil
import stat
import subprocess
import zipfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest

import independent
import ledger
from browser import breaks_no_rule
from canary import Scanner
from conftest import set_up
from outcry import (
    EXAMPLE, SLUG, Installation, Keeper, Ran, Server, example_as, open_export, run, until)
from relay import Relay
from signing import counted, new_address, number_becomes, withdraw
from test_ledger import Copy
from verifying import report
from web import Visitor
from witness import Witness

SHOWN = ["Leyla Məmmədova", "محمد العلي", "Zoë Šimůnková", "Анна Каренина"]
HIDDEN = ["Qxhidden Vrzlkan", "Qxsecond Tmbrovik"]
LEFT = "Qxleaver Wchnopra"
TODAY = datetime.now(UTC).date().isoformat()


@dataclass
class Printed:
    """A delivery.zip as its addressee unpacks it."""

    folder: Path
    hash: str
    said: dict

    @property
    def text(self) -> str:
        """All pages of all letters."""
        return "".join(
            subprocess.run(["pdftotext", "-layout", letter, "-"], capture_output=True, text=True,
                           check=True).stdout for letter in sorted(self.folder.glob("*.pdf")))

    def table(self, name: str) -> list[dict]:
        text = (self.folder / name).read_text(encoding="utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def is_whole(self) -> bool:
        return subprocess.run(["sha256sum", "--check", "--quiet", "MANIFEST"], cwd=self.folder,
                              capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def world(tmp_path_factory, keepers):
    """Six are counted, one of them from far away; a seventh took their name back."""
    with Relay() as relay:
        installation = set_up(tmp_path_factory.mktemp("delivery"), relay, keepers["first"])
        with Server(installation) as server:
            for name in SHOWN:
                counted(Visitor(server.port), relay, new_address(), name=name, show="target",
                        updates="yes", country="DE")
            for name in HIDDEN:
                counted(Visitor(server.port), relay, new_address(), name=name, country="AZ")
            code = counted(Visitor(server.port), relay, new_address(), name=LEFT, show="target")
            withdraw(Visitor(server.port), code)
            until(lambda: withdrawn(server) == 1, 20, "the ledger has the withdrawal")
            yield server


def withdrawn(server: Server) -> int:
    log = server.installation.data / "ledger" / SLUG
    return Copy(log).kinds().count(ledger.WITHDRAW) if (log / "checkpoint").exists() else 0


@pytest.fixture(scope="module")
def frozen(world: Server) -> Path:
    return world.installation.freeze()


def deliver(frozen: Path, keeper: Keeper, out: Path, *options: object) -> Ran:
    return run("deliver", "--book", keeper.book, "--passphrase-file", keeper.passphrase,
               "--in", frozen, "--out", out, *options)


def printed(frozen: Path, keeper: Keeper, folder: Path, *options: object) -> Printed:
    folder.mkdir(exist_ok=True)
    out = folder / "delivery.zip"
    ran = deliver(frozen, keeper, out, "--json", *options)
    assert ran.succeeded, str(ran)
    with zipfile.ZipFile(out) as file:
        assert file.testzip() is None
        file.extractall(folder / "unpacked")
    said = json.loads(ran.stdout)
    assert said["sha256"] == sha256(out.read_bytes()).hexdigest()
    return Printed(folder / "unpacked", said["sha256"], said)


# What is in it, level by level


def test_the_least_is_the_number(frozen, keepers, tmp_path):
    delivery = printed(frozen, keepers["first"], tmp_path / "number")
    assert delivery.said["number"] == 6 and delivery.said["includes"] == "number"
    names = sorted(path.name for path in delivery.folder.iterdir())
    assert names == ["MANIFEST", "README.txt", "letter-president.pdf", "log", "number.txt"]
    everything = delivery.text + "".join(
        path.read_text() for path in delivery.folder.glob("*.txt"))
    for name in [*SHOWN, *HIDDEN, LEFT]:
        assert name.split()[0] not in everything, name
    assert delivery.is_whole()


def test_names_are_those_who_agreed_and_nobody_else(frozen, keepers, tmp_path):
    delivery = printed(frozen, keepers["first"], tmp_path / "names", "--include", "names")
    assert delivery.said["named"] == len(SHOWN)
    assert sorted(row["name"] for row in delivery.table("names.csv")) == sorted(SHOWN)
    text = delivery.text
    for name in SHOWN:
        # A line may be laid out from the right.
        assert all(word in text for word in name.split()), f"{name} is not in\n{text}"
    for name in [*HIDDEN, LEFT]:
        assert name.split()[0] not in text
    assert "@" not in text, "no address is given out"


def test_few_people_make_no_table_of_regions(frozen, keepers, tmp_path):
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--include", "regions")
    assert not ran.succeeded and "--include number" in ran.stderr, str(ran)
    assert not (tmp_path / "zip").exists()


def test_the_letter_speaks_the_targets_language_or_another(frozen, keepers, tmp_path):
    own = printed(frozen, keepers["first"], tmp_path / "own")
    assert own.said["targets"] == {"president": "az"}
    assert "Azərbaycan Respublikasının Prezidenti" in own.text
    arabic = printed(frozen, keepers["first"], tmp_path / "ar", "--language", "ar")
    assert arabic.text != own.text
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--language", "tlh")
    assert not ran.succeeded and "en, " in ran.stderr, str(ran)


def test_a_collective_letter_has_the_sentences_that_were_picked(frozen, keepers, tmp_path):
    sentences = tmp_path / "sentences"
    sentences.write_text("Let them go home.\n\nBuraxın onları.\n")
    letter = printed(frozen, keepers["first"], tmp_path / "letter", "--collective",
                     "--sentences", sentences, "--language", "en")
    assert letter.said["includes"] == "collective"
    assert "Let them go home." in letter.text and "Buraxın onları." in letter.text
    assert "6 people write you this letter together" in " ".join(letter.text.split())
    for name in [*SHOWN, *HIDDEN]:
        assert name.split()[0] not in letter.text
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--collective", "--include", "names")
    assert not ran.succeeded and "no names" in ran.stderr


@pytest.mark.parametrize("sentence", [
    "I am qxhidden  VRZLKÁN and I say it.", "Write to me: me@people.example", "", "x" * 1001])
def test_a_sentence_that_tells_on_somebody_is_refused(frozen, keepers, tmp_path, sentence):
    sentences = tmp_path / "sentences"
    sentences.write_text(f"{sentence}\n")
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--sentences", sentences)
    assert not ran.succeeded and "entence" in ran.stderr, str(ran)
    assert "Qxhidden" not in ran.stderr, "not even on the screen"
    assert not (tmp_path / "zip").exists()


def test_who_agreed_to_be_named_is_named_only_where_names_are(frozen, keepers, tmp_path):
    sentences = tmp_path / "sentences"
    sentences.write_text(f"{SHOWN[2]} asks you to let them go.\n")
    for options in (("--include", "number"), ("--collective",)):
        ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--sentences", sentences, *options)
        assert not ran.succeeded and "Sentence 1" in ran.stderr, str(ran)
    assert not (tmp_path / "zip").exists()
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--sentences", sentences,
                  "--include", "names")
    assert ran.succeeded, str(ran)


def test_a_name_in_a_script_without_spaces_is_found_inside_a_sentence(
        installation, keeper, relay, tmp_path):
    names = ["王小明", "김철수", "สมชาย", "アンナ・カレーニナ", "Cher", "李"]
    with Server(installation) as server:
        for name in names:
            counted(Visitor(server.port), relay, new_address(), name=name)
        number_becomes(Visitor(server.port), len(names))
        frozen = installation.freeze()
    sentences = tmp_path / "sentences"
    for sentence in ("我是王小明本人。", "저는 김철수입니다.", "ฉันชื่อสมชายครับ", "私はアンナカレーニナです"):
        sentences.write_text(f"Let them go.\n{sentence}\n")
        ran = deliver(frozen, keeper, tmp_path / "zip", "--sentences", sentences, "--dry-run")
        assert not ran.succeeded and "Sentence 2" in ran.stderr, f"{sentence}\n{ran}"
    # What could be any word is none's name.
    sentences.write_text("Cher is a French word, and 李子 a fruit.\n")
    ran = deliver(frozen, keeper, tmp_path / "zip", "--sentences", sentences, "--dry-run")
    assert ran.succeeded, str(ran)


def test_a_dry_run_writes_nothing(frozen, keepers, tmp_path):
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--include", "names", "--dry-run")
    assert ran.succeeded and "6 signatures" in ran.stderr and "4 agreed" in ran.stderr, str(ran)
    assert list(tmp_path.iterdir()) == []


def test_the_same_delivery_is_the_same_bytes_and_for_its_owner_alone(frozen, keepers, tmp_path):
    zips = [tmp_path / "one.zip", tmp_path / "two.zip"]
    for out in zips:
        ran = deliver(frozen, keepers["first"], out, "--include", "names")
        assert ran.succeeded, str(ran)
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert zips[0].read_bytes() == zips[1].read_bytes()
    assert stat.S_IMODE(frozen.stat().st_mode) == 0o600
    assert sorted(tmp_path.iterdir()) == zips, "no draft is left"


# What proves it


def test_the_zip_proves_its_number_offline_here_and_with_other_tools(frozen, keepers, tmp_path):
    delivery = printed(frozen, keepers["first"], tmp_path / "number")
    log = delivery.folder / "log"
    assert report(log)["number"] == 6
    copy = Copy(log)
    assert copy.number == 6 and copy.kinds().count(ledger.WITHDRAW) == 1
    vkey = (log / "vkey").read_text().strip()
    checked = independent.check(log, vkey)
    assert checked.returncode == 0, checked.stderr
    lines = dict(line.rsplit(" ", 1) for line in
                 (delivery.folder / "number.txt").read_text().splitlines())
    assert (lines["signatures"], lines["root"]) == ("6", copy.root)


def test_a_changed_zip_is_noticed(frozen, keepers, tmp_path):
    delivery = printed(frozen, keepers["first"], tmp_path / "number")
    letter = delivery.folder / "letter-president.pdf"
    letter.write_bytes(letter.read_bytes() + b"\n")
    assert not delivery.is_whole()
    bundle = next((delivery.folder / "log/tile/entries").rglob("*.p/*"))
    changed = bytearray(bundle.read_bytes())
    changed[80] ^= 1
    bundle.write_bytes(changed)
    assert report(delivery.folder / "log", code=1)["problems"]


def changed_copy(frozen: Path, change) -> Path:
    copy = frozen.with_name(f"changed-{frozen.name}")
    copy.write_text("".join(sealed(change(frozen.read_text().splitlines(keepends=True)))))
    return copy


def sealed(lines: list[str]) -> list[str]:
    """With a new seal: whoever changes the file can make that."""
    seal = b""
    for line in lines[:-1]:
        seal = sha256(seal + line.encode()).digest()
    records = sum(line.startswith("record ") for line in lines)
    return [*lines[:-1], f"end {records} {seal.hex()}\n"]


def without_a_record(lines: list[str]) -> list[str]:
    place = next(index for index, line in enumerate(lines) if line.startswith("record "))
    return lines[:place] + lines[place + 1:]


def with_a_record_twice(lines: list[str]) -> list[str]:
    place = next(index for index, line in enumerate(lines) if line.startswith("record "))
    return lines[:place] + [lines[place]] + lines[place:]


def with_another_text(lines: list[str]) -> list[str]:
    place = next(index for index, line in enumerate(lines) if line.startswith("file action/en.md"))
    return [*lines[:place], lines[place][:-5] + "AAAA\n", *lines[place + 1:]]


def with_another_entry(lines: list[str]) -> list[str]:
    place = next(i for i, line in enumerate(lines) if line.startswith("file log/tile/entries"))
    kind, path, text = lines[place].split(" ")
    return [*lines[:place], f"{kind} {path} {text[:200]}AAAA{text[204:]}", *lines[place + 1:]]


def with_leaf_of_another(lines: list[str]) -> list[str]:
    places = [index for index, line in enumerate(lines) if line.startswith("record ")][:2]
    words = [lines[place].split(" ") for place in places]
    words[0][4] = words[1][4]
    lines[places[0]] = " ".join(words[0])
    return lines


@pytest.mark.parametrize(("change", "said"), [
    (without_a_record, "did not come"), (with_a_record_twice, "does not count it"),
    (with_another_text, "text"), (with_another_entry, "does not verify"),
    (with_leaf_of_another, "promises"), (lambda lines: lines, None)])
def test_a_frozen_file_that_was_tampered_with_is_refused(
        world, keepers, tmp_path, frozen, change, said):
    own = tmp_path / "frozen"
    shutil.copy(frozen, own)
    ran = deliver(changed_copy(own, change), keepers["first"], tmp_path / "zip", "--include",
                  "names")
    assert ran.succeeded == (said is None), str(ran)
    assert said is None or said in ran.stderr, str(ran)
    assert (tmp_path / "zip").exists() == (said is None)


@pytest.mark.parametrize("name", [
    "log/names.txt", "log/../letter-president.pdf", "log//etc/passwd", "log/tile/0/000.p/300",
    "log/tile/0/..", "log/tile\\0\\000", "log/statements.json", "action/../names.csv",
    "action//etc/passwd", "action/a\\b", "../MANIFEST", "names.csv"])
def test_a_frozen_file_with_a_file_that_no_delivery_has_is_refused(
        keepers, tmp_path, frozen, name):
    own = tmp_path / "frozen"
    shutil.copy(frozen, own)
    changed = changed_copy(own, with_a_file(name, b"Qxhidden Vrzlkan"))
    ran = deliver(changed, keepers["first"], tmp_path / "zip")
    assert not ran.succeeded and "no delivery has" in ran.stderr, str(ran)
    assert not (tmp_path / "zip").exists()


def with_a_file(name: str, content: bytes):
    line = f"file {name} {urlsafe_b64encode(content).decode().rstrip('=')}\n"

    def change(lines: list[str]) -> list[str]:
        place = next(index for index, line in enumerate(lines) if line.startswith("record "))
        return [*lines[:place], line, *lines[place:]]

    return change


def test_of_the_log_nothing_is_handed_on_that_was_not_checked(keepers, tmp_path, frozen):
    """A tile of no tree as large as this, and a statement behind the checkpoint."""
    own = tmp_path / "frozen"
    shutil.copy(frozen, own)
    lines = own.read_text().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if line.startswith("file log/statements.json"))
    statements = ledger_list(lines[place])
    lines[place:place + 1] = with_a_file("log/statements.json", json.dumps(
        [*statements, {"index": 9999, "text": HIDDEN[0]}]).encode())(["record "])[:1]
    own.write_text("".join(lines))
    changed = changed_copy(own, with_a_file("log/tile/3/005", HIDDEN[0].encode()))
    plain = printed(frozen, keepers["first"], tmp_path / "plain")
    delivery = printed(changed, keepers["first"], tmp_path / "changed")
    assert delivery.hash == plain.hash


def ledger_list(line: str) -> list[dict]:
    text = line.split()[2]
    return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def with_head(**change: object):
    def changed(lines: list[str]) -> list[str]:
        format, head = lines[0].split(" ", 1)
        return [f"{format} {json.dumps(json.loads(head) | change)}\n", *lines[1:]]

    return changed


@pytest.mark.parametrize("origin", [
    "https://evil.example", "https://evil.example/x", "http://evil.example", "javascript://x"])
def test_a_letter_leads_to_no_other_place_than_its_log(keepers, tmp_path, frozen, origin):
    own = tmp_path / "frozen"
    shutil.copy(frozen, own)
    changed = changed_copy(own, with_head(origin=origin))
    ran = deliver(changed, keepers["first"], tmp_path / "zip")
    assert not ran.succeeded and origin in ran.stderr, str(ran)
    assert not (tmp_path / "zip").exists()


def test_an_installation_that_moved_says_so(keepers, tmp_path, frozen):
    own = tmp_path / "frozen"
    shutil.copy(frozen, own)
    changed = changed_copy(own, with_head(origin="https://moved.example"))
    ran = deliver(changed, keepers["first"], tmp_path / "zip", "--moved-to",
                  "https://other.example")
    assert not ran.succeeded and "--moved-to https://moved.example" in ran.stderr, str(ran)
    ran = deliver(changed, keepers["first"], tmp_path / "zip", "--moved-to",
                  "https://moved.example")
    assert ran.succeeded, str(ran)


def test_what_the_frozen_file_only_claims_is_said(world, keepers, tmp_path, frozen):
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--dry-run")
    assert "In the name of Example Rights Network" in ran.stderr, str(ran)
    assert world.origin in ran.stderr and "came from the same file" in ran.stderr, str(ran)
    vkey = (world.installation.data / "ledger" / SLUG / "vkey").read_text().strip()
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--dry-run", "--vkey", vkey)
    assert ran.succeeded and "came from the same file" not in ran.stderr, str(ran)


@pytest.mark.parametrize("damage", [
    lambda data: data[:-2], lambda data: data[:len(data) // 2], lambda data: data[:-200],
    lambda data: data.replace(b'"day"', b'"dax"'), lambda data: data + b"\n", lambda data: b"",
    lambda data: data[:3000] + b"x" + data[3000:]])
def test_a_frozen_file_that_was_damaged_is_refused(frozen, keepers, tmp_path, damage):
    damaged = tmp_path / "damaged"
    damaged.write_bytes(damage(frozen.read_bytes()))
    ran = deliver(damaged, keepers["first"], tmp_path / "zip")
    assert not ran.succeeded and not (tmp_path / "zip").exists(), str(ran)
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("Error: "), str(ran)
    assert any(word in last for word in ("damaged", "not frozen", "Freeze again")), last


def test_a_stranger_opens_nothing(frozen, keepers, tmp_path):
    ran = deliver(frozen, keepers["stranger"], tmp_path / "zip")
    assert not ran.succeeded and "no key for it" in ran.stderr, str(ran)
    assert not (tmp_path / "zip").exists()


# On record


def test_the_server_shows_what_is_on_record_and_never_has_names(
        world: Server, frozen, keepers, tmp_path):
    installation, visitor = world.installation, Visitor(world.port)
    delivery = printed(frozen, keepers["first"], tmp_path / "names", "--include", "names")
    said, size = delivery.said, str(delivery.said["size"])
    base = ("--data", installation.data, SLUG)
    for wrong in (("--hash", "12", "--to", "president"), ("--hash", delivery.hash, "--to", "pope"),
                  ("--hash", delivery.hash, "--to", "president", "--number", 7, "--size", size),
                  ("--hash", delivery.hash, "--to", "president", "--number", 6, "--size", 999)):
        ran = installation.run("delivery", "record", *base, *wrong, "--include", "names")
        assert not ran.succeeded and "Error" in ran.stderr, str(ran)
    receipt = ("delivery", "receipt", *base, "--on", TODAY, "--to", "president",
               "--result", "received", "--by", "Secretariat <b>of</b> the office")
    ran = installation.run(*receipt)
    assert not ran.succeeded and "delivery record" in ran.stderr, "nothing to receive yet"
    record = ("delivery", "record", *base, "--hash", delivery.hash, "--to", "president",
              "--include", "names", "--number", said["number"], "--size", size)
    ran = installation.run(*record)
    assert ran.succeeded and ran.stdout.startswith("outcry delivery 1\n"), str(ran)
    assert "already" in installation.run(*record).stderr
    assert installation.run(*receipt).succeeded
    page = until(lambda: shown(visitor, "en", delivery.hash), 20, "the page shows it")
    assert "Secretariat &lt;b&gt;of" in page
    for language in ("az", "ru", "ar", "fr"):
        assert shown(visitor, language, delivery.hash), language
    data = json.loads(visitor.get(f"/en/actions/{SLUG}.json").text)
    [shown_delivery] = data["deliveries"]
    assert (shown_delivery["sha256"], shown_delivery["number"]) == (delivery.hash, 6)
    [shown_receipt] = shown_delivery["receipts"]
    assert (shown_receipt["result"], shown_receipt["date"]) == ("received", TODAY)
    assert delivery.hash in visitor.get(f"/en/actions/{SLUG}/verify").text
    check_in_ledger(installation, delivery.hash, shown_delivery["entry"])
    everything = [installation.data, installation.runtime, installation.temporary,
                  installation.log, frozen]
    words = [word for name in [*SHOWN, *HIDDEN, LEFT] for word in name.split() if len(word) > 5]
    assert Scanner(words).in_folders(*everything) == set()


def shown(visitor: Visitor, language: str, hash: str) -> str | None:
    text = visitor.get(f"/{language}/actions/{SLUG}").text
    return text if hash in text else None


def check_in_ledger(installation: Installation, hash: str, entry: int) -> None:
    log = installation.data / "ledger" / SLUG
    texts = {line["index"]: line["text"]
             for line in json.loads((log / "statements.json").read_text())}
    assert texts[entry].splitlines()[-1] == hash
    raw = Copy(log).entries[entry]
    assert raw == ledger.entry(ledger.STATEMENT, ledger.digest(texts[entry].encode()),
                               ledger.number(6))
    assert report(log)["ok"]


def test_names_that_were_taken_back_since_are_not_put_on_record(
        installation, keeper, relay, tmp_path):
    with Server(installation) as server:
        codes = [counted(Visitor(server.port), relay, new_address(), name=name, show="target")
                 for name in SHOWN[:3]]
        number_becomes(Visitor(server.port), 3)
        said = printed(installation.freeze(), keeper, tmp_path / "names", "--include",
                       "names").said
        withdraw(Visitor(server.port), codes[0])
        until(lambda: withdrawn(server) == 1, 20, "the ledger has it")

        def record(what: str, *options: object) -> Ran:
            return installation.run(
                "delivery", "record", "--data", installation.data, SLUG, "--hash",
                said["sha256"], "--to", "president", "--include", what, "--number", 3,
                "--size", said["size"], *options)

        ran = record("names")
        assert not ran.succeeded and "1 has taken their names back" in ran.stderr, str(ran)
        server.stop()
        installation.environment["OUTCRY_LEDGER_INTERVAL"] = "3600"
        server.start()
        withdraw(Visitor(server.port), codes[1])
        for options in ((), ("--despite-withdrawals", 1), ("--despite-withdrawals", 3)):
            ran = record("names", *options)
            assert not ran.succeeded and "2 have taken their names back" in ran.stderr, str(ran)
        assert withdrawn(server) == 1, "the second one waits"
        ran = record("names", "--despite-withdrawals", 2)
        assert ran.succeeded and "\nnames\n3\n" in ran.stdout, str(ran)


def test_nobody_can_be_passed_over_who_has_not_left(world, keepers):
    ran = world.installation.run(
        "delivery", "record", "--data", world.installation.data, SLUG, "--hash", "1f" * 32,
        "--to", "president", "--include", "names", "--despite-withdrawals", 1)
    assert not ran.succeeded and "leave out --despite-withdrawals" in ran.stderr, str(ran)


def test_what_is_wrong_with_a_receipt_is_said(world: Server):
    installation = world.installation
    for wrong, said in (
            (("--on", "2999-01-01", "--result", "received"), "--on"),
            (("--on", "yesterday", "--result", "received"), "--on"),
            (("--on", TODAY, "--result", "lost"), "received"),
            (("--on", TODAY, "--result", "refused", "--hash", "00"), "delivery record"),
            (("--on", TODAY, "--result", "refused", "--note", "x" * 400), "bytes")):
        ran = installation.run("delivery", "receipt", "--data", installation.data, SLUG,
                               "--to", "president", *wrong)
        assert not ran.succeeded and said in ran.stderr, str(ran)


@pytest.mark.parametrize(("rows", "said"), [
    ("155,9", "10 or more"), ("155,40\nother,3", "10 or more"), ("DE,40", "UN M49"),
    ("155,40", "count 7 signatures"), ("", "10 or more")])
def test_a_table_that_shows_too_much_is_not_published(world: Server, tmp_path, rows, said):
    table = tmp_path / "regions.csv"
    table.write_text(f"code,signatures,region\n{rows}\n")
    ran = world.installation.run("delivery", "regions", "--data", world.installation.data, SLUG,
                                 "--in", table, "--size", 8)
    assert not ran.succeeded and said in ran.stderr, str(ran)


def test_names_go_to_the_target_that_people_were_asked_about(
        tmp_path, keeper, relay):
    minister = """targets:
  - id: minister
    name:
      en: The Minister
    office:
      en: Minister of the Interior
    language: fr
"""
    installation = Installation(tmp_path / "server", smtp=relay.url)
    folder = example_as(tmp_path, SLUG, ("action.yaml", "targets:\n", minister))
    for ran in (installation.init(keeper), installation.import_action(folder)):
        assert ran.succeeded, str(ran)
    with Server(installation) as server:
        page = Visitor(server.port).get(f"/en/actions/{SLUG}").text
        assert "May your name be shown to the Minister of the Interior?" in page
        counted(Visitor(server.port), relay, new_address(), name=SHOWN[0], show="target")
        number_becomes(Visitor(server.port), 1)
        frozen = installation.freeze()
    both = printed(frozen, keeper, tmp_path / "both")
    assert both.said["targets"] == {"minister": "fr", "president": "az"}
    assert len(list(both.folder.glob("letter-*.pdf"))) == 2
    named = printed(frozen, keeper, tmp_path / "named", "--include", "names")
    assert named.said["targets"] == {"minister": "fr"} and SHOWN[0].split()[0] in named.text
    ran = deliver(frozen, keeper, tmp_path / "zip", "--include", "names", "--target", "president")
    assert not ran.succeeded and "to minister and to nobody else" in ran.stderr, str(ran)
    ran = deliver(frozen, keeper, tmp_path / "zip", "--target", "pope")
    assert not ran.succeeded and "minister, president" in ran.stderr, str(ran)


def test_a_frozen_file_is_no_export(frozen, keepers):
    opened = open_export(frozen, keepers["first"])
    assert not opened.ran.succeeded and "outcry deliver" in opened.ran.stderr


# Many


UNPRINTABLE = "Qx\ue123\ue124 Tanımaz"


@pytest.fixture(scope="module")
def crowd(tmp_path_factory, keepers):
    """Eleven from one region, six from the target's own country, five who did not say."""
    with Relay() as relay:
        installation = set_up(tmp_path_factory.mktemp("crowd"), relay, keepers["first"])
        with Server(installation) as server:
            for place, country in enumerate([*["DE"] * 11, *["AZ"] * 6, *[""] * 5]):
                name = UNPRINTABLE if place == 0 else f"Person {place}"
                counted(Visitor(server.port), relay, new_address(), name=name, country=country,
                        show="target" if place < 3 else "count")
            number_becomes(Visitor(server.port), 22)
            yield server


def test_regions_are_told_from_ten_upwards_and_published_when_asked(crowd, keepers, tmp_path):
    installation = crowd.installation
    frozen = installation.freeze("frozen-regions")
    delivery = printed(frozen, keepers["first"], tmp_path / "regions", "--include", "regions",
                       "--language", "en", "--region-table", tmp_path / "regions.csv")
    rows = {row["region"]: row["signatures"] for row in delivery.table("regions.csv")}
    assert rows == {"Western Europe": "11", "Elsewhere, or not said": "11"}
    assert (tmp_path / "regions.csv").read_bytes() == (
        delivery.folder / "regions.csv").read_bytes()
    assert "Western Europe" in delivery.text and "Western Asia" not in delivery.text
    publish = ("delivery", "regions", "--data", installation.data, SLUG, "--size",
               delivery.said["size"], "--in")
    ran = installation.run(*publish, tmp_path / "regions.csv")
    assert ran.succeeded and ran.stdout.endswith("155 11\nother 11\n"), str(ran)
    changed = tmp_path / "changed.csv"
    changed.write_text("code,signatures\n155,12\nother,10\n")
    ran = installation.run(*publish, changed)
    assert not ran.succeeded and "came or went" in ran.stderr, str(ran)
    visitor = Visitor(crowd.port)
    for language, region in (("en", "Western Europe"), ("az", "Qərbi Avropa"),
                             ("ar", "غرب أوروبا")):
        until(lambda: region in visitor.get(f"/{language}/actions/{SLUG}/verify").text, 20, region)
    data = json.loads(visitor.get(f"/en/actions/{SLUG}.json").text)
    assert data["regions"]["signatures"] == {"155": 11, "other": 11}


def is_published(installation: Installation, text: str) -> bool:
    """The published checkpoint covers a statement with this in it; the statements' own file comes
    a moment before."""
    log = installation.data / "ledger" / SLUG
    size = int((log / "checkpoint").read_text().split("\n")[1])
    return any(text in line["text"] and line["index"] < size
               for line in json.loads((log / "statements.json").read_text()))


def test_regions_are_not_told_beside_others_that_nobody_else_has(crowd, keepers, tmp_path):
    installation = crowd.installation
    base = ("--data", installation.data, SLUG)
    record = ("delivery", "record", *base, "--to", "president", "--include", "regions", "--hash")
    first = sha256(b"first").hexdigest()
    ran = installation.run(*record, first)
    assert ran.succeeded, str(ran)
    size = ran.stdout.splitlines()[-2]
    until(lambda: is_published(installation, first), 20, "it is in the ledger")
    publish = f"outcry delivery regions {SLUG} --in regions.csv --size {size}"
    ran = deliver(installation.freeze("frozen-beside"), keepers["first"], tmp_path / "zip",
                  "--include", "regions")
    assert not ran.succeeded and publish in ran.stderr, str(ran)
    ran = installation.run(*record, sha256(b"second").hexdigest())
    assert not ran.succeeded and publish in ran.stderr, "nor put on record"
    table = tmp_path / "regions.csv"
    table.write_text("code,signatures\n155,11\nother,11\n")
    ran = installation.run("delivery", "regions", *base, "--in", table, "--size", size)
    assert ran.succeeded, str(ran)
    until(lambda: is_published(installation, f"\n{size}\n155 11"), 20, "the table is too")
    ran = deliver(installation.freeze("frozen-after"), keepers["first"], tmp_path / "zip",
                  "--include", "regions")
    assert ran.succeeded, str(ran)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
def test_pages_with_a_delivery_break_no_rule(crowd, browser, language, scheme):
    installation, hash = crowd.installation, sha256(language.encode()).hexdigest()
    base = ("--data", installation.data, SLUG, "--to", "president")
    for ran in (installation.run("delivery", "record", *base, "--hash", hash, "--include",
                                 "collective"),
                installation.run("delivery", "receipt", *base, "--on", TODAY, "--result",
                                 "received", "--by", "Reception")):
        assert ran.succeeded, str(ran)
    until(lambda: shown(Visitor(crowd.port), language, hash), 20, "the page shows it")
    context = browser.new_context(
        viewport={"width": 320, "height": 800}, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for path in ("", "/verify"):
        page.goto(f"{crowd.origin}/{language}/actions/{SLUG}{path}")
        breaks_no_rule(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_a_name_that_no_font_can_print_is_told_before_printing(crowd, keepers, tmp_path):
    frozen = crowd.installation.freeze("frozen-names")
    ran = deliver(frozen, keepers["first"], tmp_path / "zip", "--include", "names")
    assert not ran.succeeded and UNPRINTABLE in ran.stderr, str(ran)
    assert "--allow-unprintable" in ran.stderr and not (tmp_path / "zip").exists()
    delivery = printed(frozen, keepers["first"], tmp_path / "names", "--include", "names",
                       "--allow-unprintable", "--language", "en")
    assert delivery.said["unprintable"] == 1
    assert UNPRINTABLE in {row["name"] for row in delivery.table("names.csv")}
    assert "Tanımaz" not in delivery.text and "Person 1" in delivery.text
    assert "1 name has letters that could not be printed here" in " ".join(delivery.text.split())


# The server's side


def test_an_action_nobody_opened_or_that_was_stopped_is_not_frozen(installation, tmp_path):
    ran = installation.run("delivery", "freeze", "--data", installation.data, SLUG,
                           "--out", tmp_path / "frozen")
    assert not ran.succeeded and "no published ledger" in ran.stderr, str(ran)
    with Server(installation):
        until(lambda: (installation.data / "ledger" / SLUG / "checkpoint").exists(), 20,
              "it is published")
    assert installation.run("action", "stop", "--data", installation.data, SLUG).succeeded
    ran = installation.run("delivery", "freeze", "--data", installation.data, SLUG,
                           "--out", tmp_path / "frozen")
    assert not ran.succeeded and "stopped" in ran.stderr, str(ran)
    assert not (tmp_path / "frozen").exists()


def test_who_came_later_is_in_the_second_delivery(installation, keeper, relay, tmp_path):
    with Server(installation) as server:
        visitor = Visitor(server.port)
        counted(visitor, relay, new_address(), name=SHOWN[0], show="target")
        number_becomes(visitor, 1)
        first = installation.freeze("first")
        counted(visitor, relay, new_address(), name=SHOWN[2], show="target")
        number_becomes(visitor, 2)
        second = installation.freeze("second")
        assert installation.run("action", "close", "--data", installation.data, SLUG).succeeded
        installation.freeze("third")
        base = ("--data", installation.data, SLUG, "--to", "president")
        ran = installation.run("delivery", "record", *base, "--hash", "0f" * 32,
                               "--include", "number")
        assert ran.succeeded and "\nnumber\n2\n" in ran.stdout, str(ran)
        ran = installation.run("delivery", "receipt", *base, "--on", TODAY, "--result", "refused",
                               "--state")
        assert ran.succeeded and "closed -> delivered" in ran.stderr, str(ran)
        ran = installation.run("action", "deliver", "--data", installation.data, SLUG)
        assert ran.succeeded and "delivered already" in ran.stderr, str(ran)
    for frozen, number in ((first, 1), (second, 2)):
        delivery = printed(frozen, keeper, tmp_path / f"of-{number}", "--include",
                           "names")
        assert delivery.said["number"] == number == len(delivery.table("names.csv"))


def test_too_few_witnesses_are_waited_for_or_said_in_the_letter(
        installation, keeper, relay, tmp_path):
    policy = tmp_path / "policy"
    absent = ledger.key("absent.example", kind=4)
    policy.write_text(f"witness absent {absent.vkey} http://127.0.0.1:1\nquorum absent\n")
    with Server(installation) as server:
        visitor = Visitor(server.port)
        counted(visitor, relay, new_address(), name=HIDDEN[0])
        number_becomes(visitor, 1)
    installation.environment["OUTCRY_WITNESS_POLICY"] = str(policy)
    out = tmp_path / "frozen"
    options = ("delivery", "freeze", "--data", installation.data, SLUG, "--out", out)
    ran = installation.run(*options, "--wait", 1)
    assert not ran.succeeded and "--without-witnesses" in ran.stderr, str(ran)
    assert ran.code == 75, "it may go well a little later"
    ran = installation.run(*options, "--without-witnesses")
    assert ran.succeeded and "No witness" in ran.stderr, str(ran)
    delivery = printed(out, keeper, tmp_path / "letter", "--language", "en")
    assert "Fewer independent witnesses" in " ".join(delivery.text.split())
    ran = deliver(out, keeper, tmp_path / "zip", "--policy", policy)
    assert not ran.succeeded and "too few" in ran.stderr, "the keeper may ask for more"


class KnownKey:
    def __init__(self, vkey: str):
        self.vkey = vkey


def test_cosignatures_come_along(installation, keeper, relay, tmp_path):
    with Server(installation) as server:
        vkey = Visitor(server.port).get(f"/actions/{SLUG}/log/vkey").text.strip()
        server.stop()
        with Witness(tmp_path / "state", KnownKey(vkey)) as witness:
            policy = tmp_path / "policy"
            policy.write_text(
                f"witness works {witness.vkey} http://127.0.0.1:{witness.port}\nquorum works\n")
            installation.environment["OUTCRY_WITNESS_POLICY"] = str(policy)
            server.start()
            counted(Visitor(server.port), relay, new_address(), name=HIDDEN[0])
            number_becomes(Visitor(server.port), 1)
            frozen = installation.freeze()
    delivery = printed(frozen, keeper, tmp_path / "letter", "--language", "en")
    assert "witness.example/w1" in delivery.text
    log = delivery.folder / "log"
    signers = report(log, "--policy", delivery.folder / "policy.txt")["signatures"]
    assert {"witness", "log"} == {line["signer"] for line in signers}


def test_the_example_is_what_these_tests_take_it_for():
    assert "language: az" in (EXAMPLE / "action.yaml").read_text()
