"""Whatever an author writes, or somebody who got at the folder, is text on the page or refused."""

import html
import time
from pathlib import Path

import pytest

from browser import visit
from conftest import set_up
from outcry import Server, example_as
from web import Element, Visitor

pytestmark = pytest.mark.usefixtures("unharmed")

BEFORE = "It was not one raid on one night."
"""A sentence of the sample's text, in front of which the paragraphs below are put."""

PARAGRAPHS = [
    "[plain](javascript:alert(1))", "[mixed](JaVaScRiPt:alert(1))", "[space]( javascript:alert(1))",
    "[entity](&#106;avascript:alert(1))", "[entities](&#x6A;&#x61;vascript&colon;alert(1))",
    "[tab](java&Tab;script:alert(1))", "[line](java&NewLine;script:alert(1))",
    "[vb](vbscript:msgbox(1))",
    "[data](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[picture](data:image/svg+xml;base64,PHN2Zy8+)", "[file](file:///etc/passwd)",
    "[escaped](javascript\\:alert(1))",
    "[percent](javascript%3Aalert(1))", "[quote](https://people.example/?\"onmouseover=\"alert(1))",
    "[title](https://people.example/ \"a\\\" onmouseover=\\\"alert(1)\")",
    "[single](https://people.example/'onclick='alert(1))", "[reference]", "[reference][]",
    "[reference]\\: javascript:alert(1) \"onclick=alert(1)\"",
    "[relative](//evil.example/)", "[nothing]()", "[lone](<>)",
    "[spaces](<https://people.example/a b>)",
    "\\<script\\>alert(1)\\</script\\>", "`<script>alert(1)</script>`",
    "`<img src=x onerror=alert(1)>`",
    "&lt;script&gt;alert(1)&lt;/script&gt;", "&#60;script&#62;alert(1)&#60;/script&#62;",
    "1 < 2, 3 > 2 && \"quoted\" 'twice'", "{{7*7}}",
    "| a | b |\n|---|---|\n| \\<b\\> | [x](javascript:alert(1)) |",
    "~~gone~~ ~~~", "[^1] and a note", "www.people.example", "zero\u200bwidth", "\u00ad",
    "<https://people.example/\"onmouseover=alert(1)>",
    "<mailto:a@b.example?body=javascript:alert(1)>",
]

REFUSED = {
    "a tag": "<b>bold</b>", "a script": "<script>alert(1)</script>", "an end": "</main>",
    "a comment": "<!-- hidden -->", "a picture's tag": "<img src=x onerror=alert(1)>",
    "a frame": "<iframe src=https://evil.example></iframe>", "a tag over lines": "<b\nid=x>",
    "a processing instruction": "<?php echo 1 ?>", "a declaration": "<!DOCTYPE html>",
    "a tag of letters": "<svg/onload=alert(1)>",
    "a link without a scheme we know": "<javascript:alert(1)>",
    "a picture from elsewhere": "![a picture](https://evil.example/track.png)",
    "a picture in data": "![a picture](data:image/png;base64,AAAA)",
    "a picture of the machine": "![a picture](../../../../etc/passwd)",
    "a picture that is not there": "![a picture](pictures/nowhere.png)",
    "a picture by reference": "![a picture][track]\n\n[track]: https://evil.example/track.png",
    "a reference": "[reference]: javascript:alert(1)",
    "a claim that nobody makes": "{claim:nobody}", "a NUL": "a\0b", "a bell": "a\x07b",
    "an open code": "`a", "a mark that is cut": "{claim:", "a mark of nothing": "{claim}",
    "a mark with spaces": "{ claim:detained }", "a mark that is hidden": "\\{claim:detained\\}",
}

DEEP = {
    "brackets": "[" * 10_000, "closed brackets": "[" * 5_000 + "a" + "](b)" * 5_000,
    "quotations": "> " * 10_000 + "a",
    "lists": "\n".join("  " * deep + "- a" for deep in range(400)),
    "stars": "*a " * 10_000, "stars and lines": "*a_ " * 10_000, "underscores": "_" * 20_000,
    "many links": "[a](b)" * 10_000, "references": "[a]: /b\n" * 10_000,
    "backslashes": "\\" * 20_000,
    "entities": "&amp;" * 10_000, "numbers": "1. " * 10_000 + "a", "a table": "|" * 10_000,
    "headings": "#" * 10_000, "claims": "{claim:detained}" * 1_000, "braces": "{claim:" * 10_000,
    "long word": "a" * 100_000, "less than": "< " * 10_000,
    "autolinks": "<https://a.example/> " * 2_000,
}


def folder_with(folder: Path, slug: str, paragraph: str) -> Path:
    """The sample with this in its English text, and without the one quotation it may have."""
    return example_as(folder, slug, ("en.md", BEFORE, f"{paragraph}\n\n{BEFORE}"),
                      ("en.md", "> It was enough", "It was enough"))


def page_of(site, slug: str) -> str:
    visitor, path = site.visitor(), f"/en/actions/{slug}"
    for _ in range(100):
        page = visitor.get(path)
        if page.status == 200:
            return page.text
        time.sleep(0.1)
    raise AssertionError(f"no page at {path}")


