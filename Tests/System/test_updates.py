"""The keeper writes to those who asked how it ends: each once, with a link that ends it."""

import json
import re
import signal
import time

import pytest

from canary import Scanner
from conftest import set_up
from outcry import Server, open_export, run, until
from relay import CUT, Relay, text_of
from updates import Desk, decoded, hash_of, made_older, news, news_to, token, unsubscribed
from web import Visitor

LANGUAGES = {"ada": "en", "bea": "en", "cem": "az", "dia": "ar", "eva": "ru", "fay": "fr"}
ASKED = {name: f"qx{name}news@qx{name}mail.example" for name in LANGUAGES}
SILENT = "qxnobodynews@qxnobodymail.example"


@pytest.fixture(scope="module")
def world(tmp_path_factory, keepers):
    """Six people who asked, in five languages, one who did not, and one who took it back."""
    with Relay() as relay:
        installation = set_up(tmp_path_factory.mktemp("world"), relay, keepers["first"])
        with Server(installation) as server:
            for name, address in ASKED.items():
                sign_in(server, relay, LANGUAGES[name], address, updates="yes", name=name)
            sign_in(server, relay, "en", SILENT, name="nobody")
            yield server, relay


def sign_in(server: Server, relay: Relay, language: str, address: str, **fields: str) -> None:
    """Confirmed by link, since the page and its code are in that language."""
    visitor = Visitor(server.port)
    form = visitor.get(f"/{language}/actions/baku-2017").form("/signatures")
    answer = visitor.follow(visitor.submit(form, email=address, **fields))
    assert answer.status == 200
    mail = until(lambda: relay.mails_to(address), 30, "mail")[-1]
    page = visitor.get(f"/c/{mail.secret}")
    assert visitor.submit(page.form("/c", having="secret")).of_class("withdraw")


@pytest.fixture
def desk(world, keepers, tmp_path) -> Desk:
    server, relay = world
    export = server.installation.export(f"export-{tmp_path.name}")
    yield Desk(tmp_path / "desk", keepers["first"], relay, export)
    # What one test sent and set is no other's.
    relay.deliveries.clear()
    relay.recipient_answers.clear()
    relay.message_answers.clear()
    relay.judge_recipient = lambda address: "250 2.0.0 taken"


def test_a_dry_run_counts_by_language_and_leaves_nothing(desk):
    desk.write("az", "Azaddırlar", "Hamısı buraxıldı.")
    ran = desk.send("--dry-run")
    assert ran.succeeded, str(ran)
    lines = [line.split("\t") for line in ran.stdout.splitlines()]
    assert {line[0]: (line[1], line[2]) for line in lines[:-1]} == {
        "ar": ("1", "en"), "az": ("1", "az"), "en": ("2", "en"), "fr": ("1", "en"),
        "ru": ("1", "en")}
    assert lines[-1] == ["all", "6"] and "1 did not ask" in ran.stderr
    assert not desk.journal.exists() and not desk.secret.exists()
    assert not news(desk.relay)
    assert "@" not in ran.stdout + ran.stderr


def test_nobody_is_written_to_without_the_number(desk):
    for arguments, says in ((), "give --yes 6"), (("--yes", 5), "It is 6 people, not 5"):
        ran = desk.send(*arguments)
        assert not ran.succeeded and says in ran.stderr, str(ran)
    assert not news(desk.relay)


