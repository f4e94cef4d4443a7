"""The reference case as one story: from the raid to the release, and to what is asked next.

The figures are those of the sources, as they came one after the other in 2017; the days of the
test are not, so the texts are imported as they would have been, version by version.
"""

import json
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from outcry import EXAMPLE, SLUG, Installation, Server, open_export, run, until
from relay import Relay, text_of
from signing import counted, new_address, newest_mail, number_becomes, send_code
from updates import Desk, news_to
from verifying import report
from web import Visitor

PAGE = f"/en/actions/{SLUG}"
LETTER = f"{PAGE}/letter"
LATER = ["commissioner", "turan", "pace"]
"""Sources of October, which nobody had on the day of the raids."""


def first_version(folder: Path) -> Path:
    """What was known at the time: no outcome yet, and only the figures of September."""
    shutil.copytree(EXAMPLE, folder)
    file = folder / "action.yaml"
    text = file.read_text()
    text = text[:text.index("\noutcome:")] + "\n"
    head, claims = text.split("\nclaims:\n")
    claims, events = claims.split("\nevents:\n")
    kept = [claim for claim in re.split(r"(?m)^(?=  - id: )", claims)
            if not any(f"source: {source}\n" in claim + "\n" for source in LATER)]
    dated = [event for event in re.split(r"(?m)^(?=  - date: )", events)
             if not any(f"source: {source}\n" in event + "\n" for source in LATER)]
    file.write_text(f"{head}\nclaims:\n{''.join(kept)}\nevents:\n{''.join(dated)}\n")
    return folder


@pytest.fixture
def world(tmp_path, keepers):
    with Relay() as relay:
        installation = Installation(tmp_path, smtp=relay.url)
        assert installation.init(keepers["first"]).succeeded
        yield installation, relay


def outcry(installation: Installation, *arguments: object) -> str:
    ran = installation.run(*arguments[:2], "--data", installation.data, *arguments[2:])
    assert ran.succeeded, str(ran)
    return ran.stdout + ran.stderr


def printed(response) -> str:
    """The words of a PDF, in one line."""
    ran = subprocess.run(["pdftotext", "-", "-"], input=response.body, capture_output=True,
                         check=True)
    return " ".join(ran.stdout.decode().split())


def figures(visitor: Visitor) -> dict[str, tuple]:
    claims = json.loads(visitor.get(f"{PAGE}.json").text)["claims"]
    return {claim["id"]: (claim["qualifier"], claim["value"]) for claim in claims}


def send_letter(visitor: Visitor, relay: Relay, address: str, name: str, words: str) -> None:
    ready = visitor.submit(visitor.get(LETTER).form("/letter"), name=name, words=words)
    assert ready.status == 200, ready.text
    answer = visitor.follow(
        visitor.submit(ready.form("/letters", having="email"), email=address))
    done = send_code(visitor, answer, newest_mail(relay, address).code)
    assert done.status == 200 and "in line" in done.text, done.text


