"""An action's public ledger, made from RFC 6962, the C2SP specifications and protocol.md alone: no
code of Outcry's. It writes the same files as a server does, and any that one must not.

    entry       0x01 | type (1) | a (32) | b (32)
    sign        a = SHA-256("outcry/leaf/v1" | action id | r | h), b = SHA-256(code)
    withdraw    a = index (right-aligned), b = code
    aside       a = index, b = zeros (8) | act (16) | reason (8)
    paper       a = SHA-256(statement), b = count, or zeros (16) | batch's index (8) | zeros (8)
"""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

OPEN, SIGN, WITHDRAW, ASIDE, READMIT, KEY_CHANGE, CLOSE, AUDIT, VERSION, PAPER, REMOVED, \
    STATEMENT = range(12)
WIDTH = 256
HONEYPOT, DISPOSABLE = 1, 2


def digest(data: bytes) -> bytes:
    return sha256(data).digest()


def base64(data: bytes) -> str:
    return b64encode(data).decode()


def number(value: int) -> bytes:
    return value.to_bytes(32, "big")


def batch(index: int) -> bytes:
    """What takes back the batch on paper that is the entry at an index."""
    return bytes(16) + index.to_bytes(8, "big") + bytes(8)


def entry(kind: int, a: bytes, b: bytes) -> bytes:
    assert len(a) == len(b) == 32
    return bytes([1, kind]) + a + b


class Tree:
    """Hashes of a growing list of leaves; `levels[k]` are the roots of its whole subtrees of 2^k."""

    def __init__(self):
        self.levels: list[list[bytes]] = [[]]

    def __len__(self) -> int:
        return len(self.levels[0])

    def append(self, leaf: bytes) -> None:
        self._add(digest(b"\x00" + leaf), 0)

    def _add(self, value: bytes, level: int) -> None:
        if level == len(self.levels):
            self.levels.append([])
        row = self.levels[level]
        row.append(value)
        if len(row) % 2 == 0:
            self._add(digest(b"\x01" + row[-2] + row[-1]), level + 1)

    def hash(self, low: int, high: int) -> bytes:
        """MTH of RFC 6962, section 2.1."""
        count = high - low
        if count == 0:
            return digest(b"")
        if count & (count - 1) == 0 and low % count == 0:
            return self.levels[count.bit_length() - 1][low // count]
        middle = low + split(count)
        return digest(b"\x01" + self.hash(low, middle) + self.hash(middle, high))

    def root(self, size: int | None = None) -> bytes:
        return self.hash(0, len(self) if size is None else size)

    def path(self, index: int, low: int, high: int) -> list[bytes]:
        """PATH of RFC 6962, section 2.1.1."""
        if high - low == 1:
            return []
        middle = low + split(high - low)
        if index < middle:
            return [*self.path(index, low, middle), self.hash(middle, high)]
        return [*self.path(index, middle, high), self.hash(low, middle)]

    def tile(self, level: int, place: int, width: int) -> bytes:
        start = place * WIDTH
        return b"".join(self.levels[8 * level][start:start + width])


def split(count: int) -> int:
    """The largest power of two below a count of two or more."""
    return 1 << ((count - 1).bit_length() - 1)


@dataclass
class Key:
    """An Ed25519 key that signs notes under a name: a log's (type 1) or a witness's (type 4)."""

    name: str
    seed: bytes
    kind: int = 1

    @property
    def private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)

    @property
    def public(self) -> bytes:
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return bytes([self.kind]) + raw

    @property
    def id(self) -> bytes:
        return digest(self.name.encode() + b"\n" + self.public)[:4]

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64(self.public)}"

    def sign(self, text: str, time: int = 1_500_000_000) -> str:
        """A signature line below `text`."""
        signature = self.private.sign(text.encode())
        if self.kind == 4:
            message = f"cosignature/v1\ntime {time}\n{text}"
            signature = time.to_bytes(8, "big") + self.private.sign(message.encode())
        return f"\N{EM DASH} {self.name} {base64(self.id + signature)}\n"


def key(name: str, label: str = "", kind: int = 1) -> Key:
    return Key(name, digest(f"ledger.py key {label or name}".encode()), kind)


@dataclass
class Opening:
    """What only the signer knows of a sign entry."""

    r: bytes
    h: bytes
    code: bytes