def test_each_gets_it_once_in_their_language_with_a_link_that_ends_it(world, desk):
    server, relay = world
    desk.write("az", "Azaddırlar", "Hamısı buraxıldı.")
    ran = desk.send("--yes", 6)
    assert ran.succeeded and "6 sent, 0 deferred" in ran.stderr, str(ran)
    mails = {address: news_to(relay, address) for address in ASKED.values()}
    assert all(len(found) == 1 for found in mails.values()), "each once"
    assert len(news(relay)) == 6
    [azeri], [english] = mails[ASKED["cem"]], mails[ASKED["ada"]]
    assert str(azeri.message["Subject"]) == "Azaddırlar"
    assert "Hamısı buraxıldı." in text_of(azeri.message)
    assert "Bu məktubu ona görə alırsınız" in text_of(azeri.message)
    text = text_of(english.message)
    assert "All 83 are out." in text and "You get this mail because you signed" in text
    assert "180 days after the action closes" in text
    assert re.search("[\u0600-\u06ff]", text_of(mails[ASKED["dia"]][0].message)), "the foot"
    tokens = {token(found[0]) for found in mails.values()}
    assert len(tokens) == 6
    # Which token belongs to whom follows from the secret and the record alone.
    rows = open_export(desk.export, desk.keeper).rows
    assert {desk.token_of(row["record"]) for row in rows if row["email"]} == set(
        map(decoded, tokens))
    again = desk.send("--yes", 0)
    assert again.succeeded and "6 had their turn" in again.stderr
    assert len(news(relay)) == 6


def test_the_headers_are_those_of_rfc_8058_each_on_one_line(desk):
    desk.write("en", "Sərbəstdirlər " * 8, "Text")
    assert desk.send("--yes", 6).succeeded
    for delivery in news(desk.relay):
        head = delivery.raw.split(b"\r\n\r\n")[0].decode().split("\r\n")
        [link] = [line for line in head if line.startswith("List-Unsubscribe:")]
        assert link == f"List-Unsubscribe: <{str(delivery.message['List-Unsubscribe'])[1:-1]}>"
        assert head.count("List-Unsubscribe-Post: List-Unsubscribe=One-Click") == 1
        after = head[head.index(link) + 1]
        assert not after.startswith((" ", "\t")), "not folded"
        body = delivery.message.get_content_type()
        assert body == "text/plain" and not delivery.message.is_multipart(), "no pixel"
        names = [name.lower() for name in delivery.message.keys()]
        assert len(names) == len(set(names))
        assert len(delivery.recipients) == 1


def test_a_run_that_is_killed_goes_on_and_writes_to_nobody_twice(desk):
    kills = 2
    for stop in range(1, kills + 1):
        process = desk.start("--yes", desk.counts()["all"], "--rate", 120)
        until(lambda: len(news(desk.relay)) >= stop, 30, "some were sent")
        process.send_signal(signal.SIGKILL)
        process.wait()
    left = desk.counts()["all"]
    assert 6 - 2 * kills <= left < 6
    assert desk.send("--yes", left).succeeded
    sent = [address for delivery in news(desk.relay) for address in delivery.recipients]
    assert len(sent) == len(set(sent)), "nobody twice"
    assert len(sent) >= 6 - kills, "one in hand-over at each kill may be lost, no more"


def test_what_was_cut_off_after_the_text_is_not_sent_again(desk):
    desk.relay.message_answers.append(CUT)
    ran = desk.send("--yes", 6)
    assert ran.succeeded and "5 sent" in ran.stderr and "1 cut off after the text" in ran.stderr
    assert desk.counts()["all"] == 0
    assert len(news(desk.relay)) == 6


def test_greylisting_is_waited_for_and_a_refusal_is_counted(desk):
    gone = ASKED["bea"]
    seen: set[str] = set()

    def judge(address: str) -> str:
        if address == gone:
            return "550 5.1.1 no such mailbox"
        if address not in seen:
            seen.add(address)
            return "450 4.2.0 greylisted"
        return "250 2.0.0 taken"

    desk.relay.judge_recipient = judge
    ran = desk.send("--yes", 6)
    assert ran.succeeded and "5 sent, 0 deferred, 1 refused" in ran.stderr, str(ran)
    assert desk.counts()["all"] == 0 and not news_to(desk.relay, gone)


def test_what_is_put_off_to_the_end_is_left_for_the_next_run(desk):
    slow = ASKED["ada"]
    desk.relay.judge_recipient = (
        lambda address: "450 4.2.0 not now" if address == slow else "250 2.0.0 taken")
    ran = desk.send("--yes", 6)
    assert ran.code == 2 and "5 sent, 1 deferred" in ran.stderr and "1 left" in ran.stderr
    desk.relay.judge_recipient = lambda address: "250 2.0.0 taken"
    assert desk.send("--yes", 1).succeeded
    assert len(news_to(desk.relay, slow)) == 1


