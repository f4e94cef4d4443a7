"""What a browser makes of the headers: nothing strange runs, is framed or gets out."""

import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser, Page, Route

from hostile import SIGNATURES, Site
from signing import (
    ACTION, COUNT, confirm_by_link, new_address, newest_mail, number, number_becomes, sign)
from test_headers import DENIED

class Elsewhere:
    """Another site, which has a page for each test and writes down who asks for what."""

    def __init__(self):
        self.pages: dict[str, str] = {}
        self.asked: list[str] = []
        self.referrers: list[str | None] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://localhost:{self._server.server_port}"

    def __enter__(self) -> "Elsewhere":
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(elsewhere):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                elsewhere.asked.append(self.path)
                elsewhere.referrers.append(self.headers["Referer"])
                self.send_response(200)
                is_script = self.path.endswith(".js")
                self.send_header("Content-Type", "text/javascript" if is_script else "text/html")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.send_header("Cross-Origin-Resource-Policy", "cross-origin")
                self.end_headers()
                text = "window.stranger = true" if is_script else "<p>elsewhere"
                self.wfile.write(elsewhere.pages.get(self.path, text).encode())

            do_POST = do_GET

            def log_message(self, *_):
                pass
        return Handler


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with Elsewhere() as elsewhere:
        yield elsewhere


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """With script, and with leave to talk to this machine, where the stranger of these tests is."""
    context = browser.new_context(
        base_url=site.server.origin, locale="en-GB", permissions=["local-network-access"])
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def with_markup(page: Page, path: str, markup: str, change: Callable[[dict], dict] = dict) -> None:
    """Opens our page as if somebody had got this markup into it; `change` may alter its headers."""
    def fulfil(route: Route) -> None:
        response = route.fetch()
        body = response.text().replace("<main", f"{markup}<main", 1)
        headers = change({name: value for name, value in response.headers.items()
                          if name not in ("content-length", "content-encoding")})
        route.fulfill(status=response.status, headers=headers, body=body)
    page.route(f"**{path}", fulfil)
    page.goto(path)
    page.wait_for_timeout(300)


def without_policy(headers: dict) -> dict:
    return {name: value for name, value in headers.items()
            if name != "content-security-policy" and not name.startswith("cross-origin")}


FRAMES = ['<iframe src="{}"></iframe>', '<object data="{}"></object>', '<embed src="{}">',
          '<iframe sandbox="allow-same-origin" src="{}"></iframe>', '<frameset><frame src="{}">']


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame[1:12])
@pytest.mark.parametrize("path", [ACTION, "/en/withdrawals/new"])
def test_no_page_is_shown_inside_another(site, page, elsewhere, frame, path):
    elsewhere.pages["/"] = frame.format(site.server.origin + path)
    page.goto(elsewhere.origin)
    page.wait_for_timeout(300)
    for shown in page.frames[1:]:
        assert not shown.url.startswith(site.server.origin), shown.url
        assert "Baku" not in shown.content() and "<form" not in shown.content()
    elsewhere.pages["/"] = frame.format(f"{elsewhere.origin}/other")
    page.goto(elsewhere.origin)
    page.wait_for_timeout(300)
    assert any("elsewhere" in shown.content() for shown in page.frames[1:]), "others can be"


def test_nor_inside_its_own(site, page):
    page.goto("/robots.txt")
    with_markup(page, "/en/", f"<iframe src='{ACTION}'></iframe>", without_policy)
    assert [frame.url for frame in page.frames[1:] if ACTION in frame.url] == []


def test_whoever_opens_a_page_has_no_hold_of_it(site, page, elsewhere):
    page.goto(elsewhere.origin)
    with page.expect_popup() as opened:
        page.evaluate("address => { window.ours = open(address) }", site.server.origin + ACTION)
    popup = opened.value
    popup.wait_for_load_state()
    assert "Baku" in popup.title()
    assert popup.evaluate("window.opener") is None
    page.wait_for_function("window.ours.closed", timeout=5_000)
    with page.expect_popup() as opened:
        page.evaluate("address => { window.other = open(address) }", f"{elsewhere.origin}/other")
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("window.opener !== null"), "others do have"
    assert not page.evaluate("window.other.closed")


