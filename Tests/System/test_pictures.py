"""Pictures of a story: shown to those who want them, told to the others, and saying no more than
what is seen on them."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, JpegImagePlugin, PngImagePlugin
from playwright.sync_api import Page

from browser import LANGUAGES, OUTPUT, breaks_no_rule, visit
from outcry import EXAMPLE, SLUG, Server, until
from web import Visitor

PLACE = b"GPS-40.4093N-49.8671E"
REMARK = b"shot by an informant"
BEHIND = b"and what stands behind the end"
PROFILE = b"a profile of one's own monitor"
SECRETS = [PLACE, REMARK, BEHIND, PROFILE]
SHOWS = {"en": "People march with a rainbow flag", "az": "İnsanlar bayraqla yürüş edir",
         "ru": "Люди идут с радужным флагом", "ar": "أشخاص يسيرون حاملين علمًا"}
CAPTION = "Photo: Somebody"


def photograph() -> bytes:
    """As a telephone makes it: lying on its side, with place, thumbnail, remark and profile."""
    picture = Image.effect_mandelbrot((1600, 1000), (-2, -1, 1, 1), 60).convert("RGB")
    picture.paste((200, 0, 0), (0, 0, 400, 400))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({0: b"\2\3\0\0", 1: "N", 2: (40, 24, 33.5), 0x1d: "2017:09:22"})
    exif[0x010e] = PLACE.decode()
    thumbnail = io.BytesIO()
    picture.resize((160, 100)).save(thumbnail, "JPEG")
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90, exif=exif.tobytes() + thumbnail.getvalue(),
                 comment=REMARK, icc_profile=PROFILE)
    return file.getvalue() + BEHIND


def drawing() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", REMARK.decode())
    notes.add_text("Location", PLACE.decode(), zip=True)
    notes.add_itxt("Author", PLACE.decode())
    file = io.BytesIO()
    Image.linear_gradient("L").resize((640, 480)).save(
        file, "PNG", pnginfo=notes, icc_profile=PROFILE)
    return file.getvalue() + BEHIND


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The example with a photograph and a drawing, told in every language."""
    folder = tmp_path_factory.mktemp("pictured") / SLUG
    (folder / "pictures").mkdir(parents=True)
    for file in EXAMPLE.iterdir():
        text = file.read_text()
        shows = SHOWS.get(file.stem)
        if shows:
            lines = (f'![{shows}](pictures/march.jpg "{CAPTION}")\n\n'
                     f"![{shows} – 2](pictures/map.png)\n\n")
            text = text.replace("\n# letter", f"\n{lines}# letter")
        (folder / file.name).write_text(text)
    assert all(secret in photograph() for secret in [*SECRETS, b"Exif", b"ICC_PROFILE"])
    (folder / "pictures/march.jpg").write_bytes(photograph())
    (folder / "pictures/map.png").write_bytes(drawing())
    return folder


@pytest.fixture(scope="module")
def pictured(demo: Server, folder: Path) -> Server:
    ran = demo.installation.run("action", "import", "--data", demo.installation.data, folder)
    assert ran.succeeded, str(ran)
    action = f"/en/actions/{SLUG}"
    until(lambda: "<figure>" in Visitor(demo.port).get(action).text, 5, "the server follows")
    return demo


@pytest.fixture
def page(browser, pictured) -> Iterator[Page]:
    # With script, because a browser without it fetches every picture at once.
    with visit(browser, pictured.origin, script=True) as (page, watch):
        page.goto(f"/en/actions/{SLUG}")
        yield page
        assert watch.foreign_requests == []
        assert [text for text in watch.complaints if "ERR_FAILED" not in text] == []


def served(server: Server, page: Page) -> list[bytes]:
    addresses = [picture.get_attribute("src") for picture in page.locator("figure img").all()]
    assert len(addresses) == 2
    answers = [Visitor(server.port).get(address) for address in addresses]
    assert [answer.header("Content-Type") for answer in answers] == ["image/jpeg", "image/png"]
    return [answer.body for answer in answers]


