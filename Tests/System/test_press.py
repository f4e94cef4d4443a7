"""What is printed, taken apart by tools that are not ours: poppler, qpdf, zbar, Python.

`Tests/PressTests/PrintTests.swift` prints it, from the sample texts beside it.
"""

import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from browser import OUTPUT
from outcry import BINARY

LANGUAGES = ["en", "az", "ru", "ar", "zh-Hans", "hy", "ka"]
SUBJECTS = {
    "en": "Release those detained in Baku", "az": "Bakıda saxlanılanları azad edin",
    "ru": "Освободите задержанных в Баку", "zh-Hans": "请释放在巴库被拘留的人",
    "hy": "Ազատ արձակեք Բաքվում պահվողներին", "ka": "გაათავისუფლეთ ბაქოში დაკავებულები",
}
LINK = "https://rights.example/actions/baku-2017"
PAPERS = {"a4": (595, 842), "us": (612, 792)}
MILLIMETRE = 72 / 25.4
INCH = 72

WINDOWS = {
    "letter-en.pdf": (20 * MILLIMETRE, 45 * MILLIMETRE, 105 * MILLIMETRE, 90 * MILLIMETRE),
    "letter-ar.pdf": (20 * MILLIMETRE, 45 * MILLIMETRE, 105 * MILLIMETRE, 90 * MILLIMETRE),
    "letter-long.pdf": (20 * MILLIMETRE, 45 * MILLIMETRE, 105 * MILLIMETRE, 90 * MILLIMETRE),
    "letter-en-uk.pdf": (20 * MILLIMETRE, 57 * MILLIMETRE, 100 * MILLIMETRE, 87 * MILLIMETRE),
    "letter-ar-uk.pdf": (20 * MILLIMETRE, 57 * MILLIMETRE, 100 * MILLIMETRE, 87 * MILLIMETRE),
    "letter-en-us.pdf": (0.875 * INCH, 2.5 * INCH, 4.375 * INCH, 3.4 * INCH),
    "letter-ar-us.pdf": (0.875 * INCH, 2.5 * INCH, 4.375 * INCH, 3.4 * INCH),
}
"""What an envelope shows of the sheet, wherever it slides in it."""


NO_CHINESE = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include>/etc/fonts/fonts.conf</include>
  <selectfont><rejectfont><glob>*CJK*</glob></rejectfont></selectfont>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def print_all(folder: Path, **environment: str) -> subprocess.CompletedProcess:
    tests = BINARY.parent / "outcryPackageTests.xctest"
    if not tests.exists():
        pytest.skip(f"{tests} is not built: Scripts/build-tests")
    return subprocess.run(
        [tests, "--testing-library", "swift-testing", "--filter", "PrintTests"],
        env=os.environ | {"OUTCRY_PRINTS": str(folder)} | environment, capture_output=True,
        text=True, timeout=300)


@pytest.fixture(scope="module")
def prints(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("prints")
    ran = print_all(folder)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return folder


def run(*command: object) -> str:
    ran = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                         timeout=120)
    assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def info(pdf: Path) -> dict[str, str]:
    rows = (line.split(":", 1) for line in run("pdfinfo", pdf).splitlines())
    return {name: value.strip() for name, value in rows}


def picture(pdf: Path, page: int = 1, resolution: int = 72) -> Path:
    to = OUTPUT / f"{pdf.stem}-{page}"
    run("pdftoppm", "-r", resolution, "-png", "-f", page, "-l", page, "-singlefile", pdf, to)
    return to.with_suffix(".png")


def words(pdf: Path, page: int = 1) -> list[tuple[str, tuple[float, ...]]]:
    """Each word of a page with the corners of its box, in points."""
    tree = ElementTree.fromstring(
        run("pdftotext", "-bbox", "-f", page, "-l", page, pdf, "-"))
    return [(word.text or "", tuple(float(word.get(side)) for side in
                                    ("xMin", "yMin", "xMax", "yMax")))
            for word in tree.iter("{http://www.w3.org/1999/xhtml}word")]


