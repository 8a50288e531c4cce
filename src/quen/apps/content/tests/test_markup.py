"""How an author's HTML is sanitized and converted."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from quen.apps.content.rules import liquid, markup
from quen.apps.content.tests.factories import OPT_OUT, make_mail
from quen.apps.content.types import BodyFormat, TemplateBroken

PAGE = """<!DOCTYPE html><html><head><title>Thư</title><style>
p { color: #112233; } .wide { width: 100% } @media (max-width: 600px) { .wide { width: 320px !important } }
@import url(https://evil.example/x.css);</style></head><body bgcolor="#fafafa" style="margin:0">
<!--[if mso]><table><tr><td><![endif]--><table class="wide" cellpadding="0" width="600" bgcolor="#ffffff"><tr>
<td align="center" style="padding: 8px"><p>Xin chào</p><img src="https://a.vn/a.png" alt="Ấm trà" width="300"></td></tr>
{% for tag in tags %}<tr><td>{{ tag }}</td></tr>{% endfor %}</table></body></html>"""


def html_of(body: str) -> str:
    return make_mail(format=BodyFormat.HTML, body=body).render("vi", {"tags": ["a", "b"]}, OPT_OUT).html


class TestLayouts:
    def test_custom_html_keeps_its_styles(self) -> None:
        html = html_of(PAGE)
        assert 'style="padding: 8px"' in html.replace("8px;", "8px")
        assert "color: #112233" in html[html.index("<p ") :]
        assert "@media (max-width: 600px)" in html or "@media (max-width:600px)" in html
        assert 'bgcolor="#fafafa"' in html
        assert "<!--[if mso]>" in html
        assert 'cellpadding="0"' in html
        assert "@import" not in html

    def test_a_loop_over_rows_stays_in_its_table(self) -> None:
        html = html_of(PAGE)
        assert html.count("<tr><td") >= 2
        only_rows = html_of("<table>{% for tag in tags %}<tr><td>{{ tag }}</td></tr>{% endfor %}</table>")
        table = only_rows[only_rows.index("<table><tbody>") :]
        assert table.startswith("<table><tbody><tr><td>a</td></tr><tr><td>b</td></tr></tbody></table>")

    def test_editor_content_gets_our_layout(self) -> None:
        body = (
            '<h1>Tựa</h1><div class="button" style="text-align: center"><a href="https://a.vn">Xem</a></div>'
        )
        html = make_mail(body=body).render("vi", {}, OPT_OUT).html
        assert "max-width:600px" in html
        assert 'class="q-button"' in html
        assert "background-color: #bb2a6b" in html
        assert "prefers-color-scheme" in html

    def test_the_preview_text_is_hidden_first(self) -> None:
        html = make_mail(preview="Xem <ngay>").render("vi", {}, OPT_OUT).html
        assert html.index("display:none") < html.index("Xem &lt;ngay&gt;") < html.index("Chào bạn")


class TestCleaning:
    @pytest.mark.parametrize(
        "bad",
        [
            "<script>alert(1)</script>",
            '<img src="x" onerror="alert(1)">',
            '<a href="javascript:alert(1)">x</a>',
            '<form action="https://evil.example"><input name="card"></form>',
            '<iframe src="https://evil.example"></iframe>',
            "<svg><script>alert(1)</script></svg>",
            '<object data="x"></object>',
            '<body onload="alert(1)"><p>a</p>',
            "<style>p { background: expression(alert(1)) }</style>",
            "<!--><script>alert(1)</script>-->",
        ],
    )
    def test_scripts_forms_and_frames_are_removed(self, bad: str) -> None:
        html = html_of(f"<p>Trước</p>{bad}<p>Sau</p>").casefold()
        for word in (
            "<script",
            "onerror",
            "onload",
            "javascript:",
            "<form",
            "<input",
            "<iframe",
            "<svg",
            "<object",
        ):
            assert word not in html
        assert "expression(" not in html
        assert "trước" in html


class TestPlainText:
    def test_links_lists_images_and_tables_as_text(self) -> None:
        text = markup.to_plain_text(
            "<h1>Chào</h1><table><tr><td><p>Một <b>hai</b></p></td></tr></table><ul><li>trà</li><li>sen</li></ul>"
            '<p><a href="https://a.vn/x_y">Xem (ngay)</a> <a href="https://b.vn">https://b.vn</a></p>'
            '<img src="https://a.vn/a.png" alt="Ấm trà">'
        )
        assert text.splitlines()[0] == "Chào"
        assert "Một hai" in text
        assert "- trà" in text
        assert "Xem (ngay) (https://a.vn/x_y)" in text
        assert "https://b.vn" in text.split("x_y)")[1].splitlines()[0]
        assert "Ấm trà" in text
        assert "|" not in text


class TestCutting:
    @pytest.mark.parametrize(
        "body",
        [
            '<p title="<!--">a<!--[if mso]> x --><b title="onmouseover=alert(1) ">c</b>',
            '<p title="<style>">a<style>b{color:red}</style><b title="onmouseover=alert(1) ">c</b>',
            '<p title="{{ footer }}">a</p><b title="onmouseover=alert(1) ">c</b>',
        ],
    )
    def test_removed_tags_open_no_attribute(self, body: str) -> None:
        looked = _Handlers()
        looked.feed(html_of(body))
        assert not looked.found

    def test_a_url_with_brackets_still_works(self) -> None:
        assert 'href="https://a.vn/?q=%3Ca%3E"' in html_of('<a href="https://a.vn/?q=<a>">a</a>')


@pytest.mark.parametrize(
    "unit",
    [
        "{{",
        "{%",
        "{{ a ",
        "<a ",
        '<p title="',
        "<!--",
        "<body ",
        "[",
        "[a](<",
        "<a href=",
        '<div class="button" ',
    ],
)
def test_many_unclosed_tags_are_parsed_in_linear_time(unit: str) -> None:
    # Linear in the length; scanning to the end for each of them would take minutes.
    body = unit * (300_000 // len(unit))
    try:
        liquid.ensure_valid(body, field="body", html=True)
        mail = make_mail(format=BodyFormat.HTML, body=body).render("vi", {}, OPT_OUT)
    except TemplateBroken:
        return
    assert OPT_OUT in mail.html


class _Handlers(HTMLParser):
    """Collects attributes that would run code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [name for name, _value in attrs if name.startswith("on")]