def test_whom_a_page_opens_has_no_hold_of_it_and_learns_nothing(page, elsewhere):
    page.goto(ACTION)
    with page.expect_popup() as opened:
        page.evaluate("address => { open(address) }", f"{elsewhere.origin}/opened")
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("window.opener") is None
    assert opened.value.evaluate("document.referrer") == ""
    assert elsewhere.asked[0] == "/opened" and elsewhere.referrers[0] is None


INJECTED = {
    "a script": "<script src='{}/a.js'></script>",
    "a module": "<script type=module src='{}/b.js'></script>",
    "a script in the page": "<script>window.stranger = true; fetch('{}/c')</script>",
    "a handler": "<img src=x onerror=\"window.stranger = true; fetch('{}/d')\">",
    "a picture": "<img src='{}/e.png'>", "a style": "<link rel=stylesheet href='{}/f.css'>",
    "a style in the page": "<style>body {{ background: url('{}/g') }}</style>",
    "a style on an element": "<p style=\"background: url('{}/h')\">x</p>",
    "a font": "<style>@font-face {{ font-family: x; src: url('{}/i') }}"
              " body {{ font-family: x }}</style>",
    "a frame": "<iframe src='{}/j'></iframe>",
    "a frame of text": "<iframe srcdoc=\"<img src='{}/k'>\"></iframe>",
    "an object": "<object data='{}/l'></object>",
    "a film": "<video src='{}/m' autoplay muted></video>",
    "a sound": "<audio src='{}/n' autoplay></audio>",
    "a preload": "<link rel=preload as=script href='{}/o.js'>",
    "a manifest": "<link rel=manifest href='{}/p'>", "an icon": "<link rel=icon href='{}/q.png'>",
    "a base": "<base href='{}/r/'><script src='s.js'></script>",
    "an import map": "<script type=importmap>{{\"imports\": {{\"x\": \"{}/t.js\"}}}}</script>",
    "a worker": "<script>new Worker('{}/u.js')</script>",
}


@pytest.mark.parametrize("what", INJECTED)
def test_what_gets_into_a_page_reaches_nobody(page, elsewhere, what):
    with_markup(page, ACTION, INJECTED[what].format(elsewhere.origin))
    assert page.evaluate("window.stranger") is None
    assert elsewhere.asked == []
    assert page.locator("form[action*=signatures]").is_visible(), "and the page is there"


@pytest.mark.parametrize("what", ["a script", "a script in the page", "a picture", "a frame"])
def test_it_would_without_our_headers(page, elsewhere, what):
    """Or the silence above would prove nothing."""
    with_markup(page, ACTION, INJECTED[what].format(elsewhere.origin), without_policy)
    assert elsewhere.asked


THEIR_FORM = "<form id=theirs method=post action='{}/taken'><input name=a><button>x</button></form>"

SEND = {
    "their form": "() => document.querySelector('#theirs button').click()",
    "ours, turned away from us": """address => {
        const form = document.querySelector("#sign form");
        form.action = address + "/taken"; form.noValidate = true; form.submit() }""",
    "a button's own address": """address => {
        const button = document.querySelector("#sign form button");
        button.formAction = address + "/taken"; button.formNoValidate = true; button.click() }"""}


@pytest.mark.parametrize("how", SEND)
def test_no_form_is_sent_to_another_site(page, elsewhere, how):
    with_markup(page, ACTION, THEIR_FORM.format(elsewhere.origin))
    page.evaluate(SEND[how], elsewhere.origin)
    time.sleep(0.5)
    assert elsewhere.asked == [] and page.url.endswith(ACTION)


@pytest.mark.parametrize("how", SEND)
def test_it_would_be_without_our_headers(page, elsewhere, how):
    with_markup(page, ACTION, THEIR_FORM.format(elsewhere.origin), without_policy)
    page.evaluate(SEND[how], elsewhere.origin)
    page.wait_for_url(f"{elsewhere.origin}/taken")


def test_script_of_ours_talks_to_us_alone_and_writes_no_markup(page, elsewhere):
    page.goto(ACTION)
    reach = "address => fetch(address).then(() => 'reached', () => 'blocked')"
    assert page.evaluate(reach, COUNT) == "reached"
    assert page.evaluate(reach, f"{elsewhere.origin}/fetched") == "blocked"
    assert elsewhere.asked == []
    for write in ("document.body.innerHTML = '<b>x</b>'", "document.write('x')",
                  "document.createElement('script').src = '/x.js'",
                  "new DOMParser().parseFromString('<b>', 'text/html')"):
        assert page.evaluate(
            f"(() => {{ try {{ {write}; return 'written' }} catch (e) {{ return e.name }} }})()"
        ) == "TypeError", write