def test_every_print_is_whole_tagged_and_brings_its_fonts(prints):
    pdfs = sorted(prints.glob("*.pdf"))
    assert len(pdfs) >= 18
    for pdf in pdfs:
        if "50000" in pdf.name:
            continue
        assert "No syntax or stream encoding errors" in run("qpdf", "--check", pdf), pdf
        about = info(pdf)
        assert about["Tagged"] == "yes", pdf
        assert "CreationDate" not in about and "ModDate" not in about, pdf
        assert about["Creator"] == "Outcry" and about["Title"], pdf
        fonts = run("pdffonts", pdf).splitlines()[2:]
        assert fonts, pdf
        for font in fonts:
            assert re.search(r" yes yes yes +\d+ +0$", font), f"{pdf}: {font}"


def test_a_letter_is_one_page_of_its_paper(prints):
    for pdf in prints.glob("letter-*.pdf"):
        about = info(pdf)
        assert about["Pages"] == "1", pdf
        width, height = re.match(r"([\d.]+) x ([\d.]+) pts", about["Page size"]).groups()
        expected = PAPERS["us" if pdf.stem.endswith("-us") else "a4"]
        assert (round(float(width)), round(float(height))) == expected, pdf


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_letter_says_in_which_language_it_is_and_can_be_read(prints, language):
    pdf = prints / f"letter-{language}.pdf"
    assert f"/Lang ({language})".encode() in pdf.read_bytes()
    picture(pdf)
    text = run("pdftotext", "-layout", pdf, "-")
    if language in SUBJECTS:
        assert SUBJECTS[language] in text
    else:
        letters = {sign for sign in text if "\u0600" <= sign <= "\u06ff"}
        assert len(letters) > 20 and "Baku" in text
    assert "\ufffd" not in text and "\u25a1" not in text


def test_six_scripts_stand_in_one_letter(prints):
    pdf = prints / "letter-all-scripts.pdf"
    text = run("pdftotext", "-layout", pdf, "-")
    for part in ["saxlanılıb", "задержано", "被拘留", "ձերբակալվել", "დააკავეს", "Baku"]:
        assert part in text, part
    assert any("\u0600" <= sign <= "\u06ff" for sign in text)
    picture(pdf)


def test_without_a_font_for_chinese_its_words_are_named_and_nothing_is_printed(tmp_path):
    config = tmp_path / "fonts.conf"
    config.write_text(NO_CHINESE.format(cache=tmp_path / "cache"))
    ran = print_all(tmp_path, FONTCONFIG_FILE=str(config))
    assert ran.returncode != 0
    assert "missingGlyphs" in ran.stdout + ran.stderr
    assert "请释放在巴库被拘留的人" in ran.stdout + ran.stderr
    assert (tmp_path / "letter-ar.pdf").exists()
    assert not list(tmp_path.glob("letter-zh*")) and not list(tmp_path.glob("delivery*"))


@pytest.mark.parametrize("name", WINDOWS)
def test_the_window_shows_the_address_whole_and_nothing_else(prints, name):
    left, top, right, bottom = WINDOWS[name]
    pdf = prints / name
    shown = [(word, box) for word, box in words(pdf)
             if box[2] > left and box[0] < right and box[3] > top and box[1] < bottom]
    assert {"AZ1066", "Baku", "AZERBAIJAN"} <= {word for word, _ in shown}
    for word, (x, y, to_x, to_y) in shown:
        # The box of a word has its font's whole height, of which ink fills the middle.
        assert x >= left and to_x <= right and y >= top - 1 and to_y <= bottom + 1, (word, y, to_y)
    country = next(box for word, box in shown if word == "AZERBAIJAN")
    assert country[3] == max(box[3] for _, box in shown), "the country is the last line"


def test_folds_and_punch_are_where_the_standard_has_them(prints):
    image = Image.open(picture(prints / "letter-en.pdf", resolution=254)).convert("L")
    edge = [min(image.getpixel((x, y)) for x in range(60, 85)) for y in range(image.height)]
    marks = [y / 10 for y in range(1, image.height) if edge[y] < 160 <= edge[y - 1]]
    assert [round(mark * 2) / 2 for mark in marks] == [105, 148.5, 210]


@pytest.mark.parametrize("name", ["letter-en", "letter-ar", "letter-long", "letter-en-us"])
def test_a_reader_that_is_not_ours_opens_the_code_and_people_read_the_address(prints, name):
    pdf = prints / f"{name}.pdf"
    assert run("zbarimg", "--quiet", "--raw", picture(pdf, resolution=150)).strip() == LINK
    assert LINK.removeprefix("https://") in run("pdftotext", "-layout", pdf, "-")


