"""A name is taken back by its code alone, once, and the ledger gets one entry for it."""

import secrets
import sqlite3
import time
from base64 import b32encode
from collections import Counter

import pytest

from outcry import SLUG, example_as, until
from signing import (
    ACTION, confirm_by_link, counted, new_address, newest_mail, number, number_becomes, sign,
    withdraw, withdrawal_code)
from test_same_answer import as_seen, in_parallel
from web import Response, Visitor

pytestmark = pytest.mark.usefixtures("unharmed")

OTHER = "other-2018"
WITHDRAWN, REMOVED = 2, 10


def queued(site) -> Counter:
    """How many entries of each type are in the ledger, or wait for it."""
    database = site.server.installation.data / "outcry.sqlite"
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    with connection:  # one moment for both
        connection.execute("BEGIN")
        entries = [entry for (entry,) in connection.execute("SELECT entry FROM ledger_queue")]
        bundles = connection.execute("SELECT content FROM ledger_tile WHERE level = -1")
        for (bundle,) in bundles:
            entries += [bundle[at + 2:at + 68] for at in range(0, len(bundle), 68)]
    connection.close()
    assert {(len(entry), entry[0]) for entry in entries} <= {(66, 1)}
    return Counter(entry[1] for entry in entries)


def ask_by_mail(visitor: Visitor, address: str) -> Response:
    form = visitor.get("/en/withdrawals/new").form("/withdrawals", having="email")
    return visitor.submit(form, email=address)


def removal(site, address: str, mails: int = 2) -> str:
    """The secret of the mail that lets one leave, the second that a counted person gets."""
    ask_by_mail(site.visitor(), address)
    return newest_mail(site.relay, address, mails).secret


@pytest.fixture(scope="module")
def other(site, tmp_path_factory) -> str:
    """A second action; where its page is."""
    folder = example_as(tmp_path_factory.mktemp("actions"), OTHER)
    assert site.server.installation.import_action(folder).succeeded
    path = f"/en/actions/{OTHER}"
    while site.visitor().get(path).status == 404:
        time.sleep(0.1)
    return path


def test_a_wrong_code_takes_nobody_back(site):
    code = counted(site.visitor(), site.relay, new_address())
    before, entries = number(site.visitor()), queued(site)
    others = [b32encode(secrets.token_bytes(16)).decode().rstrip("=") for _ in range(20)]
    near = [code[:-1] + letter for letter in "AEIMQUY4" if letter != code[-1]]
    malformed = [code[:-1], code + "A", code.replace(code[3], "1"), "A" * 26 + "=", "", "-",
                 "0" * 26]
    for wrong in others + near + malformed:
        answer = withdraw(site.visitor(), wrong)
        assert answer.status == 422 and answer.of_class("wrong"), wrong
    assert number(site.visitor()) == before and queued(site) == entries
    assert withdraw(site.visitor(), code).status == 200


def test_what_a_code_may_be_written_like(site):
    for write in (str.lower, lambda code: "-".join(code),
                  lambda code: f"  {code[:13]} {code[13:]}\t",
                  lambda code: "\u00a0".join(code[start:start + 4] for start in range(0, 26, 4))):
        code = counted(site.visitor(), site.relay, new_address())
        before = number(site.visitor())
        assert withdraw(site.visitor(), write(code)).status == 200
        number_becomes(site.visitor(), before - 1)


def test_a_code_used_twice_takes_one_back(site):
    code = counted(site.visitor(), site.relay, new_address())
    before, entries = number(site.visitor()), queued(site)
    first, second = withdraw(site.visitor(), code), withdraw(site.visitor(), code)
    assert first.status == second.status == 200 and first.body == second.body
    number_becomes(site.visitor(), before - 1)
    assert queued(site)[WITHDRAWN] == entries[WITHDRAWN] + 1


def test_a_code_used_fifty_times_at_once_takes_one_back(site):
    code = counted(site.visitor(), site.relay, new_address())
    before, entries = number(site.visitor()), queued(site)
    pages = in_parallel([lambda: withdraw(site.visitor(), code)] * 50, threads=10)
    assert {page.status for page in pages} == {200} and len({page.body for page in pages}) == 1
    number_becomes(site.visitor(), before - 1)
    assert queued(site)[WITHDRAWN] == entries[WITHDRAWN] + 1


def test_leaving_and_joining_at_once_end_in_one_or_none(site):
    """The link is pressed again while its code takes the name back: it is not counted anew."""
    address = new_address()
    before = number(site.visitor())
    sign(site.visitor(), address)
    secret = newest_mail(site.relay, address).secret
    code = withdrawal_code(confirm_by_link(site.visitor(), secret))
    jobs = [lambda: withdraw(site.visitor(), code),
            lambda: site.visitor().post("/c", {"secret": secret})] * 10
    assert {page.status for page in in_parallel(jobs, threads=10)} == {200}
    assert number(site.visitor()) == before