@dataclass
class Log:
    slug: str = "baku-2017"
    host: str = "rights.example"
    action_id: bytes = bytes(range(16))
    entries: list[bytes] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)
    statements: dict[int, str] = field(default_factory=dict)
    openings: dict[int, Opening] = field(default_factory=dict)

    def __post_init__(self):
        if not self.entries:
            self.state(OPEN, f"outcry open 2\n{self.slug}\n{self.action_id.hex()}\n"
                             f"{digest(b'version').hex()}\none per mailbox\n", digest(b"keys"))

    @property
    def origin(self) -> str:
        return f"{self.host}/actions/{self.slug}/log"

    @property
    def key(self) -> Key:
        return key(self.origin)

    @property
    def size(self) -> int:
        return len(self.entries)

    def add(self, raw: bytes) -> int:
        self.entries.append(raw)
        self.tree.append(raw)
        return self.size - 1

    def state(self, kind: int, text: str, b: bytes = bytes(32)) -> int:
        """An entry with a statement."""
        index = self.add(entry(kind, digest(text.encode()), b))
        self.statements[index] = text
        return index

    def sign(self, count: int = 1, label: str = "") -> int:
        """Adds signatures; returns the index of the last."""
        for _ in range(count):
            name = f"{label}{self.size}".encode()
            opening = Opening(digest(b"r" + name), digest(b"h" + name), digest(b"code" + name))
            leaf = digest(b"outcry/leaf/v1" + self.action_id + opening.r + opening.h)
            self.openings[self.add(entry(SIGN, leaf, digest(opening.code)))] = opening
        return self.size - 1

    def withdraw(self, index: int, code: bytes | None = None) -> int:
        return self.add(entry(WITHDRAW, number(index), code or self.openings[index].code))

    def judge(self, kind: int, index: int, reason: int = HONEYPOT, act: bytes = bytes(16)) -> int:
        return self.add(entry(kind, number(index), bytes(8) + act + reason.to_bytes(8, "big")))

    def remove(self, index: int) -> int:
        return self.add(entry(REMOVED, number(index), number(1)))

    def text(self, size: int | None = None) -> str:
        size = self.size if size is None else size
        return f"{self.origin}\n{size}\n{base64(self.tree.root(size))}\n"

    def checkpoint(self, size: int | None = None, witnesses: tuple[Key, ...] = ()) -> bytes:
        text = self.text(size)
        lines = [signer.sign(text) for signer in (self.key, *witnesses)]
        return (text + "\n" + "".join(lines)).encode()

    def receipt(self, index: int, size: int | None = None, opening: Opening | None = None) -> bytes:
        size = self.size if size is None else size
        opening = opening or self.openings[index]
        lines = ["c2sp.org/tlog-proof@v1", f"extra {base64(opening.r + opening.h)}",
                 f"index {index}", *map(base64, self.tree.path(index, 0, size)), "", ""]
        return "\n".join(lines).encode() + self.checkpoint(size)

    def files(self, size: int | None = None) -> dict[str, bytes]:
        """Every file of the log at a size, by its name below the log's address."""
        size = self.size if size is None else size
        files = {"vkey": f"{self.key.vkey}\n".encode(), "checkpoint": self.checkpoint(size)}
        texts = [{"index": index, "text": text} for index, text in self.statements.items()]
        files["statements.json"] = json.dumps(texts).encode()
        for level in range(8):
            hashes = size >> (8 * level)
            for place in range(-(-hashes // WIDTH)):
                width = min(WIDTH, hashes - place * WIDTH)
                files[tile_path(str(level), place, width)] = self.tree.tile(level, place, width)
                if level == 0:
                    start = place * WIDTH
                    files[tile_path("entries", place, width)] = b"".join(
                        len(raw).to_bytes(2, "big") + raw
                        for raw in self.entries[start:start + width])
        return files

    def write(self, folder: Path, size: int | None = None) -> Path:
        for name, content in self.files(size).items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return folder


def tile_path(level: str, place: int, width: int) -> str:
    groups = [f"{place % 1000:03}"]
    while place := place // 1000:
        groups.insert(0, f"x{place % 1000:03}")
    return f"tile/{level}/{'/'.join(groups)}" + ("" if width == WIDTH else f".p/{width}")
