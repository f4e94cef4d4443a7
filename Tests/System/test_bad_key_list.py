"""What is brought to the server in a key list's place is refused with its reason and not kept."""

import json
import os
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path

import pytest

from outcry import Installation, Keeper, Ran

LOW_ORDER = [
    "00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f", "ed" + "ff" * 30 + "7f",
    "ee" + "ff" * 30 + "7f", "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
    "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"]
"""Points of X25519 with which every secret is the same: anybody could open what is sealed."""


def listed(keeper: Keeper) -> dict:
    return json.loads(keeper.key_list.read_text())


def with_key(keeper: Keeper, change) -> bytes:
    """The list with another first key."""
    whole = listed(keeper)
    key = urlsafe_b64decode(whole["keys"][0]["publicKey"] + "==")
    whole["keys"][0]["publicKey"] = urlsafe_b64encode(change(key)).decode().rstrip("=")
    return json.dumps(whole).encode()


def with_list(keeper: Keeper, change) -> bytes:
    whole = listed(keeper)
    return json.dumps(change(whole)).encode()


def renumbered(keeper: Keeper, *numbers: object) -> bytes:
    return with_list(keeper, lambda whole: whole | {"keys": [
        entry | {"number": number} for entry, number in zip(whole["keys"], numbers)]})


WRONG = {
    "nothing": lambda keeper: b"", "no JSON": lambda keeper: b"hello",
    "noise": lambda keeper: os.urandom(3_000), "deep": lambda keeper: b"[" * 1_000_000,
    "null": lambda keeper: b"null", "a list": lambda keeper: b"[]",
    "no keys": lambda keeper: with_list(keeper, lambda whole: whole | {"keys": []}),
    "another format": lambda keeper: with_list(keeper, lambda whole: whole | {"format": "x"}),
    "all zeros": lambda keeper: with_key(keeper, lambda key: bytes(len(key))),
    "all ones": lambda keeper: with_key(keeper, lambda key: b"\xff" * len(key)),
    "lattice numbers too large": lambda keeper: with_key(
        keeper, lambda key: b"\xff" * 1184 + key[1184:]),
    "one byte less": lambda keeper: with_key(keeper, lambda key: key[:-1]),
    "one byte more": lambda keeper: with_key(keeper, lambda key: key + b"\0"),
    "an empty key": lambda keeper: with_key(keeper, lambda key: b""),
    "a seed in its place": lambda keeper: with_key(keeper, lambda key: key[:32]),
    "no base64": lambda keeper: with_list(keeper, lambda whole: whole | {"keys": [
        {"number": 1, "publicKey": "%" * 1622}]}),
    "the same key twice": lambda keeper: with_list(keeper, lambda whole: whole | {"keys": [
        entry | {"publicKey": whole["keys"][0]["publicKey"]} for entry in whole["keys"]]}),
    "numbers with a gap": lambda keeper: renumbered(keeper, 1, 2, 4),
    "numbers from nought": lambda keeper: renumbered(keeper, 0, 1, 2),
    "one number twice": lambda keeper: renumbered(keeper, 1, 1, 2),
    "numbers turned round": lambda keeper: renumbered(keeper, 3, 2, 1),
    "numbers below nought": lambda keeper: renumbered(keeper, -1, 2, 3),
    "numbers in parts": lambda keeper: renumbered(keeper, 1.5, 2, 3),
} | {f"a point of low order, {number}": lambda keeper, point=point: with_key(
    keeper, lambda key: key[:1184] + bytes.fromhex(point))
    for number, point in enumerate(LOW_ORDER)
} | {f"a point of low order, {number}, written otherwise": lambda keeper, point=point: with_key(
    keeper, lambda key: key[:1184] + bytes.fromhex(point[:62]) + bytes([int(point[62:], 16) | 128]))
    for number, point in enumerate(LOW_ORDER)}

PRIVATE = {
    **{kind: f"-----BEGIN {kind}-----\n{{}}\n-----END {kind}-----\n" for kind in (
        "PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK")},
    "JSON Web Key": '{{"kty":"OKP","crv":"X25519","d":"{}","x":"AAAA"}}',
    "age": "AGE-SECRET-KEY-1{}", "a bare seed": "{}",
}


def init(installation: Installation, *lists: Path) -> Ran:
    return installation.run(
        "init", "--data", installation.data, "--organisation", "Example Rights Network",
        "--origin", installation.origin, *(part for list in lists for part in ("--key-list", list)))


def check_refused(ran: Ran, installation: Installation, keeper: Keeper) -> None:
    """With a reason, and nothing in the way of the right list."""
    assert not ran.succeeded and ran.code > 0, str(ran)
    assert ran.stderr.strip() and "Fatal error" not in ran.stderr, ran.stderr
    assert re.search("key|list", ran.stderr) and len(ran.stderr) < 1_000, ran.stderr
    assert installation.init(keeper).succeeded, "the refusal left something behind"


@pytest.mark.parametrize("what", WRONG)
def test_a_list_that_is_none_is_refused_with_its_reason(tmp_path, keeper, what):
    installation = Installation(tmp_path / "server")
    file = tmp_path / "list"
    file.write_bytes(WRONG[what](keeper))
    check_refused(init(installation, file), installation, keeper)


@pytest.mark.parametrize("what", PRIVATE)
def test_a_private_key_is_refused_and_neither_kept_nor_shown(tmp_path, keeper, what):
    installation = Installation(tmp_path / "server")
    secret = os.urandom(32).hex()
    file = tmp_path / "list"
    file.write_text(PRIVATE[what].format(secret))
    ran = init(installation, file)
    check_refused(ran, installation, keeper)
    assert secret not in ran.stdout + ran.stderr
    kept = [path for path in (tmp_path / "server").rglob("*")
            if path.is_file() and secret.encode() in path.read_bytes()]
    assert not kept
    if "PRIVATE KEY" in PRIVATE[what]:
        assert "private" in ran.stderr, "it says that this must never come to the server"


def test_a_private_key_beside_the_public_ones_is_refused(tmp_path, keeper):
    installation = Installation(tmp_path / "server")
    secret = os.urandom(32).hex()
    file = tmp_path / "list"
    file.write_bytes(with_list(keeper, lambda whole: whole | {
        "comment": f"-----BEGIN PRIVATE KEY-----\n{secret}"}))
    ran = init(installation, file)
    check_refused(ran, installation, keeper)
    assert "private" in ran.stderr and secret not in ran.stderr


def test_two_lists_must_be_two_and_equally_long(tmp_path, keepers):
    keeper = keepers["first"]
    for others in ([keeper, keeper], [keeper, keepers["lone"]],
                   [keeper, keepers["second"], keepers["stranger"]]):
        installation = Installation(tmp_path / f"server-{len(list(tmp_path.iterdir()))}")
        ran = init(installation, *(other.key_list for other in others))
        check_refused(ran, installation, keeper)


def test_a_list_that_is_not_there_is_said_not_to_be(tmp_path, keeper):
    installation = Installation(tmp_path / "server")
    for missing in (tmp_path / "nowhere", tmp_path):
        check_refused_once(init(installation, missing), str(missing))
    assert installation.init(keeper).succeeded


def check_refused_once(ran: Ran, path: str) -> None:
    assert not ran.succeeded and path in ran.stderr, str(ran)
