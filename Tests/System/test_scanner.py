"""The scanner of `canary.py` finds what is planted, or its silence would prove nothing."""

import json
import os
import quopri
import re
from base64 import b64encode, encodebytes, urlsafe_b64encode
from urllib.parse import quote, quote_plus

import pytest

from canary import Scanner

NAME = "Ləman Qxcanary Zvəli"
ADDRESS = "qxcanary.8f3k@qxdomain-77.example"
SECRET = os.urandom(32)


def percent_all(text: str, upper: bool) -> str:
    return "".join(f"%{byte:02X}" if upper else f"%{byte:02x}" for byte in text.encode())


def lower_percent(text: str) -> str:
    return re.sub("%..", lambda escape: escape[0].lower(), quote(text, safe=""))


ENCODERS = {
    "UTF-8": lambda text: text.encode(),
    "upper case": lambda text: text.upper().encode(),
    "mixed case": lambda text: text.replace("c", "C").encode(),
    "UTF-16LE": lambda text: text.encode("utf-16-le"),
    "UTF-16BE": lambda text: text.encode("utf-16-be"),
    "base64": lambda text: b64encode(text.encode()),
    "base64, shifted by 1": lambda text: b64encode(b"1" + text.encode() + b"22"),
    "base64, shifted by 2": lambda text: b64encode(b"12" + text.encode() + b"3"),
    "base64 of UTF-16": lambda text: b64encode(b"1" + text.encode("utf-16-le")),
    "base64 in lines": lambda text: encodebytes(b"x" * 50 + text.encode() + b"y" * 50),
    "base64url": lambda text: urlsafe_b64encode(b"\xff\xfe" + text.encode()),
    "quoted-printable": lambda text: quopri.encodestring(text.encode()),
    "quoted-printable in lines": lambda text: quopri.encodestring(
        ("x" * 70 + text + " " + text).encode()),
    "quoted-printable, every byte": lambda text: b"".join(
        b"=%02X" % byte for byte in text.encode()),
    "an encoded header": lambda text: quopri.encodestring(text.encode(), header=True),
    "hex": lambda text: text.encode().hex().encode(),
    "upper-case hex": lambda text: text.encode().hex().upper().encode(),
    "percent": lambda text: quote(text, safe="").encode(),
    "percent, lower case": lambda text: lower_percent(text).encode(),
    "percent, every byte": lambda text: percent_all(text, upper=True).encode(),
    "percent, every byte, lower case": lambda text: percent_all(text, upper=False).encode(),
    "form": lambda text: quote_plus(text).encode(),
    "JSON escapes": lambda text: json.dumps(text).encode(),
    "JSON, every character": lambda text: "".join(
        f"\\u{ord(character):04X}" for character in text).encode(),
    "HTML references": lambda text: text.encode("ascii", "xmlcharrefreplace"),
}


@pytest.mark.parametrize("text", [NAME, ADDRESS])
@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_planted_canary_is_found(tmp_path, encoding, text):
    noise = os.urandom(5000)
    (tmp_path / "file").write_bytes(noise + b"\n" + ENCODERS[encoding](text) + b"\n" + noise)
    hits = Scanner([NAME, ADDRESS]).in_folders(tmp_path)
    assert {hit.canary for hit in hits} == {text}


@pytest.mark.parametrize("written", [
    lambda secret: secret, lambda secret: secret.hex().encode(),
    lambda secret: urlsafe_b64encode(secret), lambda secret: b64encode(b"12" + secret)])
def test_a_planted_secret_is_found(tmp_path, written):
    (tmp_path / "file").write_bytes(b"before " + written(SECRET) + b" after")
    hits = Scanner(secrets={"a secret": SECRET}).in_folders(tmp_path)
    assert {hit.canary for hit in hits} == {"a secret"}


def test_a_canary_in_the_name_of_a_file_is_found(tmp_path):
    (tmp_path / f"spool-{ADDRESS}").touch()
    assert Scanner([ADDRESS]).in_folders(tmp_path)


def test_where_nothing_is_planted_nothing_is_found(tmp_path):
    (tmp_path / "file").write_bytes(os.urandom(200_000) + b"qxcanar qxdomain-7 canary = % & + \\u")
    assert not Scanner([NAME, ADDRESS], {"a secret": SECRET}).in_folders(tmp_path)
