"""Opens an export as the keeper can, with code that is not Outcry's: each record once, so that an
audit after every fault stays cheap. From `Docs/sealing-format.md`."""

import hashlib
import json
from base64 import urlsafe_b64decode
from collections import Counter
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import sealing
from outcry import Keeper


class Reader:
    def __init__(self, keeper: Keeper):
        self._seeds = seeds_of(keeper)
        self._names: dict[str, str] = {}

    def names(self, export: Path) -> Counter:
        """How often each name is in the list; fails for a record that is not what it says."""
        head, *lines, end = export.read_text().splitlines()
        records = [line for line in lines if not line.startswith("unsubscribed ")]
        format, description = head.split(" ", 1)
        assert format == "outcry-export-2", format
        assert end == f"end {len(records)}", "the export is cut off"
        head = json.loads(description)
        action, seed = bytes.fromhex(head["action"]), self._seeds[head["key"]]
        return Counter(self._name(record, action, seed) for record in records)

    def _name(self, line: str, action: bytes, seed: bytes) -> str:
        if line not in self._names:
            kind, record_id, _, _, leaf, sealed = line.split()
            assert kind == "record", kind
            r, r2, pledge = sealing.parse(sealing.open_record(
                [seed], action, bytes.fromhex(record_id), 0, _decoded(sealed)))
            assert sealing.leaf(action, r, sealing.pledge_hash(r2, pledge)).hex() == leaf
            self._names[line] = json.loads(pledge)["name"]
        return self._names[line]


def seeds_of(keeper: Keeper) -> dict[int, bytes]:
    """The private keys of a book, by their number."""
    book = json.loads(keeper.book.read_text())
    stretching = book["scrypt"]
    key = hashlib.scrypt(
        keeper.passphrase.read_text().strip().encode(), salt=bytes.fromhex(stretching["salt"]),
        n=stretching["n"], r=stretching["r"], p=stretching["p"], maxmem=1 << 28, dklen=32)
    header = b"outcry/key-book/v1" + b"".join(
        entry["number"].to_bytes(4, "big") + entry["keyID"].encode() + bytes([entry["destroyed"]])
        for entry in book["keys"])
    sealed = _decoded(book["sealed"])
    plain = AESGCM(key).decrypt(sealed[:12], sealed[12:], header)
    return {int.from_bytes(plain[at:at + 4], "big"): plain[at + 4:at + 36]
            for at in range(0, len(plain), 36)}


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