def test_with_pictures_off_nothing_is_lost_because_there_is_none(demo):
    """Comes first: after it the action has some."""
    for path in ("/en/", f"/en/actions/{SLUG}"):
        assert "<img" not in Visitor(demo.port).get(path).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_picture_shows_is_said_and_it_loads_only_when_looked_at(page, language):
    loaded = []
    page.on("response", lambda answer: "/pictures/" in answer.url and loaded.append(answer))
    page.goto(f"/{language}/actions/{SLUG}")
    photograph, drawing = page.locator("figure img").all()
    OUTPUT.mkdir(exist_ok=True)
    shows = SHOWS.get(language, SHOWS["en"])
    assert photograph.get_attribute("alt") == shows
    assert drawing.get_attribute("alt") == f"{shows} – 2"
    assert page.locator("figcaption").all_inner_texts() == [CAPTION]
    size = [int(photograph.get_attribute(side)) for side in ("width", "height")]
    assert size[0] < size[1] <= 1200, "its place is kept before it is there"
    assert photograph.get_attribute("loading") == "lazy"
    before = photograph.bounding_box()
    assert not loaded, "it is far below"
    photograph.scroll_into_view_if_needed()
    until(lambda: photograph.evaluate("picture => picture.complete"), 5, "it loads now")
    assert photograph.evaluate("picture => picture.naturalWidth") == size[0]
    assert photograph.bounding_box()["height"] == before["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.locator("figure").first.screenshot(path=OUTPUT / f"picture-{language}.png")


def test_without_pictures_their_words_stand_there(page):
    page.route("**/pictures/*", lambda route: route.abort())
    page.reload()
    page.locator("figure img").first.scroll_into_view_if_needed()
    assert page.get_by_role("img", name=SHOWS["en"], exact=True).is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_with_pictures_breaks_no_rule(browser, pictured, page, scheme):
    with visit(browser, pictured.origin, script=True, bypass_csp=True,
               color_scheme=scheme) as (checked, _):
        checked.goto(page.url)
        assert checked.locator("figure img").count() == 2
        breaks_no_rule(checked)


def test_what_is_served_holds_a_picture_and_nothing_else(page, pictured):
    photograph, drawing = served(pictured, page)
    for content in (photograph, drawing):
        assert not [secret for secret in [*SECRETS, b"Exif", b"ICC_PROFILE", b"iCCP", b"tEXt",
                                          b"iTXt", b"zTXt"] if secret in content]
    with Image.open(io.BytesIO(photograph)) as picture:
        assert isinstance(picture, JpegImagePlugin.JpegImageFile)
        assert not picture.getexif() and not set(picture.info) & {"exif", "comment", "icc_profile"}
        assert picture.size == (750, 1200), "upright, no longer than 1200"
        red, _, blue = picture.convert("RGB").getpixel((700, 50))
        assert red > 150 > 100 > blue, "what lay at the left stands at the top right"
    assert photograph.count(b"\xff\xd8\xff") == 1 and photograph.endswith(b"\xff\xd9")
    with Image.open(io.BytesIO(drawing)) as picture:
        assert (picture.format, picture.size, picture.info) == ("PNG", (640, 480), {})


def test_what_was_taken_out_lies_nowhere(pictured):
    """The program never writes what a picture came with, not even for a moment in its log."""
    installation = pictured.installation
    files = [file for place in (installation.data, installation.runtime, installation.temporary)
             for file in place.rglob("*") if file.is_file()]
    assert any(file.read_bytes().startswith(b"SQLite format 3") for file in files)
    for file in files:
        assert not [secret for secret in SECRETS if secret in file.read_bytes()], file


def test_given_back_and_taken_again_it_is_unchanged(pictured, page, folder, tmp_path):
    def command(*arguments) -> str:
        ran = pictured.installation.run("action", *arguments[:1], "--data",
                                        pictured.installation.data, *arguments[1:])
        assert ran.succeeded, str(ran)
        return ran.stderr
    command("export", SLUG, "--out", tmp_path / SLUG)
    photograph, drawing = served(pictured, page)
    assert (tmp_path / SLUG / "pictures/march.jpg").read_bytes() == photograph
    assert (tmp_path / SLUG / "pictures/map.png").read_bytes() == drawing
    for file in folder.glob("*.*"):
        assert (tmp_path / SLUG / file.name).read_bytes() == file.read_bytes()
    assert "unchanged, version 2" in command("import", tmp_path / SLUG)
    assert "unchanged, version 2" in command("import", folder), "nor is it another as it came"