def test_from_the_raid_to_what_is_asked_next(world, keepers, tmp_path):
    installation, relay = world
    keeper = keepers["first"]

    # 23 September: the raids are a day old. Amnesty's figures are all there is.
    known = first_version(tmp_path / "first" / SLUG)
    outcry(installation, "action", "import", known, "--open")
    with Server(installation) as server:
        visitor = Visitor(server.port)
        assert figures(visitor) == {
            "detained": ("more than", 100), "held": ("at least", 48),
            "detained-ilga": ("at least", 50)}
        assert "has been released" not in visitor.get(PAGE).text

        # People sign: one is ready to be named to the President, one asks to hear how it ends.
        asked = new_address()
        counted(visitor, relay, asked, name="Zoë Šimůnková", show="target", updates="yes",
                country="CZ")
        counted(visitor, relay, new_address(), name="Leyla Məmmədova", country="AZ")
        counted(visitor, relay, new_address(), name="محمد العلي", show="target")
        number_becomes(visitor, 3)

        # The letter is in Azerbaijani, with somebody's own words; one goes by post, one by mail.
        written = {"name": "Zoë Šimůnková", "words": "Píšu Vám jako matka.", "country": "CZ"}
        form = visitor.get(LETTER).form("/letter")
        pdf = printed(visitor.post(f"{LETTER}.pdf", form.fields | written))
        assert "Hörmətli cənab Prezident" in pdf and "Píšu Vám jako matka." in pdf
        assert "AZERBAIJAN" in pdf
        ready = visitor.submit(form, **written)
        assert visitor.submit(ready.form("/letters/posted")).status == 303
        send_letter(visitor, relay, new_address(), "Zoë Šimůnková", "Píšu Vám jako matka.")
        sheet = printed(visitor.get(f"{PAGE}/sheet.pdf"))
        assert "UA 17/2017" in sheet and "more than 100" in sheet
        outcry(installation, "action", "paper", SLUG, "--count", "212", "--note",
               "a stall in Prague")

        # 2 October: the authorities give figures of their own, and everybody is released.
        outcry(installation, "action", "import", EXAMPLE)
        until(lambda: "detained-ministry" in figures(visitor), 10, "the second version is shown")
        assert figures(visitor) == {
            "detained": ("more than", 100), "held": ("at least", 48),
            "detained-ministry": ("exactly", 83), "held-ministry": ("exactly", 56),
            "detained-ilga": ("at least", 50),
            "detained-turan": ("about", 100), "held-turan": ("exactly", 61),
            "detained-pace": ("about", 80), "held-pace": ("some", None)}
        number_becomes(visitor, 3)
        outcry(installation, "action", "close", SLUG, "--outcome", "won")
        until(lambda: "has been released" in visitor.get(PAGE).text, 60, "the end is told")
        ended = visitor.get(PAGE).text
        assert "must now investigate the raids" in " ".join(ended.split())
        assert 'action="/en/actions/baku-2017/signatures"' not in ended
        for name in ("letter.pdf", "sheet.pdf", "petition.pdf"):
            assert "do not send" in printed(visitor.get(f"{PAGE}/{name}")).lower(), name
        assert "STATUS:COMPLETED" in visitor.get(f"{PAGE}/deadline.ics").text

        # What was collected is handed over, and said so where everybody can check it.
        deliver(installation, visitor, keeper, tmp_path)
        tell(installation, relay, keeper, asked, tmp_path)
        assert report(f"{server.origin}/actions/{SLUG}/log")["number"] == 3


def deliver(installation: Installation, visitor: Visitor, keeper, folder: Path) -> None:
    frozen, out = folder / "frozen", folder / "delivery.zip"
    outcry(installation, "delivery", "freeze", SLUG, "--out", frozen)
    ran = run("deliver", "--book", keeper.book, "--passphrase-file", keeper.passphrase, "--in",
              frozen, "--out", out, "--include", "names", "--json")
    assert ran.succeeded, str(ran)
    said = json.loads(ran.stdout)
    with zipfile.ZipFile(out) as file:
        file.extractall(folder / "unpacked")
    letter = subprocess.run(["pdftotext", folder / "unpacked" / "letter-president.pdf", "-"],
                            capture_output=True, check=True, text=True).stdout
    assert "Zoë Šimůnková" in letter and "Leyla" not in letter
    outcry(installation, "delivery", "record", SLUG, "--hash", said["sha256"], "--to",
           "president", "--include", "names")
    outcry(installation, "delivery", "receipt", SLUG, "--on", "2017-10-06", "--to", "president",
           "--result", "received", "--by", "the registry of the office", "--state")
    until(lambda: "the registry of the office" in visitor.get(PAGE).text, 30, "it is on the page")
    action = json.loads(visitor.get(f"{PAGE}.json").text)
    assert action["state"] == "delivered"
    assert said["sha256"] in visitor.get(f"/actions/{SLUG}/log/statements.json").text


def tell(installation: Installation, relay: Relay, keeper, asked: str, folder: Path) -> None:
    """6 October: those who asked hear how it ended, and what is asked now."""
    desk = Desk(folder / "desk", keeper, relay, installation.export("last"))
    desk.write("en", "All are released",
               "Everyone who was held in Baku has been released. Azerbaijan must now investigate.")
    ran = desk.send("--yes", 1)
    assert ran.succeeded, str(ran)
    [mail] = news_to(relay, asked)
    assert "must now investigate" in text_of(mail.message)
    assert open_export(installation.export("again"), keeper).names.count("Leyla Məmmədova") == 1
