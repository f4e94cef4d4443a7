"""Outcry's sealed record, version 1, from `Docs/sealing-format.md` and nothing of Outcry's code.

    record     "OS1" (3) | suite = 2 (1) | key id (8) | encapsulation (1120) | ciphertext
    info       "outcry/seal/v1" | 0x00 | action id (16) | key id (8)
    aad        record id (16) | recipient (1)
    plaintext  r (32) | r2 (32) | length (2) | pledge | zeros, padded to 1,536 or 4,096 bytes

With a second keeper the inner record, as it is, is the plaintext of an outer one.

    reply      the same with the label "outcry/reply/v1", the reply's id in the record's place
    plaintext  length (2) | reply | zeros, padded to 16,384 bytes
"""

from base64 import b32encode
from hashlib import sha256

import hpke
import xwing

MAGIC, SUITE = b"OS1", 2
SIZES = (1536, 4096)
REPLY_SIZE = 16_384
RECORD, REPLY = b"outcry/seal/v1", b"outcry/reply/v1"
HEAD = len(MAGIC) + 1 + 8


def key_id(public: bytes) -> bytes:
    return sha256(bytes([SUITE]) + public).digest()[:8]


def info(action_id: bytes, key: bytes, label: bytes = RECORD) -> bytes:
    return label + b"\x00" + action_id + key


def aad(record_id: bytes, recipient: int) -> bytes:
    return record_id + bytes([recipient])


def plaintext(r: bytes, r2: bytes, pledge: bytes, size: int) -> bytes:
    text = r + r2 + len(pledge).to_bytes(2, "big") + pledge
    assert len(text) <= size
    return text.ljust(size, b"\x00")


def parse(text: bytes) -> tuple[bytes, bytes, bytes]:
    """r, r2 and the pledge; whatever follows the pledge must be zeros."""
    assert len(text) in SIZES, len(text)
    length = int.from_bytes(text[64:66], "big")
    pledge, padding = text[66:66 + length], text[66 + length:]
    assert len(pledge) == length and not any(padding)
    return text[:32], text[32:64], pledge


def reply_plaintext(reply: bytes) -> bytes:
    text = len(reply).to_bytes(2, "big") + reply
    assert len(text) <= REPLY_SIZE
    return text.ljust(REPLY_SIZE, b"\x00")


def parse_reply(text: bytes) -> bytes:
    """The reply; whatever follows it must be zeros."""
    assert len(text) == REPLY_SIZE, len(text)
    length = int.from_bytes(text[:2], "big")
    reply, padding = text[2:2 + length], text[2 + length:]
    assert len(reply) == length and not any(padding)
    return reply


def seal(
    public: bytes, action_id: bytes, record_id: bytes, recipient: int, text: bytes,
    label: bytes = RECORD
) -> bytes:
    key = key_id(public)
    encapsulation, ciphertext = hpke.seal(
        public, info(action_id, key, label), aad(record_id, recipient), text)
    return MAGIC + bytes([SUITE]) + key + encapsulation + ciphertext


def open_record(
    seeds: list[bytes], action_id: bytes, record_id: bytes, recipient: int, record: bytes,
    label: bytes = RECORD
) -> bytes:
    """Peels one layer for each keeper, whichever key it names, down to the plaintext."""
    by_id = {key_id(xwing.SecretKey(seed).public): seed for seed in seeds}
    for _ in seeds:
        assert record[:4] == MAGIC + bytes([SUITE]), "not a sealed record"
        key = record[4:HEAD]
        body = record[HEAD:]
        record = hpke.open_sealed(
            by_id.pop(key), body[:xwing.ENCAPSULATION], info(action_id, key, label),
            aad(record_id, recipient), body[xwing.ENCAPSULATION:])
    return record


def pledge_hash(r2: bytes, pledge: bytes) -> bytes:
    return sha256(r2 + pledge).digest()


def leaf(action_id: bytes, r: bytes, h: bytes) -> bytes:
    return sha256(b"outcry/leaf/v1" + action_id + r + h).digest()


def secrets_of(s: bytes) -> dict[str, bytes]:
    """What the mailed secret leads to."""
    return {
        "pending_id": hpke.derive(s, "outcry/pending/id"),
        "pending_key": hpke.derive(s, "outcry/pending/key"),
        "again_key": hpke.derive(s, "outcry/again"),
    }


def secrets_of_withdrawal(w: bytes) -> dict[str, bytes]:
    """What the withdrawal code leads to; the look-up is in the database and in the ledger."""
    withdraw = hpke.derive(w, "outcry/withdraw")
    return {
        "withdraw": withdraw,
        "lookup": sha256(withdraw).digest(),
        "receipt_key": hpke.derive(w, "outcry/receipt"),
    }


def withdrawal_code(w: bytes) -> str:
    return b32encode(w).decode().rstrip("=")