def test_a_page_is_alone_in_its_process(page):
    """What both cross-origin policies together are for."""
    for path in (ACTION, "/en/withdrawals/new", "/nowhere"):
        page.goto(path)
        assert page.evaluate("window.crossOriginIsolated"), path


def test_only_the_card_may_be_shown_elsewhere(site, page, elsewhere):
    page.goto(elsewhere.origin)
    load = """address => new Promise(done => {
        const image = new Image(); image.onload = () => done(true);
        image.onerror = () => done(false); image.src = address; document.body.append(image) })"""
    assert page.evaluate(load, f"{site.server.origin}{ACTION}/card.png")
    assert not page.evaluate(load, f"{site.server.origin}/favicon.ico")


def test_nothing_is_taken_for_what_it_does_not_say_it_is(page):
    data = f"<script src='{ACTION}.json'></script><script src='/robots.txt'></script>"
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    with_markup(page, ACTION, f"{data}<link rel=stylesheet href='/robots.txt'>")
    assert len({text for text in complaints if "MIME type" in text}) == 3, complaints


def test_nothing_of_the_device_can_be_asked_for(page):
    page.goto(ACTION)
    allowed = page.evaluate("document.featurePolicy.allowedFeatures()")
    assert not DENIED & set(allowed)
    state = "name => navigator.permissions.query({name}).then(status => status.state)"
    for name in ("geolocation", "camera", "microphone"):
        assert page.evaluate(state, name) == "denied"


def test_a_browser_has_nothing_to_complain_of(page):
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    for path in ("/en/", ACTION, "/en/withdrawals/new", "/en/privacy"):
        page.goto(path)
    assert complaints == []


def test_a_form_of_another_site_is_refused(site, page, elsewhere):
    """Also with a link's secret, which it could have been given."""
    address, before = new_address(), number(site.visitor())
    sign(site.visitor(), address)
    secret = newest_mail(site.relay, address).secret
    fields = {SIGNATURES: {"name": "A", "email": new_address()}, "/c": {"secret": secret}}
    for path, values in fields.items():
        inputs = "".join(f"<input name={name} value='{value}'>" for name, value in values.items())
        elsewhere.pages["/"] = (
            f"<form method=post action='{site.server.origin}{path}'>{inputs}<button>x")
        page.goto(elsewhere.origin)
        with page.expect_navigation() as answer:
            page.locator("button").click()
        assert answer.value.status == 403
    time.sleep(1.5)
    assert number(site.visitor()) == before
    assert fields[SIGNATURES]["email"] not in site.relay.attempts


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without"])
def test_the_link_of_a_mail_counts_and_tells_nobody_where_it_was(site, browser, elsewhere, script):
    """Its page sends no referrer, and so its form comes from nowhere: it is taken all the same."""
    address, before = new_address(), number(site.visitor())
    sign(site.visitor(), address)
    secret = newest_mail(site.relay, address).secret
    context = browser.new_context(
        base_url=site.server.origin, locale="en-GB", java_script_enabled=script)
    page, sent = context.new_page(), []
    context.on("request", lambda request: sent.append(request))
    page.goto(f"/c/{secret}")
    page.locator("form[action='/c'] button").click()
    page.locator(".withdraw").wait_for()
    number_becomes(site.visitor(), before + 1)
    [form] = [request for request in sent if request.method == "POST"]
    headers = form.all_headers()
    assert headers["origin"] == "null" and headers["sec-fetch-site"] == "same-origin"
    page.go_back()
    page.locator("a[href*='privacy']").first.click()
    page.wait_for_url("**/privacy")
    for request in sent:
        assert secret not in (request.all_headers().get("referer") or ""), request.url
    context.close()


def test_a_link_for_leaving_works_in_a_browser_too(site, page):
    address = new_address()
    sign(site.visitor(), address)
    confirm_by_link(site.visitor(), newest_mail(site.relay, address).secret)
    before = number(site.visitor())
    page.goto("/en/withdrawals/new")
    page.locator("[name=email]").fill(address)
    page.locator("form:has([name=email]) button").click()
    page.wait_for_load_state()
    page.goto(f"/w/{newest_mail(site.relay, address, 2).secret}")
    page.locator("form[action='/w'] button").click()
    page.wait_for_load_state()
    number_becomes(site.visitor(), before - 1)
