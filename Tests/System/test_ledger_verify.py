"""`outcry ledger verify` against folders that `ledger.py` makes: whole, damaged and forged. Go's code
for transparency logs (`independent.py`) says the same of them."""

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import independent
import ledger
from verifying import eventful, report, verify

SIZES = (1, 2, 255, 256, 257, 1000)


@pytest.fixture(scope="module")
def log() -> ledger.Log:
    return eventful()


@pytest.fixture
def copy(log: ledger.Log, tmp_path: Path) -> Path:
    return log.write(tmp_path / "log")


# What is whole


@pytest.mark.parametrize("size", SIZES)
def test_a_whole_log_verifies_here_and_with_gos_code(size: int, tmp_path: Path):
    log = ledger.Log()
    log.sign(size - 1)
    folder = log.write(tmp_path / "log")
    read = report(folder, "--vkey", log.key.vkey)
    assert (read["number"], read["size"]) == (size - 1, size)
    assert read["root"] == ledger.base64(log.tree.root())
    checked = independent.check(folder, log.key.vkey)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.split() == [str(size), read["root"]]


def test_an_empty_log_verifies(tmp_path: Path):
    log = ledger.Log()
    folder = log.write(tmp_path / "log", size=0)
    assert report(folder)["number"] == 0


def test_every_number_is_told(log: ledger.Log, copy: Path):
    read = report(copy)
    assert read["number"] == 620 - 3 - 1 - 1
    assert (read["withdrawn"], read["removed"], read["paper"]) == (3, 1, 120)
    assert read["aside"] == {"honeypot": 1}
    assert read["origin"] == log.origin
    assert read["signatures"] == [{"name": log.origin, "signer": "log"}]
    assert set(read) == {"number", "size", "root", "origin", "withdrawn", "removed", "aside",
                         "paper", "signatures", "problems", "ok"}


def test_sentences_say_the_same(log: ledger.Log, copy: Path):
    ran = verify(copy)
    assert ran.code == 0
    lines = ran.stdout.splitlines()
    assert lines[0] == "615 signatures are counted."
    assert ledger.base64(log.tree.root()) in ran.stdout
    assert lines[-1] == "All of it verifies."
    assert "same place as the log" in ran.stderr


def test_nothing_is_said_of_the_key_that_one_brings(log: ledger.Log, copy: Path):
    (copy / "vkey").unlink()
    assert verify(copy, "--vkey", log.key.vkey).stderr == ""


def test_a_copy_may_have_the_full_tile_for_a_partial_one(log: ledger.Log, tmp_path: Path):
    older = log.write(tmp_path / "log", size=300)
    for name in log.files(300):
        if ".p/" in name and "tile/1" not in name:
            (older / name).unlink()
    assert verify(older).code == 2
    for name, content in log.files(600).items():
        if name.startswith("tile") and ".p/" not in name:
            (older / name).write_bytes(content)
    read = report(older)
    assert read["size"] == 300


def test_a_copy_may_be_without_statements(copy: Path):
    (copy / "statements.json").unlink()
    assert "not checked" in verify(copy).stdout


# What is damaged


def damages() -> Iterator[tuple[str, Callable[[random.Random, bytes], bytes]]]:
    def turned(lots: random.Random, content: bytes) -> bytes:
        place = lots.randrange(len(content))
        return content[:place] + bytes([content[place] ^ 1 << lots.randrange(8)]) \
            + content[place + 1:]

    yield "one bit turned", turned
    yield "cut off", lambda lots, content: content[:lots.randrange(len(content))]
    yield "a byte more", lambda lots, content: content + bytes([lots.randrange(256)])
    yield "a byte less in the middle", lambda lots, content: (
        lambda place: content[:place] + content[place + 1:])(lots.randrange(len(content)))
    yield "zeros", lambda lots, content: bytes(len(content))


@pytest.mark.parametrize("damage", [damage for _, damage in damages()],
                         ids=[name for name, _ in damages()])