def test_a_relay_that_is_down_loses_nobody(desk):
    desk.relay.stop()
    ran = desk.send("--yes", 6)
    assert ran.code == 2 and "does not answer" in ran.stderr and "6 left" in ran.stderr, str(ran)
    desk.relay.start()
    assert desk.send("--yes", 6).succeeded
    assert len(news(desk.relay)) == 6


def test_a_relay_that_refuses_the_sender_is_not_taken_for_six_dead_mailboxes(desk):
    desk.relay.sender_answer = "550 5.7.1 who are you"
    try:
        ran = desk.send("--yes", 6)
    finally:
        desk.relay.sender_answer = None
    assert ran.code == 2 and "takes no mail from this sender" in ran.stderr, str(ran)
    assert desk.counts()["all"] == 6


def test_a_text_that_the_relay_refuses_is_not_taken_for_six_dead_mailboxes(desk):
    desk.relay.message_answers.extend(["554 5.7.1 this is spam"] * 5)
    ran = desk.send("--yes", 6)
    assert ran.code == 2 and "refuses the text" in ran.stderr and "6 left" in ran.stderr, str(ran)
    assert len(news(desk.relay)) == 5, "it stopped"
    assert desk.counts()["all"] == 6
    assert desk.send("--yes", 6).succeeded
    assert all(len(desk.relay.accepted(address)) >= 1 for address in ASKED.values())


def test_a_text_that_is_refused_for_some_was_their_turn(desk):
    desk.relay.message_answers.extend(["554 5.7.1 this is spam"] * 4)
    ran = desk.send("--yes", 6)
    assert ran.succeeded and "2 sent, 0 deferred, 4 refused" in ran.stderr, str(ran)
    assert desk.counts()["all"] == 0


def test_a_text_that_nobody_was_sent_is_nobodys_turn_however_few_they_are(desk):
    gone = [ASKED["ada"], ASKED["bea"]]
    desk.relay.judge_recipient = (
        lambda address: "550 5.1.1 no such mailbox" if address in gone else "250 2.0.0 taken")
    desk.relay.message_answers.extend(["554 5.7.1 this is spam"] * 4)
    ran = desk.send("--yes", 6)
    assert ran.code == 2 and "2 refused" in ran.stderr and "4 left" in ran.stderr, str(ran)
    assert "refuses the text" in ran.stderr and desk.counts()["all"] == 4
    assert desk.send("--yes", 4).succeeded


def one_click(server: Server, link_token: str):
    """As Gmail does it: from elsewhere, with no cookie and nothing else."""
    return Visitor(server.port).request(
        "POST", f"/u/{link_token}", b"List-Unsubscribe=One-Click",
        {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site",
         "Origin": "https://mail.google.com", "User-Agent": "Mozilla/5.0"})


def test_who_ends_it_between_two_messages_gets_no_more(world, desk, tmp_path):
    server, relay = world
    assert desk.send("--yes", 6).succeeded
    tokens = {name: token(news_to(relay, address)[0]) for name, address in ASKED.items()}
    visitor = Visitor(server.port)
    # Nothing happens when a scanner opens the link, nor for a mailbox that only looks.
    for name in ("cem", "dia"):
        page = visitor.get(f"/u/{tokens[name]}")
        assert page.status == 200 and visitor.head(f"/u/{tokens[name]}").status == 200
    answer = one_click(server, tokens["ada"])
    assert answer.status == 200 and not answer.header("Set-Cookie") and not answer.header("Location")
    form = visitor.get(f"/u/{tokens['bea']}").form("/u", having="token")
    assert visitor.submit(form).body == answer.body
    assert one_click(server, tokens["ada"]).body == answer.body, "however often"
    unknown = "A" * 43
    assert one_click(server, unknown).body == answer.body, "known or not"
    desk.export = server.installation.export(f"export-2-{tmp_path.name}")
    assert unsubscribed(desk.export) >= {hash_of(tokens[name]) for name in ("ada", "bea")}
    assert not unsubscribed(desk.export) & {hash_of(tokens[name]) for name in ("cem", "dia")}
    relay.deliveries.clear()
    desk.journal = desk.folder / "journal-2"
    assert desk.counts() == {"all": 4, "az": 1, "ar": 1, "ru": 1, "fr": 1}
    assert desk.send("--yes", 4).succeeded
    assert not news_to(relay, ASKED["ada"]) and not news_to(relay, ASKED["bea"])
    assert len(news(relay)) == 4
    assert open_export(desk.export, desk.keeper).ran.succeeded, "the table is opened all the same"


