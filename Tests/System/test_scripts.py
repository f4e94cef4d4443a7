"""Names in every script go through form, mail, page, record, CSV and JSON as they were given."""

import html

import pytest

from outcry import open_export
from signing import new_address, newest_mail, open_link, send_form, sign, confirm_by_link
from web import Visitor

NAMES = [
    "Ülkər Əliyeva-Şıxlınskı", "İlqar Ğ.", "أمل الزهراء", "Նարեկ Հակոբյան", "ნინო ხარატიშვილი",
    "李雷", "Nguyễn Thị Minh Khai", "Ἀλέξανδρος", "สมชาย", "שרה", "🕊️👩‍👩‍👧", "O'Neill",
    "Suharto", "María José de la Cruz y Borbón",
]

HOSTILE = {
    "\"\u0301 onmouseover=alert(1)": "\"\u0301 onmouseover=alert(1)",
    "A\u202egnp.exe": "Agnp.exe",
    "zero\u200bwidth": "zero\u200bwidth",
    "<script>alert(1)</script>": "<script>alert(1)</script>",
    "&amp;&#60;b&#62;": "&amp;&#60;b&#62;",
}


@pytest.mark.parametrize("format", ["csv", "json"])
def test_a_name_in_any_script_comes_back_unchanged(server, keeper, relay, format):
    for name in NAMES + list(HOSTILE):
        visitor, address = Visitor(server.port), new_address()
        sign(visitor, address, name=name)
        mail = newest_mail(relay, address)
        shown = visitor.get(f"/c/{mail.secret}").text
        kept = HOSTILE.get(name, name)
        assert f"<bdi>{html.escape(kept).replace('&#x27;', '&#39;')}</bdi>" in shown
        assert confirm_by_link(visitor, mail.secret).status == 200
    opened = open_export(server.installation.export(format), keeper, format=format)
    assert opened.ran.succeeded, str(opened.ran)
    assert sorted(opened.names) == sorted(NAMES + list(HOSTILE.values()))


def test_ten_thousand_combining_marks_are_refused_and_harm_no_page(server, visitor):
    answer = send_form(visitor, new_address(), name="a" + "\u0301" * 5_000)
    assert answer.status in (413, 422)
    assert server.is_running
