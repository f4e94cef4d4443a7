"""What the one who runs the machine uses: settings, health, measures, check, doctor, backups."""

import json
import os
import shutil
import sqlite3
import subprocess
import urllib.error
from pathlib import Path
from urllib.request import urlopen

import pytest

from outcry import SLUG, Installation, Server, free_port, open_export, until
from signing import counted, new_address, number, number_becomes, send_form
from web import Visitor


def count_one(server: Server, relay, name: str = "Ada") -> None:
    counted(Visitor(server.port), relay, new_address(), name=name)


def lines(ran) -> dict[str, str]:
    return {line.split("=")[0]: line for line in ran.stdout.splitlines()}


def test_settings_come_from_flag_environment_and_file_in_this_order(tmp_path, installation):
    file = tmp_path / "outcry.conf"
    file.write_text("# ours\nOUTCRY_LISTEN=127.0.0.1:9000\nOUTCRY_SIGN_LIMIT = 7\n\n"
                    "OUTCRY_SMTP_URL=smtp://me:hunter2@127.0.0.1:2525\n"
                    'OUTCRY_MAIL_FROM="from@file.example"\n')
    installation.environment |= {"OUTCRY_SETTINGS": str(file)}
    found = lines(installation.run("settings", "--data", installation.data))
    assert "127.0.0.1:9000" in found["OUTCRY_LISTEN"] and str(file) in found["OUTCRY_LISTEN"]
    assert "=7\t" in found["OUTCRY_SIGN_LIMIT"]
    # The environment wins over the file, and secrets are hidden in either.
    assert "# environment" in found["OUTCRY_MAIL_FROM"]
    assert "hunter2" not in str(found)
    secret = tmp_path / "secret"
    secret.write_text("smtp://me:sesame@127.0.0.1:25\n")
    installation.environment.pop("OUTCRY_SMTP_URL")
    file.write_text(f"OUTCRY_SMTP_URL_FILE={secret}\n")
    ran = installation.run("settings", "--data", installation.data, "--json")
    [url] = [line for line in json.loads(ran.stdout) if line["name"] == "OUTCRY_SMTP_URL"]
    assert url["from"] == str(secret) and "sesame" not in url["value"]


@pytest.mark.parametrize("line, says", [
    ("OUTCRY_LISTNE=x", "there is no setting OUTCRY_LISTNE"), ("hello", "write KEY=value"),
    ("OUTCRY_SIGN_LIMIT=many", "give a whole number"),
    ("OUTCRY_METRICS_LISTEN=0.0.0.0:9464", "it is for this machine"),
])
def test_a_setting_that_cannot_be_used_is_named(tmp_path, installation, line, says):
    file = tmp_path / "outcry.conf"
    file.write_text(f"# ours\n{line}\n")
    installation.environment |= {"OUTCRY_SETTINGS": str(file)}
    ran = installation.run("settings", "--data", installation.data)
    assert not ran.succeeded and says in ran.stderr


def test_health_readiness_and_measures_without_a_name(installation, relay):
    port = free_port()
    installation.environment |= {"OUTCRY_METRICS_LISTEN": f"127.0.0.1:{port}"}
    with Server(installation) as server:
        for path, text in (("/healthz", b"ok\n"), ("/readyz", b"ready\n")):
            with urlopen(server.origin + path) as answer:
                assert answer.read() == text
        count_one(server, relay)
        number_becomes(Visitor(server.port), 1)
        with urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        assert 'outcry_signatures_total{event="confirmed"} 1' in text
        assert f'outcry_counted_signatures{{action="{SLUG}"}} 1' in text
        assert 'route="/{lang}/actions/{slug}/signatures",status="303"} 1' in text
        commits = [line for line in text.splitlines() if line.startswith("outcry_commits_total")]
        assert int(commits[0].split()[1]) >= 2
        assert "Ada" not in text and "@" not in text
        with pytest.raises(urllib.error.HTTPError):
            urlopen(server.origin + "/metrics")