def test_without_the_secret_nobody_can_tell_who_left(world, desk):
    server, _ = world
    desk.options = []
    one_click(server, "B" * 43)
    desk.export = server.installation.export(f"export-3-{time.time_ns()}")
    ran = desk.send("--yes", 6)
    assert not ran.succeeded and "without the secret" in ran.stderr, str(ran)
    assert not desk.secret.exists()
    desk.options = ["--new-secret"]
    assert desk.send("--yes", 6).succeeded
    desk.secret.unlink()
    ran = desk.send("--yes", 0)
    assert not ran.succeeded and "belongs to it" in ran.stderr, str(ran)


@pytest.mark.parametrize("when", ["2026-11-20T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday"])
def test_an_old_export_is_not_written_to(desk, when):
    desk.export = made_older(desk.export, desk.folder, when)
    ran = desk.send("--yes", 6)
    assert not ran.succeeded and "24 hours" in ran.stderr, str(ran)
    assert not news(desk.relay) and not desk.journal.exists()
    assert desk.send("--old-export", "--yes", 6).succeeded


def test_an_export_without_its_last_lines_is_not_written_to(desk):
    lines = desk.export.read_text().splitlines(keepends=True)
    for name, cut in {"end": lines[:-1], "link": [
            line for line in lines if not line.startswith("unsubscribed ")]}.items():
        desk.export = desk.folder / name
        desk.export.write_text("".join(cut))
        if name == "link" and len(cut) == len(lines):
            continue
        ran = desk.send("--yes", 6)
        assert not ran.succeeded and "Export it again" in ran.stderr, str(ran)
    assert not news(desk.relay)


def test_a_wrong_book_writes_to_nobody(desk, keepers):
    ran = desk.send("--yes", 6, keeper=keepers["stranger"])
    assert not ran.succeeded and "No record opened" in ran.stderr, str(ran)
    assert not news(desk.relay)
    for line in ran.stderr.splitlines():
        assert "@" not in line


def test_a_journal_is_for_one_message(desk):
    assert desk.send("--yes", 6).succeeded
    desk.write("en", "Another subject", "All 83 are out.")
    ran = desk.send("--yes", 6)
    assert not ran.succeeded and "another message" in ran.stderr, str(ran)
    assert run("update", "forget", "--journal", desk.journal).succeeded
    assert not desk.journal.exists()
    assert not run("update", "forget", "--journal", desk.secret).succeeded
    assert desk.secret.exists(), "only a journal is erased"


def test_two_runs_at_a_time_are_one_too_many(desk):
    process = desk.start("--yes", 6, "--rate", 60)
    until(lambda: news(desk.relay), 30, "it has begun")
    ran = desk.send("--yes", 5)
    process.kill()
    process.wait()
    assert not ran.succeeded and "Another run" in ran.stderr, str(ran)


def test_a_test_mail_goes_to_the_keeper_alone(world, desk):
    server, relay = world
    desk.write("az", "Azaddırlar", "Hamısı buraxıldı.")
    assert desk.send("--to-me", "keeper@keepers.example").succeeded
    assert len(news(relay)) == len(news_to(relay, "keeper@keepers.example")) == 2
    assert not desk.journal.exists() and not desk.secret.exists()
    assert one_click(server, token(news(relay)[0])).status == 200


