"""One mailbox counts once however it is written; what looks wrong about it is noted in silence."""

import itertools

import pytest

from conftest import set_up
from hostile import SIGNATURES, post_bytes
from outcry import Server, open_export, until
from signing import (
    confirm_by_link, new_address, newest_mail, number, number_becomes, send_form, sign,
    withdrawal_code)
from test_same_answer import answers
from web import Visitor

pytestmark = pytest.mark.usefixtures("unharmed")

DISPOSABLE = "mailinator.com"
"""On every list of domains that give mailboxes for one use."""

_numbers = itertools.count(1)


ONE_MAILBOX = {
    "a tag": ("leyla{}@people.example", "leyla{}+petitions@people.example"),
    "two tags": ("leyla{}+a+b@people.example", "leyla{}+c@people.example"),
    "an empty tag": ("leyla{}@people.example", "leyla{}+@people.example"),
    "upper case": ("leyla{}@people.example", "LEYLA{}@PEOPLE.EXAMPLE"),
    "the case of an i": ("ilqar.i{}@people.example", "ILQAR.I{}@people.example"),
    "the case of ə": ("ləman{}@people.example", "LƏMAN{}@people.example"),
    "a dot at the end": ("leyla{}@people.example", "leyla{}@people.example."),
    "spaces around": ("leyla{}@people.example", "  leyla{}@people.example\t"),
    "composed and not": ("ley\u00e9{}@people.example", "leye\u0301{}@people.example"),
    "a domain in two scripts": ("leyla{}@bücher.example", "leyla{}@xn--bcher-kva.example"),
    "dots at gmail": ("leyla{}@gmail.com", "l.e.y.l.a{}@gmail.com"),
    "gmail's other name": ("leyla{}@gmail.com", "ley.la{}+tag@googlemail.com"),
}

TWO_MAILBOXES = {
    "dots elsewhere": ("leyla{}@people.example", "ley.la{}@people.example"),
    "a minus": ("leyla{}@people.example", "leyla{}-petitions@people.example"),
    "another domain": ("leyla{}@people.example", "leyla{}@mail.people.example"),
    "i without its dot": ("ilqar{}@people.example", "ılqar{}@people.example"),
    "a letter that looks alike": ("leyla{}@people.example", "lеyla{}@people.example"),
    "a plus at the beginning": ("+a{}@people.example", "+b{}@people.example"),
}


def confirm_both(site, addresses: tuple[str, str]) -> list[str | None]:
    """The withdrawal codes that the two get; the later one gets none if they are one mailbox."""
    unique, codes = next(_numbers), []
    for address in addresses:
        visitor, sent = site.visitor(), len(site.relay.deliveries)
        sign(visitor, address.format(unique))
        # To whichever spelling of the address.
        [delivery] = until(lambda: site.relay.deliveries[sent:], 30, f"a mail to {address}")
        secret = newest_mail(site.relay, delivery.recipients[0]).secret
        codes.append(withdrawal_code(confirm_by_link(visitor, secret)))
    return codes


@pytest.mark.parametrize("what", ONE_MAILBOX)
def test_one_mailbox_counts_once(site, what):
    before = number(site.visitor())
    first, second = confirm_both(site, ONE_MAILBOX[what])
    assert first and second is None
    number_becomes(site.visitor(), before + 1)


@pytest.mark.parametrize("what", TWO_MAILBOXES)
def test_two_mailboxes_count_twice(site, what):
    before = number(site.visitor())
    first, second = confirm_both(site, TWO_MAILBOXES[what])
    assert first and second and first != second
    number_becomes(site.visitor(), before + 2)


@pytest.mark.parametrize("locale", ["tr_TR.UTF-8", "az_AZ.UTF-8", "lt_LT.UTF-8"])
def test_the_server_s_language_does_not_change_what_is_one_mailbox(
        tmp_path, relay, keeper, locale):
    """Where I is not the capital of i, elsewhere."""
    installation = set_up(tmp_path, relay, keeper)
    installation.environment |= {"LANG": locale, "LC_ALL": locale}
    with Server(installation) as server:
        codes = []
        for address in ("ILQAR@ISLAND.EXAMPLE", "ilqar@island.example"):
            visitor = Visitor(server.port)
            sign(visitor, address)
            to = f"{address.partition('@')[0]}@island.example"
            codes.append(withdrawal_code(
                confirm_by_link(visitor, newest_mail(relay, to).secret)))
        assert codes[0] and codes[1] is None


def test_what_looks_wrong_gets_the_same_answer(site):
    plain, trapped = new_address(), new_address()
    disposable = f"person{next(_numbers)}@{DISPOSABLE}"
    seen = {address: answers(site.visitor(), address) for address in (plain, disposable)}
    assert seen[plain] == seen[disposable]
    answer = send_form(site.visitor(), trapped, website="https://pills.example")
    assert answer.status == 303
    assert answer.header("Location").startswith("/en/confirmations/new?ticket=")
    for address in (plain, disposable, trapped):
        assert newest_mail(site.relay, address).secret, "and its mail"


def test_what_looks_wrong_is_noted_for_the_keeper_alone(site, keeper):
    people = {
        "plain": ({}, new_address()), "trapped": ({"website": "x"}, new_address()),
        "disposable": ({}, f"person{next(_numbers)}@{DISPOSABLE}"),
        "below disposable": ({}, f"person{next(_numbers)}@mail.{DISPOSABLE}"),
        "like disposable": ({}, f"person{next(_numbers)}@like-{DISPOSABLE}"),
        "upper case": ({}, f"person{next(_numbers)}@{DISPOSABLE.upper()}"),
        "both": ({"website": "x"}, f"person{next(_numbers)}@{DISPOSABLE}")}
    before = number(site.visitor())
    for name, (fields, address) in people.items():
        visitor = site.visitor()
        sign(visitor, address, name=name, **fields)
        local, domain = address.split("@")
        secret = newest_mail(site.relay, f"{local}@{domain.lower()}").secret
        page = visitor.get(f"/c/{secret}").text
        assert "honeypot" not in page and "flag" not in page
        assert withdrawal_code(confirm_by_link(visitor, secret)), name
    number_becomes(site.visitor(), before + len(people))
    opened = open_export(site.server.installation.export("flags"), keeper, format="csv")
    flags = {row["name"]: set(row["flags"].split()) for row in opened.rows}
    assert {name: flags[name] for name in people} == {
        "plain": set(), "trapped": {"honeypot"}, "disposable": {"disposable"},
        "below disposable": {"disposable"}, "like disposable": set(),
        "upper case": {"disposable"}, "both": {"honeypot", "disposable"}}


def test_a_trap_filled_with_anything_is_a_trap_filled(site):
    for bait in ("0", " ", "\t", "no", "a" * 5_000):
        body = f"name=A&email={new_address()}&website={bait}".replace(" ", "+")
        assert post_bytes(site.visitor(), SIGNATURES, body.encode()).status == 303