def test_not_ready_once_too_many_wait(installation):
    installation.environment |= {"OUTCRY_PENDING_LIMIT": "1"}
    with Server(installation) as server:
        assert send_form(Visitor(server.port), new_address(), name="Ada").status == 303
        with pytest.raises(urllib.error.HTTPError) as refused:
            urlopen(server.origin + "/readyz")
        assert refused.value.code == 503 and b"wait for confirmation" in refused.value.read()


def test_a_recount_is_clean_and_finds_what_was_tampered_with(installation, server, relay):
    for name in ("Ada", "Leyla", "Rashad"):
        count_one(server, relay, name)
    number_becomes(Visitor(server.port), 3)
    ran = installation.run("check", "--data", installation.data, "--json")
    found = json.loads(ran.stdout)
    assert ran.succeeded and found["ok"], str(ran)
    assert found["actions"] == [{"slug": SLUG, "state": "open", "number": 3, "records": 3, "replies": 0,
                                 "size": 4, "waiting": 0}]
    server.stop()
    with sqlite3.connect(installation.data / "outcry.sqlite") as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    for spoil, says in (
            ("UPDATE record SET tag = NULL WHERE tag = (SELECT min(tag) FROM record)", "fingerprints"),
            ("UPDATE record SET leaf = zeroblob(32)", "not the entries at their places"),
            ("DELETE FROM ledger_place", "in no ledger"),
            ("UPDATE ledger_tile SET content = zeroblob(length(content)) WHERE level = 0",
             "is not what the entries give")):
        before = installation.data / "outcry.sqlite"
        kept = before.read_bytes()
        with sqlite3.connect(before) as database:
            database.execute(spoil)
        database.close()
        ran = installation.run("check", "--data", installation.data)
        assert ran.code == 1 and says in ran.stdout, str(ran)
        for end in ("-wal", "-shm"):
            Path(f"{before}{end}").unlink(missing_ok=True)
        before.write_bytes(kept)
    server.start()


def test_a_lost_key_is_seen_before_it_is_missed(installation):
    (installation.credentials / "dedupe-001").unlink()
    ran = installation.run("check", "--data", installation.data)
    assert ran.code == 1 and f"dedupe-1, the key of {SLUG}, is missing" in ran.stdout


def test_the_doctor_names_the_remedy(installation, relay):
    ran = installation.run("doctor", "--data", installation.data, "--json")
    found = {line["name"]: line for line in json.loads(ran.stdout)}
    assert found["relay"] == {"name": "relay", "ok": True, "text": "answers"}
    assert found["data folder"]["ok"] and found["credentials"]["ok"] and found["key list"]["ok"]
    os.chmod(installation.data, 0o755)
    (installation.data / "book").write_text('{"format": "outcry-key-book"}')
    installation.environment |= {"OUTCRY_SMTP_URL": f"smtp://127.0.0.1:{free_port()}"}
    ran = installation.run("doctor", "--data", installation.data)
    assert ran.code == 1
    assert f"RED data folder: open to others: chmod 700 {installation.data}" in ran.stdout
    assert "RED relay: it does not answer well" in ran.stdout
    assert "RED private keys" in ran.stdout and "move the" in ran.stdout


def test_the_doctor_sends_a_mail_where_told(installation, relay):
    installation.run("doctor", "--data", installation.data, "--mail-to", "admin@rights.example")
    mail = until(lambda: relay.mails_to("admin@rights.example"), 10, "the mail")
    assert "outcry doctor" in mail[0].text


@pytest.fixture
def identity(tmp_path: Path) -> tuple[Path, str]:
    """A file with an age identity, and its recipient."""
    file = tmp_path / "identity"
    done = subprocess.run(["age-keygen", "-o", file], capture_output=True, text=True, check=True)
    return file, done.stderr.split()[-1]