def test_every_damage_to_any_file_is_found(
        log: ledger.Log, copy: Path, damage: Callable[[random.Random, bytes], bytes]):
    lots = random.Random(f"{damage}")
    for name, content in log.files().items():
        if name in ("vkey", "statements.json"):
            continue  # the key is given, and a text may gain a space that means nothing
        wrong = damage(lots, content)
        (copy / name).write_bytes(wrong)
        ran = verify(copy, "--vkey", log.key.vkey)
        assert ran.code == 1, f"{name}: {ran}"
        assert "signatures are counted" not in ran.stdout
        (copy / name).write_bytes(content)
    assert verify(copy).code == 0


def test_random_bits_anywhere_are_found(log: ledger.Log, copy: Path):
    files = {name: content for name, content in log.files().items() if name.startswith("tile")}
    seed = random.randrange(1 << 32)
    lots = random.Random(seed)
    for _ in range(60):
        name = lots.choice(list(files))
        place, bit = lots.randrange(len(files[name])), lots.randrange(8)
        wrong = bytearray(files[name])
        wrong[place] ^= 1 << bit
        (copy / name).write_bytes(wrong)
        assert verify(copy).code == 1, f"seed {seed}: bit {bit} of byte {place} of {name}"
        assert independent.check(copy).returncode == 1
        (copy / name).write_bytes(files[name])


def test_every_byte_of_the_checkpoint_counts(log: ledger.Log, copy: Path):
    whole = log.checkpoint()
    for place in range(0, len(whole), 7):
        wrong = bytearray(whole)
        wrong[place] ^= 4
        (copy / "checkpoint").write_bytes(wrong)
        assert verify(copy, "--vkey", log.key.vkey).code == 1, f"byte {place}"


def test_a_text_that_is_not_the_one_in_the_log_is_found(copy: Path):
    file = copy / "statements.json"
    file.write_text(file.read_text().replace("Delivered", "Refused"))
    assert report(copy, code=1)["problems"] == [
        "statements.json: the text for entry 612 is not the one whose hash is there"]
    file.write_text("<html>")
    report(copy, code=1)


@pytest.mark.parametrize("name", ["checkpoint", "vkey", "tile/0/000", "tile/entries/001",
                                  "tile/1/000.p/2"])
def test_what_is_not_there_could_not_be_checked(copy: Path, name: str):
    (copy / name).unlink()
    read = report(copy, code=2)
    assert read["problems"] == [f"{name} is not there"]
    assert read["number"] is None


# What is forged


def rewritten(change: Callable[[ledger.Log], object]) -> ledger.Log:
    """A log whose own keeper has broken the rules, and signed that."""
    log = ledger.Log()
    log.sign(10)
    log.withdraw(4)
    log.judge(ledger.ASIDE, 5)
    change(log)
    log.sign(3)
    return log


@pytest.mark.parametrize(("change", "says"), [
    (lambda log: log.withdraw(6, code=bytes(32)), "without its code"),
    (lambda log: log.withdraw(6, code=log.openings[7].code), "without its code"),
    (lambda log: log.withdraw(4), "in that state"),
    (lambda log: log.remove(4), "in that state"),
    (lambda log: log.judge(ledger.ASIDE, 5), "in that state"),
    (lambda log: log.judge(ledger.READMIT, 6), "in that state"),
    (lambda log: log.judge(ledger.READMIT, 4), "in that state"),
    (lambda log: log.judge(ledger.ASIDE, 0), "no signature before it"),
    (lambda log: log.remove(13), "no signature before it"),
    (lambda log: log.remove(1 << 60), "no signature before it"),
    (lambda log: log.add(ledger.entry(ledger.REMOVED, b"\1" * 32, bytes(32))),
     "no signature before it"),
    (lambda log: log.judge(ledger.ASIDE, 6, 1 << 20), "where its type has none"),
    (lambda log: log.state(ledger.PAPER, "much", b"\xff" * 32), "where its type has none"),
    (lambda log: log.state(ledger.PAPER, "none", ledger.batch(30)), "paper that are not there"),
    (lambda log: log.state(ledger.OPEN, "again"), "opens the ledger"),
], ids=range(15))
def test_a_log_that_breaks_the_rules_is_refused(change, says: str, tmp_path: Path):
    log = rewritten(change)
    folder = log.write(tmp_path / "log")
    [problem] = report(folder, code=1)["problems"]
    assert problem.startswith("entry 13 ") and problem.endswith(says)
    # All hashes are right: Go's code knows the tree, not the rules.
    assert independent.check(folder).returncode == 0


