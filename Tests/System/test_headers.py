"""The headers of every answer, to the letter; what a browser makes of them is beside this file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from conftest import set_up
from hostile import SIGNATURES, Site, post_bytes
from outcry import SLUG, Server
from relay import Relay
from signing import (
    ACTION, COUNT, confirm_by_link, new_address, newest_mail, number, send_code, send_form, sign,
    withdraw, withdrawal_code)
from web import Response, Visitor
from writing import LETTER, letter_form

POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'")

EVERYWHERE = {
    "Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp"}

DENIED = {
    "accelerometer", "browsing-topics", "camera", "display-capture", "geolocation", "gyroscope",
    "hid", "idle-detection", "interest-cohort", "local-fonts", "magnetometer", "microphone", "midi",
    "payment", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking"}

HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
JSON = "application/json; charset=utf-8"
PDF = "application/pdf"
PAGE, FOR_EVER = "public, max-age=30, must-revalidate", "public, max-age=31536000, immutable"
NOBODY = "no-store"
OUR_PAGES, NO_PAGE = "same-origin", "no-referrer"


@dataclass
class Row:
    """What one kind of answer says; `robots` is None where it does not matter."""

    status: int
    content_type: str | None
    cache_control: str
    referrer_policy: str = OUR_PAGES
    resource_policy: str = "same-origin"
    robots: bool | None = None
    """Whether search engines are told to stay away."""


PUBLIC = {
    "the list": Row(200, HTML, PAGE, robots=False),
    "an action": Row(200, HTML, PAGE, robots=False),
    "an action's data": Row(200, JSON, PAGE, robots=False),
    "a card": Row(200, "image/png", PAGE, resource_policy="cross-origin", robots=False),
    "a sheet": Row(200, "application/pdf", PAGE, robots=True),
    "a petition": Row(200, "application/pdf", PAGE, robots=True),
    "a calendar": Row(200, "text/calendar; charset=utf-8", PAGE, robots=True),
    "a kit": Row(200, "application/zip", PAGE, robots=True),
    "the short address": Row(303, None, NOBODY),
    "a letter": Row(200, HTML, PAGE, robots=False),
    "a model letter": Row(200, PDF, PAGE),
    "how we count": Row(200, HTML, PAGE, robots=False),
    "privacy": Row(200, HTML, PAGE, robots=False),
    "accessibility": Row(200, HTML, PAGE, robots=False),
    "Atom": Row(200, "application/atom+xml; charset=utf-8", PAGE),
    "a JSON feed": Row(200, "application/feed+json; charset=utf-8", PAGE),
    "the map": Row(200, "application/xml", PAGE),
    "the number": Row(200, JSON, "public, max-age=5"),
    "robots": Row(200, TEXT, "public, max-age=3600"),
    "whom to tell of holes": Row(200, TEXT, "public, max-age=3600"),
    "the style": Row(200, "text/css; charset=utf-8", FOR_EVER),
    "the script": Row(200, "text/javascript; charset=utf-8", FOR_EVER),
    "the icon": Row(200, "image/svg+xml", "public, max-age=86400"),
    "the root": Row(303, None, NOBODY),
    "health": Row(200, TEXT, NOBODY), "readiness": Row(200, TEXT, NOBODY),
}

PERSONAL = {
    "a form taken": Row(303, None, NOBODY),
    "a form with errors": Row(422, HTML, NOBODY, robots=True),
    "the wait for a code": Row(200, HTML, NOBODY, robots=True),
    "a wrong code": Row(422, HTML, NOBODY, robots=True),
    "counted by code": Row(200, HTML, NOBODY, robots=True),
    "a link": Row(200, HTML, NOBODY, NO_PAGE, robots=True),
    "counted by link": Row(200, HTML, NOBODY, robots=True),
    "a used link": Row(200, HTML, NOBODY, NO_PAGE, robots=True),
    "an unknown link": Row(404, HTML, NOBODY, NO_PAGE, robots=True),
    "an unknown link, sent": Row(404, HTML, NOBODY, robots=True),
    "the form for leaving": Row(200, HTML, NOBODY),
    "a wrong withdrawal code": Row(422, HTML, NOBODY, robots=True),
    "withdrawn": Row(200, HTML, NOBODY, robots=True),
    "a mail for leaving": Row(200, HTML, NOBODY, robots=True),
    "a link for leaving": Row(200, HTML, NOBODY, NO_PAGE, robots=True),
    "left by link": Row(200, HTML, NOBODY, robots=True),
    "an unknown link for leaving": Row(404, HTML, NOBODY, NO_PAGE, robots=True),
    "the form for a receipt": Row(200, HTML, NOBODY),
    "a wrong code for a receipt": Row(422, HTML, NOBODY, robots=True),
    "a place in the ledger": Row(200, HTML, NOBODY, robots=True),
    "a receipt": Row(200, TEXT, NOBODY, robots=True),
    "a letter made": Row(200, HTML, NOBODY, robots=True),
    "a letter with errors": Row(422, HTML, NOBODY, robots=True),
    "a letter on paper": Row(200, PDF, NOBODY, robots=True),
    "a posted letter": Row(303, None, NOBODY),
    "thanks for a letter": Row(200, HTML, NOBODY, robots=True),
    "a letter to be sent": Row(303, None, NOBODY),
    "the wait for a letter's code": Row(200, HTML, NOBODY, robots=True),
    "a letter's link": Row(200, HTML, NOBODY, NO_PAGE, robots=True),
    "a letter in line": Row(200, HTML, NOBODY, robots=True),
    "sharing": Row(200, HTML, NOBODY), "a link for sharing": Row(200, HTML, NOBODY),
    "a link that ends updates": Row(200, HTML, NOBODY, NO_PAGE, robots=True),
    "updates ended": Row(200, HTML, NOBODY, robots=True),
    "updates ended by a mail program": Row(200, HTML, NOBODY, NO_PAGE, robots=True),
    "a cut link that ends updates": Row(404, HTML, NOBODY, NO_PAGE, robots=True),
    "the form for an answer": Row(200, HTML, NOBODY, robots=True),
    "an answer with errors": Row(422, HTML, NOBODY, robots=True),
    "an answer taken": Row(303, None, NOBODY),
    "thanks for an answer": Row(200, HTML, NOBODY, robots=True),
}

REFUSALS = {
    "nowhere": Row(404, HTML, NOBODY, robots=True),
    "an unknown ticket": Row(404, HTML, NOBODY, robots=True),
    "a form for a page": Row(405, HTML, NOBODY, robots=True),
    "a form from elsewhere": Row(403, HTML, NOBODY, robots=True),
    "a form too large": Row(413, HTML, NOBODY, robots=True),
    "no form": Row(415, HTML, NOBODY, robots=True),
    "a broken form": Row(400, HTML, NOBODY, robots=True),
    "too many forms": Row(429, HTML, NOBODY, robots=True),
}

TABLE = PUBLIC | PERSONAL | REFUSALS


def public_answers(visitor: Visitor) -> dict[str, Response]:
    page = visitor.get(ACTION)
    style = re.search(r'href="(/outcry\.css[^"]*)"', page.text)[1]
    script = re.search(r'src="(/outcry\.js[^"]*)"', page.text)[1]
    paths = {
        "the list": "/en/", "an action's data": f"{ACTION}.json", "a card": f"{ACTION}/card.png",
        "a sheet": f"{ACTION}/sheet.pdf", "a petition": f"{ACTION}/petition.pdf",
        "a calendar": f"{ACTION}/deadline.ics", "a kit": f"{ACTION}/kit.zip",
        "the short address": f"/actions/{SLUG}",
        "a letter": LETTER, "a model letter": f"{LETTER}.pdf",
        "how we count": "/en/how-we-count", "privacy": "/en/privacy",
        "accessibility": "/en/accessibility", "Atom": "/en/feed.atom",
        "a JSON feed": "/en/feed.json", "the map": "/sitemap.xml", "the number": COUNT,
        "robots": "/robots.txt", "whom to tell of holes": "/.well-known/security.txt",
        "the style": style, "the script": script, "the icon": "/favicon.ico", "the root": "/",
        "health": "/healthz", "readiness": "/readyz"}
    return {"an action": page} | {name: visitor.get(path) for name, path in paths.items()}


def personal_answers(visitor: Visitor, relay: Relay) -> dict[str, Response]:
    """One person signs, is counted by code, and leaves by code; another does both by links."""
    first, second, unknown = new_address(), new_address(), "A" * 43
    taken = send_form(visitor, first)
    wait = visitor.follow(taken)
    code = newest_mail(relay, first).code
    wrong = send_code(visitor, wait, f"{(int(code) + 1) % 1_000_000:06}")
    by_code = send_code(visitor, wait, code)
    sign(visitor, second)
    mine = {"withdrawal": withdrawal_code(by_code)}
    assert number(visitor) > 0, "the ledger has an entry to give a receipt for"
    secret = newest_mail(relay, second).secret
    link = visitor.get(f"/c/{secret}")
    by_link = confirm_by_link(visitor, secret)
    leaving = visitor.get("/en/withdrawals/new")
    asked = visitor.submit(leaving.form("/withdrawals", having="email"), email=second)
    removal = newest_mail(relay, second, 2).secret
    leave = visitor.get(f"/w/{removal}")
    return {
        "a form taken": taken, "a form with errors": send_form(visitor, "nobody"),
        "the wait for a code": wait, "a wrong code": wrong, "counted by code": by_code,
        "a link": link, "counted by link": by_link, "a used link": visitor.get(f"/c/{secret}"),
        "an unknown link": visitor.get(f"/c/{unknown}"),
        "an unknown link, sent": visitor.post("/c", {"secret": unknown}),
        "the form for leaving": leaving, "a mail for leaving": asked, "a link for leaving": leave,
        "the form for a receipt": visitor.get("/en/receipts/new"),
        "a wrong code for a receipt": visitor.post("/en/receipts", {"withdrawal": "A" * 26}),
        "a place in the ledger": visitor.post("/en/receipts", mine),
        "a receipt": visitor.post("/en/receipts", mine | {"download": "yes"}),
        "a wrong withdrawal code": withdraw(visitor, "A" * 26),
        "withdrawn": withdraw(visitor, withdrawal_code(by_code)),
        "left by link": visitor.submit(leave.form("/w", having="secret")),
        "an unknown link for leaving": visitor.get(f"/w/{unknown}"),
        "sharing": visitor.get(f"{ACTION}/fediverse"),
        "a link for sharing": visitor.post(f"{ACTION}/fediverse", {"server": "social.example"}),
        **answers_about_updates(visitor, unknown), **answers_to_a_letter(visitor, relay)}


def answers_to_a_letter(visitor: Visitor, relay: Relay) -> dict[str, Response]:
    address = new_address()
    made = letter_form(visitor)
    posted = visitor.submit(made.form("/letters/posted"))
    sent = visitor.submit(made.form("/letters"), email=address)
    link = visitor.get(f"/c/{newest_mail(relay, address).secret}")
    return {
        "a letter made": made, "a letter with errors": letter_form(visitor, country="XX"),
        "a letter on paper": visitor.submit(made.form("/letter.pdf")), "a posted letter": posted,
        "thanks for a letter": visitor.follow(posted), "a letter to be sent": sent,
        "the wait for a letter's code": visitor.follow(sent), "a letter's link": link,
        "a letter in line": visitor.submit(link.form("/c"))}


def answers_about_updates(visitor: Visitor, token: str) -> dict[str, Response]:
    replies, form = f"{ACTION}/replies", {"Content-Type": "application/x-www-form-urlencoded"}
    return {
        "a link that ends updates": visitor.get(f"/u/{token}"),
        "updates ended": visitor.post("/u", {"token": token}),
        "updates ended by a mail program": visitor.request(
            "POST", f"/u/{token}", b"List-Unsubscribe=One-Click", form),
        "a cut link that ends updates": visitor.get(f"/u/{token[:-1]}"),
        "the form for an answer": visitor.get(f"{replies}/new"),
        "an answer with errors": visitor.post(replies, {"reply": ""}),
        "an answer taken": visitor.post(replies, {"reply": "No."}),
        "thanks for an answer": visitor.get(f"{replies}/thanks")}


def refusals(visitor: Visitor) -> dict[str, Response]:
    good = f"name=A&email={new_address()}".encode()
    for _ in range(60):
        post_bytes(visitor, SIGNATURES, b"name=A")
    return {
        "nowhere": visitor.get("/nowhere"), "too many forms": post_bytes(visitor, SIGNATURES, good),
        "an unknown ticket": visitor.get("/en/confirmations/new?ticket=x"),
        "a form for a page": post_bytes(visitor, ACTION, good),
        "a form from elsewhere": post_bytes(
            visitor, SIGNATURES, good, **{"Sec-Fetch-Site": "cross-site"}),
        "a form too large": post_bytes(visitor, SIGNATURES, b"a" * 20_000),
        "no form": post_bytes(visitor, SIGNATURES, good, **{"Content-Type": "text/plain"}),
        "a broken form": post_bytes(visitor, SIGNATURES, b"name=%zz")}


@pytest.fixture(scope="module")
def site(tmp_path_factory, keepers) -> Iterator[Site]:
    with Relay() as relay:
        installation = set_up(tmp_path_factory.mktemp("site"), relay, keepers["first"])
        installation.environment["OUTCRY_SECURITY_CONTACT"] = "mailto:security@rights.example"
        with Server(installation) as server:
            yield Site(server, relay)


@pytest.fixture(scope="module")
def answers(site) -> dict[str, Response]:
    """One of each kind."""
    return (public_answers(site.visitor()) | personal_answers(site.visitor(), site.relay)
            | refusals(site.visitor()))


def test_the_table_is_whole(answers):
    assert set(answers) == set(TABLE)
    assert {name: answer.status for name, answer in answers.items()} == {
        name: row.status for name, row in TABLE.items()}


@pytest.mark.parametrize("name", TABLE)
def test_an_answer_says_what_the_table_says(answers, name):
    answer, row = answers[name], TABLE[name]
    said = {header: answer.header(header) for header in (
        "Content-Type", "Cache-Control", "Referrer-Policy", "Cross-Origin-Resource-Policy")}
    assert said == {
        "Content-Type": row.content_type, "Cache-Control": row.cache_control,
        "Referrer-Policy": row.referrer_policy, "Cross-Origin-Resource-Policy": row.resource_policy}
    robots = answer.header("X-Robots-Tag")
    if row.robots is True:
        assert robots and "noindex" in robots.replace(" ", "").split(",")
    elif row.robots is False:
        assert robots is None, "a public page is there to be found"


@pytest.mark.parametrize("name", TABLE)
def test_an_answer_says_what_every_answer_says(answers, name):
    answer = answers[name]
    assert {header: answer.header(header) for header in EVERYWHERE} == EVERYWHERE
    names = [header.lower() for header, _ in answer.headers]
    assert len(names) == len(set(names)), "each header once"
    assert not {"server", "set-cookie", "x-powered-by", "access-control-allow-origin",
                "strict-transport-security", "via"} & set(names)


@pytest.mark.parametrize("name", TABLE)
def test_an_answer_asks_for_nothing_of_the_device(answers, name):
    policy = answers[name].header("Permissions-Policy")
    granted = dict(part.strip().split("=", 1) for part in policy.split(","))
    assert DENIED <= set(granted)
    assert set(granted.values()) == {"()"}, "to nobody, not even to ourselves"


@pytest.mark.parametrize(
    "name", [name for name, row in PUBLIC.items() if row.cache_control == PAGE])
def test_what_is_kept_can_be_asked_for_again_at_no_cost(site, answers, name):
    # Asked for anew: the number has moved on since.
    known = site.visitor().get(answers[name].path)
    tag = known.header("ETag")
    assert re.fullmatch(r'"[\w-]+"', tag), "a strong one"
    again = site.visitor().get(known.path, **{"If-None-Match": tag})
    assert (again.status, again.body) == (304, b"")
    for header in ("ETag", "Cache-Control", "Content-Security-Policy", "Vary"):
        assert again.header(header) == known.header(header)
    zipped = site.visitor().get(known.path, **{"Accept-Encoding": "gzip"})
    assert zipped.header("Vary") == "Accept-Encoding"
    if zipped.header("Content-Encoding"):
        assert zipped.header("ETag") != tag, "another coding is another thing"


def test_no_answer_has_a_cookie_even_for_those_who_bring_one(site):
    for path in ("/en/", ACTION, "/nowhere", "/c/" + "A" * 43):
        answer = site.visitor().get(path, Cookie="session=1; lang=en")
        assert answer.header("Set-Cookie") is None and "Cookie" not in (answer.header("Vary") or "")


def test_overload_says_what_every_answer_says(tmp_path, keeper, relay):
    installation = set_up(tmp_path, relay, keeper)
    installation.environment["OUTCRY_PENDING_LIMIT"] = "1"
    with Server(installation) as server:
        visitor = Visitor(server.port)
        sign(visitor, new_address())
        answer = send_form(visitor, new_address())
        assert answer.status == 503 and answer.header("Cache-Control") == NOBODY
        assert {header: answer.header(header) for header in EVERYWHERE} == EVERYWHERE


@pytest.fixture(scope="module")
def secure(tmp_path_factory, keepers) -> Iterator[Visitor]:
    """Behind a proxy that speaks TLS, as the public knows it."""
    with Relay() as relay:
        installation = set_up(tmp_path_factory.mktemp("secure"), relay, keepers["first"])
        installation.environment["OUTCRY_ORIGIN"] = "https://rights.example"
        with Server(installation) as server:
            yield Visitor(server.port)


@pytest.mark.parametrize("path", ["/", "/en/", ACTION, f"{ACTION}.json", COUNT, "/outcry.css",
                                  "/nowhere", "/c/" + "A" * 43, f"{ACTION}/card.png"])
def test_a_browser_that_came_over_tls_always_does(secure, path):
    answer = secure.get(path, Host="rights.example")
    assert answer.header("Strict-Transport-Security") == "max-age=63072000; includeSubDomains"
    assert {header: answer.header(header) for header in EVERYWHERE} == EVERYWHERE
