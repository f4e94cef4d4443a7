"""Replies that supporters hand in: the form, the commands, and their file read with our own code."""

import json
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from pathlib import Path

import sealing
from faults.records import seeds_of
from outcry import SLUG, Installation, Keeper, Ran, run
from web import Response, Visitor

PATH = f"/en/actions/{SLUG}/replies"


def hand_in(visitor: Visitor, text: str, **fields: str) -> Response:
    form = visitor.get(f"{PATH}/new").form("/replies", having="reply")
    return visitor.submit(form, reply=text, **fields)


def export(installation: Installation, name: str = "replies", *options: str) -> Path:
    out = installation.folder / name
    ran = installation.run(
        "replies", "export", "--data", installation.data, SLUG, "--out", out, *options)
    assert ran.succeeded, str(ran)
    return out


@dataclass
class OpenedReplies:
    ran: Ran
    text: str | None

    @property
    def rows(self) -> list[dict]:
        return json.loads(self.text)


def open_replies(file: Path, *keepers: Keeper, format: str = "json") -> OpenedReplies:
    out = file.with_name(f"{file.name}-opened.{format}")
    books = [part for keeper in keepers
             for part in ("--book", keeper.book, "--passphrase-file", keeper.passphrase)]
    ran = run("replies", "open", *books, "--in", file, "--out", out, "--format", format)
    return OpenedReplies(ran, out.read_text() if out.exists() else None)


def opened_by_ourselves(file: Path, keeper: Keeper) -> list[dict]:
    """From `Docs/sealing-format.md`, with nothing of Outcry's code."""
    head, *lines, end = file.read_text().splitlines()
    format, description = head.split(" ", 1)
    assert format == "outcry-replies-1" and end == f"end {len(lines)}"
    description = json.loads(description)
    action, seed = bytes.fromhex(description["action"]), seeds_of(keeper)[description["key"]]
    replies = []
    for line in lines:
        kind, reply, _, sealed = line.split()
        assert kind == "reply"
        plain = sealing.open_record(
            [seed], action, bytes.fromhex(reply), 0,
            urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)), sealing.REPLY)
        replies.append(json.loads(sealing.parse_reply(plain)))
    return replies
