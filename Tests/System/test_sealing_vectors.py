"""Sealed records against an implementation that is not ours (`sealing.py`, `hpke.py`, `xwing.py`).

`Tests/Vectors/sealing.json` was written by the Swift code and is opened here;
`Tests/Vectors/python-sealed.json` was written by `Scripts/python-vectors` and is opened by the
Swift tests. Both have the same fields, see `Scripts/python-vectors`.
"""

import json
import os
from hashlib import sha256, shake_256
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke as librarys_hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

import hpke
import sealing
import vectors
import xwing

HERE = Path(__file__).parent
VECTORS = HERE.parent / "Vectors"
FILES = ["sealing.json", "python-sealed.json"]


@pytest.fixture(params=FILES)
def cases(request) -> vectors.Cases:
    return vectors.read(VECTORS / request.param)


def draft(name: str) -> dict:
    """A published vector: hexadecimal fields as bytes."""
    fields = json.loads((HERE / "published" / name).read_text())
    return {key: value if key in ("source", "kem_id") else bytes.fromhex(value)
            for key, value in fields.items()}


# Our Python first: a reader of vectors that is wrong proves nothing.


def test_our_x_wing_is_the_drafts():
    vector = draft("xwing.json")
    secret = xwing.SecretKey(vector["seed"])
    assert secret.public == vector["pk"]
    assert secret.decapsulate(vector["ct"]) == vector["ss"]


def test_our_x_wing_encapsulates_for_the_drafts_key():
    vector = draft("xwing.json")
    secret, encapsulation = xwing.encapsulate(vector["pk"])
    assert xwing.SecretKey(vector["seed"]).decapsulate(encapsulation) == secret


def test_our_key_schedule_is_rfc_9180s():
    vector = draft("hpke.json")
    schedule = hpke.KeySchedule(vector["kem_id"], vector["shared_secret"], vector["info"])
    assert schedule.key == vector["key"]
    assert schedule.base_nonce == vector["base_nonce"]
    assert schedule.open(vector["aad"], vector["ciphertext"]) == vector["plaintext"]
    assert schedule.seal(vector["aad"], vector["plaintext"]) == vector["ciphertext"]


def test_our_hpke_and_the_librarys_open_each_other():
    """A third implementation: `cryptography` has the whole suite, though without `aad`."""
    seed = os.urandom(xwing.SEED)
    expanded = shake_256(seed).digest(96)
    theirs = librarys_hpke.MLKEM768X25519PrivateKey(
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]))
    suite = librarys_hpke.Suite(
        librarys_hpke.KEM.MLKEM768_X25519, librarys_hpke.KDF.HKDF_SHA256,
        librarys_hpke.AEAD.AES_256_GCM)
    encapsulation, ciphertext = hpke.seal(xwing.SecretKey(seed).public, b"info", b"", b"ours")
    assert suite.decrypt(encapsulation + ciphertext, theirs, b"info") == b"ours"
    sealed = suite.encrypt(b"theirs", theirs.public_key(), b"info")
    enc, text = sealed[:xwing.ENCAPSULATION], sealed[xwing.ENCAPSULATION:]
    assert hpke.open_sealed(seed, enc, b"info", b"", text) == b"theirs"


def test_vectors_of_every_kind_are_there(cases):
    assert cases.records, "no record with one keeper"
    assert cases.two_keepers, "no record with two keepers"
    assert cases.secrets, "no derived secrets"
    sizes = {len(case["plaintext"]) for case in cases.records + cases.two_keepers}
    assert sizes == set(sealing.SIZES), "both sizes of record are wanted"


def test_the_public_key_is_the_seeds(cases):
    for key in cases.keys():
        assert xwing.SecretKey(key["seed"]).public == key["public_key"]


def test_every_record_opens_to_its_plaintext(cases):
    for case in cases.records + cases.two_keepers:
        opened = sealing.open_record(
            case.seeds, case["action_id"], case["record_id"], case["recipient"], case["sealed"])
        assert opened == case["plaintext"]


def test_the_plaintext_is_laid_out_as_documented(cases):
    for case in cases.records + cases.two_keepers:
        r, r2, pledge = sealing.parse(case["plaintext"])
        assert (r, r2, pledge) == (case["r"], case["r2"], case["pledge"])
        assert isinstance(json.loads(pledge)["name"], str)


def test_hash_and_leaf_are_as_documented(cases):
    for case in cases.records + cases.two_keepers:
        assert sealing.pledge_hash(case["r2"], case["pledge"]) == case["h"]
        assert sealing.leaf(case["action_id"], case["r"], case["h"]) == case["leaf"]


def test_the_lengths_tell_nothing(cases):
    layer = sealing.HEAD + xwing.ENCAPSULATION + 16
    for case in cases.records + cases.two_keepers:
        assert len(case["sealed"]) == len(case["plaintext"]) + layer * len(case.seeds)


def test_the_second_keeper_is_another_one_and_seals_last(cases):
    for case in cases.two_keepers:
        first, second = case["keepers"]
        assert sealing.key_id(second["public_key"]) == case["sealed"][4:sealing.HEAD]
        assert sealing.key_id(first["public_key"]) != sealing.key_id(second["public_key"])


def test_secrets_are_derived_as_documented(cases):
    for case in cases.secrets:
        if "s" in case:
            expected = sealing.secrets_of(case["s"])
            assert {name: case[name] for name in expected} == expected
        if "w" in case:
            expected = sealing.secrets_of_withdrawal(case["w"])
            assert {name: case[name] for name in expected} == expected
            assert case["code"] == sealing.withdrawal_code(case["w"])
    assert any("s" in case for case in cases.secrets)
    assert any("w" in case for case in cases.secrets)


@pytest.mark.parametrize("field", ["action_id", "record_id", "recipient"])
def test_a_record_opens_in_its_own_place_only(cases, field):
    """A record that is moved to another action, row or recipient does not open."""
    for case in cases.records + cases.two_keepers:
        place = {name: case[name] for name in ("action_id", "record_id", "recipient")}
        other = place[field] + 1 if field == "recipient" else sha256(place[field]).digest()[:16]
        place[field] = other
        with pytest.raises(InvalidTag):
            sealing.open_record(
                case.seeds, place["action_id"], place["record_id"], place["recipient"],
                case["sealed"])


@pytest.mark.parametrize("at", [sealing.HEAD, sealing.HEAD + xwing.ENCAPSULATION, -1])
def test_a_changed_record_does_not_open(cases, at):
    for case in cases.records + cases.two_keepers:
        changed = bytearray(case["sealed"])
        changed[at] ^= 1
        with pytest.raises(InvalidTag):
            sealing.open_record(
                case.seeds, case["action_id"], case["record_id"], case["recipient"],
                bytes(changed))
