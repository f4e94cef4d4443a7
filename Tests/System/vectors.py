"""Reading and writing the vectors under `Tests/Vectors`.

A file holds cases anywhere in its JSON; a case is known by its fields:

    one keeper    seed, public_key, action_id, record_id, recipient, sealed, plaintext,
                  r, r2, pledge, leaf, h
    two keepers   the same, but `keepers`: [{seed, public_key}, {seed, public_key}] in place of
                  seed and public_key; the first seals the inner record, the second the outer
    secrets       s, pending_id, pending_key, again_key; and
                  w, code, withdraw, lookup, receipt_key (together or in cases of their own)

All are hexadecimal, but for `recipient` (a number), `pledge` and `code` (text).
"""

import json
from dataclasses import dataclass, field
from pathlib import Path

import sealing
import xwing


class Case(dict):
    @property
    def seeds(self) -> list[bytes]:
        return [key["seed"] for key in self.get("keepers", [self])]


@dataclass
class Cases:
    records: list[Case] = field(default_factory=list)
    two_keepers: list[Case] = field(default_factory=list)
    secrets: list[Case] = field(default_factory=list)

    def keys(self) -> list[dict]:
        return self.records + [key for case in self.two_keepers for key in case["keepers"]]


def read(path: Path) -> Cases:
    assert path.exists(), f"{path} is missing"
    cases = Cases()
    _collect(json.loads(path.read_text()), cases)
    return cases


def _collect(value: object, cases: Cases) -> None:
    if isinstance(value, dict):
        if "sealed" in value:
            kind = cases.two_keepers if "keepers" in value else cases.records
            kind.append(_decoded(value))
        elif "s" in value or "w" in value:
            cases.secrets.append(_decoded(value))
        else:
            _collect(list(value.values()), cases)
    elif isinstance(value, list):
        for element in value:
            _collect(element, cases)


def _decoded(case: dict) -> Case:
    return Case({name: _decoded_field(name, value) for name, value in case.items()})


def _decoded_field(name: str, value: object) -> object:
    if name == "keepers":
        return [_decoded(keeper) for keeper in value]
    if name == "pledge":
        return value.encode()
    if name in ("recipient", "code", "note", "name"):
        return value
    return bytes.fromhex(value)


def record_case(
    seeds: list[bytes], action_id: bytes, record_id: bytes, recipient: int,
    r: bytes, r2: bytes, pledge: str, size: int
) -> dict:
    """A case sealed here, as the file holds it."""
    keys = [{"seed": seed.hex(), "public_key": xwing.SecretKey(seed).public.hex()}
            for seed in seeds]
    text = sealing.plaintext(r, r2, pledge.encode(), size)
    sealed = text
    for key in keys:
        sealed = sealing.seal(
            bytes.fromhex(key["public_key"]), action_id, record_id, recipient, sealed)
    h = sealing.pledge_hash(r2, pledge.encode())
    return {
        **(keys[0] if len(keys) == 1 else {"keepers": keys}),
        "action_id": action_id.hex(), "record_id": record_id.hex(), "recipient": recipient,
        "r": r.hex(), "r2": r2.hex(), "pledge": pledge, "h": h.hex(),
        "leaf": sealing.leaf(action_id, r, h).hex(),
        "plaintext": text.hex(), "sealed": sealed.hex(),
    }


def secrets_case(s: bytes, w: bytes) -> dict:
    derived = {**sealing.secrets_of(s), **sealing.secrets_of_withdrawal(w)}
    return {"s": s.hex(), "w": w.hex(), "code": sealing.withdrawal_code(w),
            **{name: value.hex() for name, value in derived.items()}}