def test_entries_of_unknown_type_are_refused(tmp_path: Path):
    log = rewritten(lambda log: log.add(ledger.entry(12, bytes(32), bytes(32))))
    [problem] = report(log.write(tmp_path / "log"), code=1)["problems"]
    assert problem == "tile/entries/000.p/17: entry 13 is no entry of a ledger"


def test_a_log_that_does_not_begin_is_refused(tmp_path: Path):
    log = ledger.Log(entries=[ledger.entry(ledger.SIGN, bytes(32), bytes(32))])
    log.tree.append(log.entries[0])
    assert "entry 0" in report(log.write(tmp_path / "log"), code=1)["problems"][0]


def test_a_log_that_was_signed_with_another_key_is_refused(log: ledger.Log, copy: Path):
    stranger = ledger.key(log.origin, "stranger")
    assert "has not signed" in verify(copy, "--vkey", stranger.vkey).stdout
    assert independent.check(copy, stranger.vkey).returncode == 1
    # The same key under another name is for another log.
    other = ledger.Log(slug="other")
    renamed = ledger.Key(other.origin, log.key.seed)
    assert report(copy, "--vkey", renamed.vkey, code=1)["problems"] == [
        f"vkey: the key is for the log {other.origin}, and this is the log {log.origin}"]


@pytest.mark.parametrize("key", ["", "x", ledger.key("w", kind=4).vkey])
def test_what_is_no_key_is_a_mistake_of_use(copy: Path, key: str):
    ran = verify(copy, "--vkey", key)
    assert ran.code == 64
    assert "--vkey" in ran.stderr


# What is kept from before


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 512, 600])
def test_a_kept_checkpoint_is_the_beginning(log: ledger.Log, copy: Path, tmp_path: Path, size: int):
    kept = tmp_path / "kept"
    kept.write_bytes(log.checkpoint(size))
    assert verify(copy, "--older", kept).code == 0
    assert independent.check(copy, older=(kept,)).returncode == 0


def test_a_fork_is_found(log: ledger.Log, copy: Path, tmp_path: Path):
    fork = ledger.Log()
    fork.sign(200)
    fork.sign(400, label="other")
    for size in (202, 300, 512, 600):
        kept = tmp_path / "kept"
        kept.write_bytes(fork.checkpoint(size))
        assert report(copy, "--older", kept, code=1)["problems"] == [
            f"{kept}: the first {size} entries are not those that were signed there"]
        assert independent.check(copy, older=(kept,)).returncode == 1
    kept.write_bytes(fork.checkpoint(201))
    assert verify(copy, "--older", kept).code == 0


def test_a_log_that_has_become_shorter_is_found(log: ledger.Log, tmp_path: Path):
    kept = tmp_path / "kept"
    kept.write_bytes(log.checkpoint())
    folder = log.write(tmp_path / "log", size=500)
    assert "has only 500 now" in verify(folder, "--older", kept).stdout


def test_a_kept_checkpoint_must_be_the_logs(log: ledger.Log, copy: Path, tmp_path: Path):
    kept = tmp_path / "kept"
    other = ledger.Log(slug="other")
    for content in (other.checkpoint(1), b"", b"\xff\xfe", log.checkpoint(9)[:-9],
                    log.checkpoint(9).replace(b"\n9\n", b"\n8\n"), bytes(100_000)):
        kept.write_bytes(content)
        report(copy, "--older", kept, code=1)
    assert verify(copy, "--older", tmp_path / "none").code == 2


# Receipts


def test_a_receipt_shows_what_has_become_of_a_signature(
        log: ledger.Log, copy: Path, tmp_path: Path):
    receipt = tmp_path / "receipt"
    for index, state in [(1, "counted"), (3, "taken back with its code"), (5, "set aside: honeypot"),
                         (7, "counted"), (8, "taken back by mailed link"), (620, "counted")]:
        for size in {max(index + 1, 400), log.size}:
            receipt.write_bytes(log.receipt(index, size))
            ran = verify(copy, "--receipt", receipt)
            assert ran.code == 0, str(ran)
            assert f"entry {index} is its signature, and is {state}." in ran.stdout