def test_a_backup_of_a_running_server_opens_recounts_and_restores(
        installation, server, relay, keeper, identity, tmp_path):
    file, recipient = identity
    count_one(server, relay, "Ada Canary-Lovelace")
    out = tmp_path / "backup.age"
    ran = installation.run(
        "backup", "create", "--data", installation.data, "--recipient", recipient, "--out", out)
    assert ran.succeeded, str(ran)
    assert out.read_bytes().startswith(b"age-encryption.org/v1")
    count_one(server, relay, "Leyla")
    assert installation.run("backup", "verify", "--in", out, "--identity", file).succeeded
    number_becomes(Visitor(server.port), 2)
    server.kill()
    elsewhere = tmp_path / "restored"
    ran = installation.run(
        "backup", "restore", "--in", out, "--identity", file, "--data", elsewhere)
    assert ran.succeeded, str(ran)
    assert sorted(path.name for path in elsewhere.iterdir()) == ["outcry.sqlite", "restored"]
    published, installation.data = installation.data / "ledger", elsewhere
    assert open_export(installation.export(), keeper).names == ["Ada Canary-Lovelace"]
    assert installation.run("check", "--data", elsewhere).succeeded
    # A second restore finds an installation, and leaves it alone.
    ran = installation.run(
        "backup", "restore", "--in", out, "--identity", file, "--data", elsewhere)
    assert not ran.succeeded and "holds an installation" in ran.stderr

    # It does not start before it has seen what people were shown since the backup.
    start = "serve", "--data", elsewhere, "--listen", "127.0.0.1:0"
    refused = installation.run(*start)
    assert not refused.succeeded and "are not here" in refused.stderr, str(refused)
    shutil.copytree(published, elsewhere / "ledger")
    refused = installation.run(*start)
    assert not refused.succeeded and "older than what was published" in refused.stderr
    refetched = installation.run("ledger", "refetch", "--data", elsewhere, SLUG)
    assert refetched.succeeded, str(refetched)
    server.start()
    assert not (elsewhere / "restored").exists()


def test_a_restore_without_what_was_published_must_be_told_so(installation, server, identity, tmp_path):
    file, recipient = identity
    out = tmp_path / "backup.age"
    number(Visitor(server.port))
    assert installation.run("backup", "create", "--data", installation.data, "--recipient",
                            recipient, "--out", out).succeeded
    server.stop()
    installation.data = tmp_path / "restored"
    assert installation.run("backup", "restore", "--in", out, "--identity", file, "--data",
                            installation.data).succeeded
    refetch = "ledger", "refetch", "--data", installation.data, SLUG
    assert "is no folder" in installation.run(*refetch).stderr
    ran = installation.run(*refetch, "--lost")
    assert ran.succeeded and "goes on from the backup" in ran.stderr, str(ran)
    assert not installation.run(*refetch, "--lost").succeeded, "there is nothing more to give up"
    server.start()


def test_a_backup_that_was_changed_or_is_none_is_refused(installation, identity, tmp_path):
    file, recipient = identity
    out = tmp_path / "backup.age"
    assert installation.run("backup", "create", "--data", installation.data, "--recipient",
                            recipient, "--out", out).succeeded
    assert not installation.run("backup", "create", "--data", installation.data, "--recipient",
                                recipient, "--out", out).succeeded, "it never overwrites"
    spoiled = bytearray(out.read_bytes())
    spoiled[len(spoiled) // 2] ^= 1
    out.write_bytes(spoiled)
    assert not installation.run("backup", "verify", "--in", out, "--identity", file).succeeded
    other = tmp_path / "other.age"
    subprocess.run(["age", "-r", recipient, "-o", other], input=b"hello", check=True)
    ran = installation.run("backup", "verify", "--in", other, "--identity", file)
    assert not ran.succeeded and "no database of Outcry" in ran.stderr
    ran = installation.run("backup", "create", "--data", installation.data, "--recipient",
                           "age1nonsense", "--out", tmp_path / "third.age")
    assert not ran.succeeded and not (tmp_path / "third.age").exists()
    leftovers = [path.name for path in installation.data.iterdir() if "backup" in path.name]
    assert leftovers == []