@pytest.mark.parametrize(("text", "says"), [
    ("All are out.\n", "begin with the lines"), ("---\nsubject:\n---\nText\n", "needs a subject"),
    ("---\nsubject: A\n---\n\n", "needs a subject"), ("---\ntitle: A\n---\nText\n", "begin with"),
    ("---\nsubject: A\n---\nText\x00\n", "no plain text"), (b"\xff\xfe", "no plain text"),
    ("---\nsubject: A\n---\n" + "x" * 70_000, "64 KiB")])
def test_a_message_that_cannot_be_sent_is_named(desk, text, says):
    file = desk.message / "en.md"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    ran = desk.send("--dry-run")
    assert not ran.succeeded and says in ran.stderr and "en.md" in ran.stderr, str(ran)


def test_a_message_without_the_language_that_others_fall_back_to_is_refused(desk):
    (desk.message / "en.md").rename(desk.message / "az.md")
    desk.write("fr", "Libres", "Tous")
    ran = desk.send("--dry-run")
    assert not ran.succeeded and "en.md" in ran.stderr, str(ran)
    (desk.message / "notes on it.md").write_text("x")
    assert "name it after its language" in desk.send("--dry-run").stderr


def test_a_password_is_not_taken_from_the_command_line(desk):
    ran = desk.send("--yes", 6, "--smtp", "smtp://me:sesame@127.0.0.1:25")
    assert not ran.succeeded and "OUTCRY_SMTP_URL_FILE" in ran.stderr
    assert "sesame" not in ran.stderr


@pytest.mark.parametrize(("change", "says"), [
    ({"origin": "https://rights.example\r\nBcc: x@evil.example"}, "where links lead"),
    ({"origin": "http://evil.example"}, "give https"), ({"origin": None}, "where links lead"),
    ({"organisation": "Rights\r\nBcc: x@evil.example", "titles": {"en": "A\x1b]0;x\x07"}}, None)])
def test_a_head_that_the_server_forged_adds_nothing_to_a_mail(desk, change, says):
    head, rest = desk.export.read_text().split("\n", 1)
    format, description = head.split(" ", 1)
    desk.export = desk.folder / "forged"
    desk.export.write_text(f"{format} {json.dumps(json.loads(description) | change)}\n{rest}")
    ran = desk.send("--yes", 6)
    if says:
        assert not ran.succeeded and says in ran.stderr, str(ran)
        assert not news(desk.relay)
        return
    assert ran.succeeded, str(ran)
    for delivery in news(desk.relay):
        assert "Bcc" not in delivery.message and b"\x1b" not in delivery.raw
        assert "\x1b" not in text_of(delivery.message)


def test_no_address_is_on_the_disk_afterwards_nor_while_it_runs(world, desk):
    server, relay = world
    traits = [part for address in [*ASKED.values(), SILENT] for part in address.split("@")]
    scanner = Scanner(traits)
    seen = []
    desk.relay.on_accepted = lambda delivery: seen.append(
        scanner.in_folders(desk.folder) if delivery.sender.startswith("news") else set())
    try:
        desk.relay.message_answers.append("451 4.3.0 later")
        ran = desk.send("--yes", 6)
    finally:
        desk.relay.on_accepted = lambda delivery: None
    assert ran.succeeded and len(seen) == 6, str(ran)
    assert set().union(*seen) == set(), "while it runs"
    assert scanner.in_folders(desk.folder) == set(), "afterwards"
    assert scanner.in_bytes((ran.stdout + ran.stderr).encode()) == set(), "nor on the screen"
    modes = {file.name: file.stat().st_mode & 0o777 for file in (desk.journal, desk.secret)}
    assert modes == {"journal": 0o600, "secret": 0o600}
    one_click(server, token(news(relay)[0]))
    installation = server.installation
    folders = [installation.data, installation.runtime, installation.log]
    assert scanner.in_folders(*folders) == set(), "nor on the server"
    secret = Scanner(secrets={"token": decoded(token(news(relay)[0]))})
    assert secret.in_folders(*folders, desk.journal) == set(), "nor a token that could be used"
    (desk.folder / "planted").write_text(ASKED["ada"])
    assert scanner.in_folders(desk.folder), "the scan would find one"