@pytest.fixture(scope="module")
def hostile(site, tmp_path_factory) -> str:
    """The page of an action with all of the paragraphs."""
    folder = folder_with(
        tmp_path_factory.mktemp("actions"), "hostile-2018", "\n\n".join(PARAGRAPHS))
    ran = site.server.installation.import_action(folder)
    assert ran.succeeded, str(ran)
    return page_of(site, "hostile-2018")


@pytest.fixture(scope="module")
def elements(site, hostile) -> list[Element]:
    return [*site.visitor().get("/en/actions/hostile-2018").document]


def test_what_is_written_stands_there_as_text(hostile):
    for text in ("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "1 < 2, 3 > 2 &&",
                 "{{7*7}}"):
        assert html.escape(text, quote=False) in hostile, text


def test_no_address_is_a_script(elements):
    addresses = [(name, value) for element in elements
                 for name, value in element.attributes.items()
                 if name in ("href", "src", "action", "formaction", "srcset", "poster", "cite")]
    assert len(addresses) > 20
    for name, value in addresses:
        scheme = "".join(value.lower().split()).partition(":")[0]
        assert scheme not in ("javascript", "vbscript", "data", "file"), (name, value)


def test_no_element_and_no_attribute_is_the_author_s(elements):
    tags = [element.tag for element in elements]
    assert not {"iframe", "object", "embed", "base", "style", "img"} & {*tags}
    assert tags.count("script") == tags.count("form") == tags.count("main") == 1, "ours"
    for element in elements:
        assert not [name for name in element.attributes if name.startswith("on")], element
        assert "style" not in element.attributes, element


@pytest.mark.usefixtures("hostile")
def test_a_browser_runs_nothing_and_asks_nobody_else(site, browser):
    context = browser.new_context(base_url=site.server.origin)
    page = context.new_page()
    asked: list[str] = []
    alerts: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
    page.goto("/en/actions/hostile-2018")
    for link in page.locator(".story .prose a").all()[:60]:
        link.hover()
    assert alerts == []
    assert [url for url in asked if not url.startswith(f"{site.server.origin}/")] == []
    context.close()


@pytest.mark.usefixtures("hostile")
def test_nor_does_one_without_script(site, browser):
    with visit(browser, site.server.origin) as (page, watch):
        page.goto("/en/actions/hostile-2018")
        assert watch.foreign_requests == [] and watch.complaints == []


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_be_more_than_text_is_refused_with_its_line(site, tmp_path, what):
    folder = folder_with(tmp_path, "refused-2018", REFUSED[what])
    ran = site.server.installation.import_action(folder)
    assert not ran.succeeded and ran.code > 0, str(ran)
    lines = (folder / "en.md").read_text().splitlines()
    first = next(index for index, line in enumerate(lines, 1)
                 if line == REFUSED[what].splitlines()[0])
    assert any(f"en.md:{line}" in ran.stderr for line in range(first, first + 4)), ran.stderr
    assert "Fatal error" not in ran.stderr
    assert site.visitor().get("/en/actions/refused-2018").status == 404, "nothing half-imported"


@pytest.mark.parametrize("what", DEEP)
def test_a_deep_text_is_read_in_seconds_or_refused(site, tmp_path, what):
    slug = f"deep-{what.replace(' ', '-')}"
    started = time.monotonic()
    # As a draft: there are more of these than keys.
    installation = site.server.installation
    ran = installation.run("action", "import", "--data", installation.data,
                           folder_with(tmp_path, slug, DEEP[what]))
    assert time.monotonic() - started < 20
    assert ran.code in (0, 1) and "Fatal error" not in ran.stderr, str(ran)[:3000]
    assert len(ran.stderr) < 100_000


@pytest.mark.parametrize("what", ["quotations", "lists", "closed brackets", "stars", "claims"])
def test_a_deep_text_is_shown_in_seconds(tmp_path, keeper, relay, what):
    installation = set_up(tmp_path / "server", relay, keeper)
    ran = installation.import_action(folder_with(tmp_path, "deep-2018", DEEP[what]))
    assert ran.succeeded, str(ran)
    with Server(installation) as server:
        started = time.monotonic()
        page = Visitor(server.port).get("/en/actions/deep-2018")
        assert page.status == 200 and time.monotonic() - started < 10
        assert Visitor(server.port).get("/en/actions/deep-2018.json").status == 200


def test_markup_in_the_lines_of_the_head_is_text(site, tmp_path):
    """Title, summary and the rest: they stand in the page's head, in feeds and in data too."""
    text = "<script>alert(1)</script>\\\" onload=alert(1) x=\\\""
    folder = example_as(
        tmp_path, "head-2018",
        ("en.md", 'title: "Baku: let them go home"', f'title: "{text}"'),
        ("en.md", "call: Add your name, and ask the President of Azerbaijan to let them go home.",
         f'call: "{text}"'),
        ("action.yaml", "en: President of the Republic of Azerbaijan", f'en: "{text}"'),
        ("action.yaml", "case: UA 17/2017", f'case: "{text[:40]}"'))
    ran = site.server.installation.import_action(folder)
    assert ran.succeeded, str(ran)
    page = page_of(site, "head-2018")
    assert page.count("&lt;script&gt;alert(1)") >= 4
    for path in ("/en/", "/en/actions/head-2018", "/en/feed.atom", "/en/how-we-count"):
        page = site.visitor().get(path).text
        assert "<script>alert" not in page and "\" onload=" not in page, path
    assert site.visitor().get("/en/actions/head-2018/card.png").status == 200