@pytest.mark.parametrize("name", ["letter-en", "letter-ar"])
def test_a_letter_is_read_in_its_order_and_its_links_are_links(prints, name):
    structure = run("pdfinfo", "-struct", prints / f"{name}.pdf")
    tags = re.findall(r"^ *(\w+)", structure, re.MULTILINE)
    assert tags[0] == "Document" and tags.count("H1") == 1 and tags.count("Link") == 2
    assert tags.index("P") < tags.index("H1")
    assert LINK in run("pdfinfo", "-url", prints / f"{name}.pdf")


def test_a_warning_stands_in_a_frame(prints):
    for language in ["en", "ar"]:
        pdf = prints / f"letter-{language}-warning.pdf"
        assert "do not send" in run("pdftotext", "-layout", pdf, "-")
        image = Image.open(picture(pdf)).convert("L")
        dark = [image.getpixel((x, image.height // 3)) < 90 for x in range(image.width)]
        assert any(dark[:30]) and any(dark[-30:])


@pytest.mark.parametrize("name", ["delivery-en", "delivery-ar", "delivery-us"])
def test_a_delivery_is_a_letter_then_what_is_known_then_names(prints, name):
    pdf = prints / f"{name}.pdf"
    count = int(info(pdf)["Pages"])
    for page in range(1, count + 1):
        picture(pdf, page)
    text = [run("pdftotext", "-layout", "-f", page, "-l", page, pdf, "-")
            for page in range(1, count + 1)]
    for page in range(2, count + 1):
        assert f"page {page} of {count}" in text[page - 1]
    for part in ["48,211", "lawyers", "Az3grlgtzPICa5OS8npVmf1Myq", "12,044"]:
        assert part in text[1], part
    assert run("zbarimg", "--quiet", "--raw",
               picture(pdf, 2, resolution=150)).strip() == LINK
    names = "\n".join(text[2:])
    assert {int(number) for number in re.findall(r"(?<![\d,])\d+(?!\d)", names)} >= set(range(1, 601))
    for written in ["Elşad Əliyev", "Ö. ʻAlí-Ŭan", "王小明", "Գագիկ Հարությունյան", "O’Connor"]:
        assert names.count(written) >= 30, written
    tags = re.findall(r"^ *(\w+)", run("pdfinfo", "-struct", pdf), re.MULTILINE)
    assert tags.count("LI") == 600 and {"Table", "TR", "TH", "TD", "H1", "H2", "L"} <= set(tags)


@pytest.mark.parametrize("name", ["delivery-en", "delivery-ar"])
def test_a_number_stands_beside_its_name_in_either_direction(prints, name):
    found = words(prints / f"{name}.pdf", 4)
    numbers = {int(word): box for word, box in found if word.isdigit() and int(word) > 117}
    beside = 0
    for word, (left, top, right, _) in found:
        if word not in ("Əliyev", "O’Connor", "فاطمة", "王小明"):
            continue
        row = [box for box in numbers.values() if abs(box[1] - top) < 5]
        near = [box for box in row if (box[0] > right) == name.endswith("ar")
                and min(abs(box[0] - right), abs(left - box[2])) < 60]
        beside += bool(near)
    assert beside >= 20


def test_fifty_thousand_names_are_all_there(prints):
    pdf = prints / "delivery-50000.pdf"
    assert pdf.stat().st_size <= 10_000_000
    about = info(pdf)
    assert about["Tagged"] == "yes" and 300 < int(about["Pages"]) <= 500
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", pdf)
    text = run("pdftotext", "-f", 3, pdf, "-")
    numbers = {int(number) for number in re.findall(r"(?m)^\d+", text)}
    assert numbers >= set(range(1, 50_001))
    picture(pdf, 200)


def test_a_bundle_opens_elsewhere_and_tells_no_time(prints):
    with zipfile.ZipFile(prints / "bundle.zip") as bundle:
        assert bundle.testzip() is None
        files = bundle.infolist()
        assert [file.filename for file in files] == ["empty", "letter.pdf", "картинки/Əli.txt"]
        assert bundle.read("картинки/Əli.txt").decode() == "Bakı\n"
        assert bundle.read("letter.pdf") == (prints / "letter-en.pdf").read_bytes()
        for file in files:
            assert file.date_time == (1980, 1, 1, 0, 0, 0) and not file.extra
            assert file.external_attr >> 16 == 0o100644
