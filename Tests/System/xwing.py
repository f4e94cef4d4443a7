"""X-Wing (draft-connolly-cfrg-xwing-kem), the KEM of sealed records: ML-KEM-768 and X25519.

Written from the draft, to check Outcry's records with code that is not Outcry's. Only the two
primitives come from a library (PyPI `cryptography`); the hashes are Python's own.

    seed (32)  --SHAKE256-->  ML-KEM seed d|z (64) | X25519 secret (32)
    public key (1216)  =  ML-KEM public key (1184) | X25519 public key (32)
    encapsulation (1120)  =  ML-KEM ciphertext (1088) | X25519 ephemeral public key (32)
    shared secret  =  SHA3-256(ss_M | ss_X | ct_X | pk_X | label)
"""

from hashlib import sha3_256, shake_256

from cryptography.hazmat.primitives.asymmetric.mlkem import (
    MLKEM768PrivateKey, MLKEM768PublicKey)
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)

KEM_ID = 0x647A
LABEL = b"\\.//^\\"
SEED, PUBLIC_KEY, ENCAPSULATION = 32, 1216, 1120
MLKEM_PUBLIC_KEY, MLKEM_CIPHERTEXT = 1184, 1088


class SecretKey:
    def __init__(self, seed: bytes):
        assert len(seed) == SEED
        expanded = shake_256(seed).digest(96)
        self._mlkem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self._x25519 = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._x25519_public = self._x25519.public_key().public_bytes_raw()
        self.public = self._mlkem.public_key().public_bytes_raw() + self._x25519_public
        assert len(self.public) == PUBLIC_KEY

    def decapsulate(self, encapsulation: bytes) -> bytes:
        assert len(encapsulation) == ENCAPSULATION
        ciphertext = encapsulation[:MLKEM_CIPHERTEXT]
        ephemeral = encapsulation[MLKEM_CIPHERTEXT:]
        return _combine(
            self._mlkem.decapsulate(ciphertext),
            self._x25519.exchange(X25519PublicKey.from_public_bytes(ephemeral)),
            ephemeral, self._x25519_public)


def encapsulate(public: bytes) -> tuple[bytes, bytes]:
    """A fresh shared secret, and what carries it to the holder of the seed."""
    assert len(public) == PUBLIC_KEY
    x25519_public = public[MLKEM_PUBLIC_KEY:]
    mlkem_secret, ciphertext = MLKEM768PublicKey.from_public_bytes(
        public[:MLKEM_PUBLIC_KEY]).encapsulate()
    ephemeral = X25519PrivateKey.generate()
    ephemeral_public = ephemeral.public_key().public_bytes_raw()
    x25519_secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(x25519_public))
    secret = _combine(mlkem_secret, x25519_secret, ephemeral_public, x25519_public)
    return secret, ciphertext + ephemeral_public


def _combine(mlkem: bytes, x25519: bytes, ephemeral: bytes, public: bytes) -> bytes:
    return sha3_256(mlkem + x25519 + ephemeral + public + LABEL).digest()