def test_a_receipt_of_another_log_or_person_is_refused(
        log: ledger.Log, copy: Path, tmp_path: Path):
    receipt = tmp_path / "receipt"
    other = ledger.Log(slug="other")
    other.sign(50)
    fork = ledger.Log()
    fork.sign(50, label="other")
    wrongs = {
        "another log": other.receipt(9), "a fork": fork.receipt(9),
        "somebody else's": log.receipt(9, opening=log.openings[10]),
        "no signature": log.receipt(601, opening=log.openings[10]),
        "another entry": log.receipt(9).replace(b"index 9\n", b"index 10\n"),
        "beyond the tree": log.receipt(9).replace(b"index 9\n", b"index 9000\n"),
        "no receipt": log.checkpoint(), "nothing": b"", "cut off": log.receipt(9)[:-20],
    }
    for name, content in wrongs.items():
        receipt.write_bytes(content)
        assert verify(copy, "--receipt", receipt).code == 1, name


def test_every_byte_of_a_receipt_counts(log: ledger.Log, copy: Path, tmp_path: Path):
    receipt = tmp_path / "receipt"
    whole = log.receipt(77)
    for place in range(0, len(whole), 11):
        wrong = bytearray(whole)
        wrong[place] ^= 1
        receipt.write_bytes(wrong)
        assert verify(copy, "--receipt", receipt).code == 1, f"byte {place}"


def test_a_receipt_needs_the_opening_statement(log: ledger.Log, copy: Path, tmp_path: Path):
    receipt = tmp_path / "receipt"
    receipt.write_bytes(log.receipt(9))
    (copy / "statements.json").unlink()
    assert "which action the log is of" in verify(copy, "--receipt", receipt).stdout


# Witnesses


def test_a_policy_asks_for_witnesses(log: ledger.Log, copy: Path, tmp_path: Path):
    witnesses = [ledger.key(f"w{number}.example", kind=4) for number in range(3)]
    lines = [f"witness w{number} {key.vkey}" for number, key in enumerate(witnesses)]
    policy = tmp_path / "policy"
    policy.write_text("\n".join([f"log {log.key.vkey}", *lines, "group two 2 w0 w1 w2",
                                 "quorum two", ""]))
    assert "too few" in report(copy, "--policy", policy, code=1)["problems"][0]
    (copy / "checkpoint").write_bytes(log.checkpoint(witnesses=(witnesses[0], witnesses[2])))
    read = report(copy, "--policy", policy)
    assert read["signatures"][1:] == [
        {"name": f"w{number}.example", "signer": "witness", "time": 1_500_000_000}
        for number in (0, 2)]
    assert "2017-07-14T02:40:00Z" in verify(copy, "--policy", policy).stdout
    # Without a policy nobody here knows them.
    assert [line["signer"] for line in report(copy)["signatures"]] == ["log", "unknown", "unknown"]
    # A cosignature of another size is a wrong one.
    moved = witnesses[0].sign(log.text(500))
    (copy / "checkpoint").write_bytes(log.checkpoint() + moved.encode())
    assert any("witness w0" in problem
               for problem in report(copy, "--policy", policy, code=1)["problems"])
    policy.write_text(f"log {ledger.Log(slug='other').key.vkey}\nquorum none\n")
    assert "none of the policy's logs" in report(copy, "--policy", policy, code=1)["problems"][0]


def test_a_policy_that_cannot_be_read_says_where(copy: Path, tmp_path: Path):
    policy = tmp_path / "policy"
    policy.write_text("quorum none\nquorum none\n")
    assert report(copy, "--policy", policy, code=2)["problems"] == [
        f"{policy} line 2: a second quorum. Keep one."]
    assert verify(copy, "--policy", tmp_path / "none").code == 2


def test_a_hostile_name_does_not_reach_the_terminal(tmp_path: Path):
    log = ledger.Log(host="rights.example\N{RIGHT-TO-LEFT OVERRIDE}\x9b31m")
    ran = verify(log.write(tmp_path / "log"))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", ran.stdout), str(ran)
