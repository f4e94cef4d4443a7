"""HPKE (RFC 9180) in base mode with HKDF-SHA256 and AES-256-GCM, one message a context.

Written from the RFC. `KeySchedule` takes any KEM's shared secret, so that it can be checked
against the RFC's vectors; `seal` and `open_sealed` use X-Wing.
"""

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import xwing

KDF_ID, AEAD_ID = 1, 2
MODE_BASE = b"\x00"


class KeySchedule:
    """RFC 9180, section 5.1, with an empty pre-shared key."""

    def __init__(self, kem_id: int, shared_secret: bytes, info: bytes):
        self._suite = b"HPKE" + b"".join(
            number.to_bytes(2, "big") for number in (kem_id, KDF_ID, AEAD_ID))
        context = (MODE_BASE + self._labelled_extract(b"", b"psk_id_hash", b"")
                   + self._labelled_extract(b"", b"info_hash", info))
        secret = self._labelled_extract(shared_secret, b"secret", b"")
        self.key = self._labelled_expand(secret, b"key", context, 32)
        self.base_nonce = self._labelled_expand(secret, b"base_nonce", context, 12)

    def _labelled_extract(self, salt: bytes, label: bytes, material: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + self._suite + label + material)

    def _labelled_expand(self, key: bytes, label: bytes, info: bytes, length: int) -> bytes:
        prefix = length.to_bytes(2, "big") + b"HPKE-v1" + self._suite + label
        return expand(key, prefix + info, length)

    def seal(self, aad: bytes, plaintext: bytes) -> bytes:
        """The first message of the context: its sequence number is zero."""
        return AESGCM(self.key).encrypt(self.base_nonce, plaintext, aad)

    def open(self, aad: bytes, ciphertext: bytes) -> bytes:
        return AESGCM(self.key).decrypt(self.base_nonce, ciphertext, aad)


def seal(public: bytes, info: bytes, aad: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
    secret, encapsulation = xwing.encapsulate(public)
    return encapsulation, KeySchedule(xwing.KEM_ID, secret, info).seal(aad, plaintext)


def open_sealed(
    seed: bytes, encapsulation: bytes, info: bytes, aad: bytes, ciphertext: bytes
) -> bytes:
    secret = xwing.SecretKey(seed).decapsulate(encapsulation)
    return KeySchedule(xwing.KEM_ID, secret, info).open(aad, ciphertext)


def extract(salt: bytes, material: bytes) -> bytes:
    """HKDF-Extract with SHA-256 (RFC 5869); an empty salt is 32 zeros."""
    return hmac.digest(salt or bytes(32), material, hashlib.sha256)


def expand(key: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand with SHA-256 (RFC 5869)."""
    output, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(key, block + info + bytes([counter]), hashlib.sha256)
        output += block
    return output[:length]


def derive(material: bytes, label: str) -> bytes:
    """The protocol's HKDF: empty salt, 32 bytes out, the label as info."""
    return expand(extract(b"", material), label.encode(), 32)
