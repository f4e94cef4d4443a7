"""A supporter hands in what a target answered: only the keeper can read it, and nothing is lost."""

import json
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import urlencode

import pytest

import sealing
from canary import Scanner
from outcry import SLUG, Server, open_export, until
from replies import PATH, export, hand_in, open_replies, opened_by_ourselves
from web import Visitor

VECTORS = Path(__file__).parent.parent / "Vectors"
TEXT = "Hörmətli vətəndaş,\nmüraciətinizə baxıldı.\n\n\"Yox.\" \\ 李雷 🕊"
COMMANDS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal would obey."""


@pytest.mark.parametrize("file", ["replies.json", "python-replies.json"])
def test_the_vectors_open_with_code_that_is_not_outcrys(file):
    vectors = json.loads((VECTORS / file).read_text())["replies"]
    assert [len(vector["seeds"]) for vector in vectors] == [1, 2]
    for vector in vectors:
        plain = sealing.open_record(
            [bytes.fromhex(seed) for seed in vector["seeds"]], bytes.fromhex(vector["action_id"]),
            bytes.fromhex(vector["reply_id"]), 0, bytes.fromhex(vector["sealed"]), sealing.REPLY)
        assert sealing.parse_reply(plain).decode() == vector["reply"]


def test_what_was_handed_in_opens_with_the_book_and_with_nothing_else(server, visitor, keepers):
    keeper = keepers["first"]
    answer = hand_in(visitor, TEXT, date="2017-10-02", note="Got it by post",
                     **{"from": "Prezident Administrasiyası"})
    assert answer.status == 303 and answer.header("Location") == f"{PATH}/thanks"
    assert not answer.header("Set-Cookie")
    assert visitor.follow(answer).status == 200
    file = export(server.installation)
    opened = open_replies(file, keeper)
    assert opened.ran.succeeded, str(opened.ran)
    [row] = opened.rows
    assert row["text"] == TEXT and row["from"] == "Prezident Administrasiyası"
    assert (row["date"], row["note"], row["language"]) == ("2017-10-02", "Got it by post", "en")
    assert not row["suspicious"] and re.fullmatch(r"\d{4}-\d\d-\d\d", row["day"])
    [ours] = opened_by_ourselves(file, keeper)
    assert ours["text"] == TEXT and set(ours) == {"text", "date", "from", "note", "lang", "day"}
    refused = open_replies(file, keepers["stranger"])
    assert refused.ran.code == 2 and "no key for it" in refused.ran.stderr
    assert refused.rows == []


def test_each_file_is_for_its_own_command(server, visitor, keeper):
    hand_in(visitor, TEXT)
    replies, signatures = export(server.installation), server.installation.export()
    wrong = open_export(replies, keeper)
    assert not wrong.ran.succeeded and "outcry replies open" in wrong.ran.stderr
    wrong = open_replies(signatures, keeper)
    assert not wrong.ran.succeeded and "outcry open" in wrong.ran.stderr


def test_what_was_acknowledged_survives_kill_9(server, visitor, keeper):
    for number in range(3):
        assert hand_in(visitor, f"answer {number}").status == 303
        server.kill()
        server.start()
    file = export(server.installation)
    assert {row["text"] for row in open_replies(file, keeper).rows} == {
        f"answer {number}" for number in range(3)}
    checked = json.loads(server.installation.run(
        "check", "--data", server.installation.data, "--json").stdout)
    assert checked["ok"] and [action["replies"] for action in checked["actions"]] == [3]


def test_all_that_is_stored_has_one_size(server, visitor):
    hand_in(visitor, ".")
    hand_in(visitor, "ж" * 3_000, note="\"" * 1_000, date="2017", **{"from": "\\" * 300})
    hand_in(visitor, "x", website="http://bot.example")
    lines = export(server.installation).read_text().splitlines()[1:-1]
    assert len(lines) == 3 and len({len(line) for line in lines}) == 1


@pytest.mark.parametrize(("fields", "status"), [
    ({"reply": ""}, 422), ({"reply": "ж" * 3_001}, 422), ({"reply": "x" * 6_000}, 303),
    ({"reply": "x", "date": "2017-13-01"}, 422), ({"reply": "x", "from": "x" * 301}, 422),
    ({"reply": "x", "note": "x" * 1_001}, 422), ({"reply": "x" * 33_000}, 413)])
def test_what_is_too_much_is_told_so(visitor, fields, status):
    answer = visitor.post(PATH, fields)
    assert answer.status == status
    if status == 422:
        assert answer.of_class("problem"), "it says what to do"
        assert fields["reply"][:50] in answer.text, "nothing has to be written twice"


def test_bytes_that_are_no_form_are_refused(visitor):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert visitor.request("POST", PATH, b"reply=%ff%fe", form).status == 400
    assert visitor.request("POST", PATH, b"reply=a%00b", form).status == 400
    assert visitor.request("POST", PATH, b"{}", {"Content-Type": "application/json"}).status == 415
    body = urlencode({"reply": "x"}).encode()
    assert visitor.request("POST", PATH, body, form | {"Sec-Fetch-Site": "cross-site"}).status == 403
    assert visitor.get(PATH).status == 405


HOSTILE = [
    "Dear\x1b]0;owned\x07\x1b[2J", "reply 00\nfrom: forged", "=cmd|' /C calc'!A0",
    "Eve\u202egnp.exe", "\x9b31m", "</textarea><script>alert(1)</script>", "a\r\n> b\r\n\r\nend 0",
    "🕊\u0300" * 50]


def test_no_reply_speaks_to_the_keepers_terminal_nor_looks_like_another(server, visitor, keeper):
    for text in HOSTILE:
        assert hand_in(visitor, text, note=text, **{"from": text}).status == 303
    file = export(server.installation)
    page = open_replies(file, keeper, format="text")
    assert page.ran.succeeded and not COMMANDS.search(page.text.replace("\n", ""))
    heads = [line for line in page.text.splitlines() if line.startswith("reply ")]
    assert len(heads) == len(HOSTILE)
    assert not [line for line in page.text.splitlines() if line.startswith("from: forged")]
    rows = open_replies(file, keeper)
    assert len(rows.rows) == len(HOSTILE) and not COMMANDS.search(rows.text.replace("\n", ""))


def test_a_page_that_comes_back_shows_markup_as_text(visitor):
    answer = visitor.post(PATH, {"reply": "</textarea><script>x</script>", "date": "\"><b>"})
    assert answer.status == 422 and "<script>" not in answer.text and "\"><b>" not in answer.text


def test_damage_to_one_reply_harms_that_one_alone(server, visitor, keeper):
    for text in ("first", "second"):
        hand_in(visitor, text)
    file = export(server.installation)
    head, one, two, end = file.read_text().splitlines(keepends=True)
    kind, name, day, sealed = one.split()
    bits = bytearray(urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)))
    bits[2_000] ^= 1
    changed = urlsafe_b64encode(bytes(bits)).decode().rstrip("=")
    file.write_text(f"{head}{kind} {name} {day} {changed}\n{two}{end}")
    opened = open_replies(file, keeper)
    assert opened.ran.code == 2 and "was changed after it was sealed" in opened.ran.stderr
    assert len(opened.rows) == 1
    file.write_text(f"{head}{two}")
    assert "ends too early" in open_replies(file, keeper).ran.stderr
    file.write_text(f"{head}{two}{end}")
    assert "missing or were added" in open_replies(file, keeper).ran.stderr


def test_what_the_keeper_has_can_go_from_the_server(server, visitor, keeper):
    hand_in(visitor, "first")
    file = export(server.installation, "first", "--remove")
    hand_in(visitor, "second")
    later = export(server.installation, "second")
    assert [row["text"] for row in open_replies(file, keeper).rows] == ["first"]
    assert [row["text"] for row in open_replies(later, keeper).rows] == ["second"]


def test_backups_carry_them_sealed_and_no_file_holds_a_word(server, visitor, keeper):
    installation = server.installation
    words = [f"qx{part}{secrets.token_hex(5)}" for part in ("text", "from", "note", "agent")]
    hand_in(visitor, words[0], note=words[2], **{"from": words[1]})
    visitor.request("POST", PATH, urlencode({"reply": words[0], "date": words[1]}).encode(), {
        "Content-Type": "application/x-www-form-urlencoded", "User-Agent": words[3]})
    scanner = Scanner(words)
    file = export(installation)
    folders = [installation.data, installation.runtime, installation.log,
               installation.temporary, installation.credentials, file]
    assert scanner.in_folders(*folders) == set(), "while it runs"
    server.kill()
    assert scanner.in_folders(*folders) == set(), "after kill -9"
    opened = open_replies(file, keeper)
    assert [row["text"] for row in opened.rows] == [words[0]], "it was really there"
    assert scanner.in_bytes(opened.text.encode()), "the scan would find it"


def test_a_stopped_action_takes_none(server, visitor):
    ran = server.installation.run("action", "stop", "--data", server.installation.data, SLUG)
    assert ran.succeeded, str(ran)
    until(lambda: visitor.get(f"{PATH}/new").status == 404, 10, "it is stopped")
    assert visitor.post(PATH, {"reply": "x"}).status == 404


def test_a_neighbourhood_may_not_fill_it(server: Server):
    visitor = Visitor(server.port)
    answers = [visitor.post(PATH, {"reply": "x"}).status for _ in range(61)]
    assert answers == [303] * 60 + [429]