def test_whoever_left_may_come_back(site):
    address, before = new_address(), number(site.visitor())
    first = counted(site.visitor(), site.relay, address)
    withdraw(site.visitor(), first)
    sign(site.visitor(), address)
    second = withdrawal_code(
        confirm_by_link(site.visitor(), newest_mail(site.relay, address, 2).secret))
    assert second and second != first
    number_becomes(site.visitor(), before + 1)
    assert withdraw(site.visitor(), first).status == 200, "the old code still says: gone"
    time.sleep(1.5)
    assert number(site.visitor()) == before + 1


def test_a_code_is_for_its_own_action(site, other):
    address, visitor = new_address(), site.visitor()
    here = counted(visitor, site.relay, address)
    visitor.submit(visitor.get(other).form("/signatures"), name="A", email=address)
    secret = newest_mail(site.relay, address, 2).secret
    there = withdrawal_code(confirm_by_link(visitor, secret))
    before = number(visitor)
    assert there and withdraw(visitor, there).status == 200
    assert number(visitor) == before
    until(lambda: '"number":0' in visitor.get(f"/actions/{OTHER}/count.json").text, 5,
          "the other action's number falls")
    assert withdraw(visitor, here).status == 200
    number_becomes(visitor, before - 1)


def test_who_is_not_counted_yet_cannot_leave(site):
    """The answer is the same; no mail comes; and the waiting signature still counts."""
    address, before = new_address(), number(site.visitor())
    sign(site.visitor(), address)
    secret = newest_mail(site.relay, address).secret
    assert ask_by_mail(site.visitor(), address).status == 200
    time.sleep(2)
    assert len(site.relay.mails_to(address)) == 1
    assert withdrawal_code(confirm_by_link(site.visitor(), secret))
    number_becomes(site.visitor(), before + 1)


def test_asking_by_mail_has_one_answer_for_everybody(site):
    waiting, inside = new_address(), new_address()
    sign(site.visitor(), waiting)
    counted(site.visitor(), site.relay, inside)
    seen = {as_seen(ask_by_mail(site.visitor(), address), "no ticket")[0::2]
            for address in (new_address(), waiting, inside, "leyla@mailinator.com")}
    assert len(seen) == 1


def test_a_link_for_leaving_is_good_once(site):
    address = new_address()
    counted(site.visitor(), site.relay, address)
    before, entries = number(site.visitor()), queued(site)
    secret = removal(site, address)
    for _ in range(3):
        assert site.visitor().get(f"/w/{secret}").status == 200
        assert site.visitor().head(f"/w/{secret}").status == 200
    assert number(site.visitor()) == before, "nothing happens on reading"
    form = site.visitor().get(f"/w/{secret}").form("/w", having="secret")
    pages = in_parallel([lambda: site.visitor().submit(form)] * 20, threads=10)
    assert sorted(page.status for page in pages) == [200] + [404] * 19
    number_becomes(site.visitor(), before - 1)
    assert queued(site)[REMOVED] == entries[REMOVED] + 1
    assert site.visitor().get(f"/w/{secret}").status == 404


def test_code_and_link_at_once_take_one_back(site):
    address = new_address()
    code = counted(site.visitor(), site.relay, address)
    before, entries = number(site.visitor()), queued(site)
    secret = removal(site, address)
    in_parallel([lambda: withdraw(site.visitor(), code),
                 lambda: site.visitor().post("/w", {"secret": secret})] * 10, threads=10)
    number_becomes(site.visitor(), before - 1)
    after = queued(site)
    assert (after[WITHDRAWN] + after[REMOVED]
            == entries[WITHDRAWN] + entries[REMOVED] + 1)


def test_another_action_s_number_is_no_choice(site, other):
    """What the form of leaving may name are the actions in which one is."""
    address = new_address()
    counted(site.visitor(), site.relay, address)
    before, secret = number(site.visitor()), removal(site, address)
    for choice in ("0" * 32, "x", "' OR 1=1 --"):
        answer = site.visitor().post("/w", {"secret": secret, "choice": "yes", "action": choice})
        assert answer.status == 422
    assert number(site.visitor()) == before
    assert site.visitor().post("/w", {"secret": secret}).status == 200
    number_becomes(site.visitor(), before - 1)


def test_a_code_works_after_the_end_too(site):
    code = counted(site.visitor(), site.relay, new_address())
    before = number(site.visitor())
    installation = site.server.installation
    assert installation.run("action", "close", "--data", installation.data, SLUG).succeeded
    while "/signatures" in site.visitor().get(ACTION).text:
        time.sleep(0.1)
    assert withdraw(site.visitor(), code).status == 200
    number_becomes(site.visitor(), before - 1)
