"""Conditional comments of Outlook come out as they went in, and no word of a mail is lost on the way."""
# ruff: noqa: E501  # HTML as tools write it

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.content import queries, services
from quen.apps.content.rules import markup, words
from quen.apps.content.tests.factories import OPT_OUT, make_mail
from quen.apps.content.types import BodyFormat, TemplateBroken
from quen.apps.delivery.rules.tracking import Tracker

MJML = """<!doctype html><html lang="vi" xmlns:v="urn:schemas-microsoft-com:vml"><head><title>Thư</title>
<!--[if !mso]><!--><meta http-equiv="X-UA-Compatible" content="IE=edge"><!--<![endif]-->
<style type="text/css">#outlook a { padding:0; } p { margin:13px 0; }</style>
<!--[if mso]><noscript><xml><o:OfficeDocumentSettings><o:AllowPNG/></o:OfficeDocumentSettings></xml></noscript><![endif]-->
<!--[if lte mso 11]><style type="text/css">.mj-outlook-group-fix { width:100% !important; }</style><![endif]-->
<!--[if !mso]><!--><link href="https://fonts.example/css?family=Ubuntu" rel="stylesheet"><style type="text/css">
@import url(https://fonts.example/css); .web { font-family: Ubuntu; }</style><!--<![endif]-->
<style type="text/css">@media only screen and (min-width:480px) { .mj-column-per-100 { width:100% !important; } }</style>
</head><body style="word-spacing:normal;"><div lang="vi">
<!--[if mso | IE]><table align="center" border="0" class="" style="width:600px;" width="600"><tr><td><![endif]-->
<div style="margin:0px auto;max-width:600px;"><table align="center" role="presentation" style="width:100%;"><tbody><tr>
<td style="text-align:center;"><!--[if mso | IE]><table role="presentation"><tr><td style="width:600px;"><![endif]-->
<div class="mj-column-per-100"><p>Chào {{ call_name }}</p><a href="https://a.vn/moi">Trà mới</a></div>
<!--[if mso | IE]></td></tr></table><![endif]--></td></tr></tbody></table></div>
<!--[if mso | IE]></td></tr></table><![endif]--></div></body></html>"""
STRIPO = """<!DOCTYPE html><html><head><meta charset="UTF-8"><title>Bản tin</title>
<!--[if (mso 16)]><style type="text/css">a {text-decoration: none;}</style><![endif]-->
<!--[if gte mso 9]><style>sup { font-size: 100% !important; }</style><![endif]-->
<!--[if !mso]><!-- --><link href="https://fonts.example/css" rel="stylesheet"><!--<![endif]-->
<style type="text/css">.es-button { color:#ffffff }</style></head><body><div class="es-wrapper-color">
<!--[if gte mso 9]><v:background xmlns:v="urn:schemas-microsoft-com:vml" fill="t"><v:fill type="tile" color="#f6f6f6"></v:fill></v:background><![endif]-->
<table class="es-wrapper" width="100%"><tr><td valign="top"><h1>Ưu đãi tháng Mười</h1>
<!--[if mso]><a href="https://a.vn/outlook" target="_blank" hidden><v:roundrect href="https://a.vn/outlook" style="height:41px"><w:anchorlock></w:anchorlock><center>Nút Outlook</center></v:roundrect></a><![endif]-->
<!--[if !mso]><!-- --><span class="es-button-border"><a href="https://a.vn/xem" class="es-button">Xem ngay</a></span><!--<![endif]-->
<p>Hẹn gặp bạn</p></td></tr></table></div></body></html>"""
BEE = """<!DOCTYPE html><html lang="vi"><head><title></title><meta charset="utf-8"/>
<!--[if mso]><xml><o:OfficeDocumentSettings><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]-->
<!--[if !mso]><!--><link href="https://fonts.example/css2" rel="stylesheet" type="text/css"/><!--<![endif]-->
<style>* { box-sizing: border-box; } @media (max-width:520px) { .mobile_hide { display: none; } }</style>
<!--[if mso ]><style>sup, sub { font-size: 100% !important; } sup { mso-text-raise:10% }</style> <![endif]--></head>
<body class="body" style="background-color: #ffffff;"><table class="nl-container" width="100%"><tbody><tr><td>
<table class="row" align="center"><tbody><tr><td><![if !mso]><div>Ba hộp quà</div><![endif]>
<!--[if mso]> <div>Ba hộp quà</div> <![endif]--><a href="https://a.vn/qua">Nhận quà</a></td></tr></tbody></table>
</td></tr></tbody></table><!-- End --></body></html>"""
SHORT = "<p>ĐẦU</p><!--[if !mso]><!--><p>GIỮA</p><!--<![endif]--><p>CUỐI</p>"
SKELETONS = {"MJML": MJML, "Stripo": STRIPO, "BEE": BEE, "short": SHORT}


class Comments(HTMLParser):
    """Collects what Outlook reads: comments with a condition, and the marks around what it leaves out."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_comment(self, data: str) -> None:
        if "[if" in data or "[endif" in data:
            self.found.append(data)

    def unknown_decl(self, data: str) -> None:
        self.found.append(data)


def html_of(body: str) -> str:
    return make_mail(format=BodyFormat.HTML, body=body).render("vi", {"call_name": "Lan"}, OPT_OUT).html


@pytest.mark.parametrize("body", SKELETONS.values(), ids=list(SKELETONS))
class TestSkeletons:
    def test_every_conditional_comment_comes_out_in_its_place(self, body: str) -> None:
        html = html_of(body)
        written = Comments(body.replace("{{ call_name }}", "Lan")).found
        assert Comments(html).found == written
        head = html[: html.index("<body")]
        in_head = Comments(body[: body.index("<body")] if "<body" in body else "").found
        assert Comments(head).found == in_head

    def test_the_visible_words_are_those_that_were_written(self, body: str) -> None:
        written = words.visible_words(body.replace("{{ call_name }}", "Lan"))
        shown = words.visible_words(html_of(body))
        assert written == shown[: len(written)]

    def test_links_are_tracked_and_the_comments_stay(self, body: str) -> None:
        html = html_of(body)
        tracked = Tracker("https://q.vn", 1, b"k" * 32).rewrite_links(html, "token", exclude=(OPT_OUT,))
        assert len(Comments(tracked).found) == len(Comments(html).found)
        assert words.visible_words(tracked) == words.visible_words(html)
        assert '<a href="https://a.vn' not in tracked

    def test_the_text_part_has_the_words_and_no_marks(self, body: str) -> None:
        mail = make_mail(format=BodyFormat.HTML, body=body).render("vi", {"call_name": "Lan"}, OPT_OUT)
        text = mail.text[: mail.text.index("--\n")]
        assert "endif" not in text
        assert "[if" not in text
        assert "Outlook" not in text
        for word in words.visible_words(body.replace("{{ call_name }}", "Lan")):
            assert word in text

    def test_nothing_is_missed_by_the_check(self, workspace: Any, body: str) -> None:
        content = services.create_content(now=NOW, subject="Chào", format=BodyFormat.HTML, body=body)
        issues = queries.check(content, workspace=workspace, message_class="marketing", reminders={})
        assert "words_lost" not in {issue.code for issue in issues}


class TestSpellings:
    @pytest.mark.parametrize(
        ("start", "end"),
        [
            ("<!--[if !mso]><!-->", "<!--<![endif]-->"),
            ("<!--[if !mso]><!-- -->", "<!-- <![endif]-->"),
            ("<!--[if !mso]>-->", "<!--<![endif]-->"),
            ("<!--[if !((mso)|(IE))]><!---->", "<!--<![endif]-->"),
            ("<![if !mso]>", "<![endif]>"),
            ("<!--[IF gte mso 9]><!-->", "<!--<![ENDIF]-->"),
        ],
    )
    def test_of_shown_parts(self, start: str, end: str) -> None:
        html = html_of(f"<p>a</p>{start}<p>b {{{{ call_name }}}}</p>{end}<p>c</p>")
        assert f"<p>a</p>{start}<p>b Lan</p>{end}<p>c</p>" in html

    def test_a_hidden_part_keeps_its_tags_and_blocks(self) -> None:
        hidden = (
            "<!--[if mso]>{% if call_name %}<td>{{ call_name }}</td>{% endif %}<a href='x'>b</a><![endif]-->"
        )
        assert "<!--[if mso]><td>Lan</td><a href='x'>b</a><![endif]-->" in html_of(f"<p>a</p>{hidden}")

    @pytest.mark.parametrize(
        "body",
        [
            "<p>a</p><!--[if !mso]><!--><p>b</p>",
            "<p>a</p><!--<![endif]--><p>b</p>",
            "<html><head><!--[if !mso]><!--></head><body><p>a</p><!--<![endif]--><p>b</p></body></html>",
            "<p>a</p><![if !mso]><p>b</p>",
        ],
    )
    def test_a_mark_without_a_partner_goes_and_hides_no_footer(self, body: str) -> None:
        html = html_of(body)
        assert Comments(html).found == []
        assert words.visible_words(html)[:2] == ["a", "b"]

    def test_a_footer_that_outlook_would_hide_is_added_at_the_end(self) -> None:
        html = html_of("<!--[if !mso]><!--><p>a</p>{{ footer }}<!--<![endif]--><p>b</p>")
        assert html.index("<p>b</p>") < html.index(OPT_OUT)

    @pytest.mark.parametrize(
        "body",
        [
            "<p>a</p><!--[if mso]> --!><script>alert(1)</script><![endif]-->",
            "<style>a{}<!--[if mso]></style><script>alert(1)</script><![endif]--></style>",
            '<p title="<!--[if mso]>"><script>alert(1)</script><![endif]-->a</p>',
            "<!--[if mso]>--><script>alert(1)</script><!--<![endif]-->",
            "<![if !mso]><script>alert(1)</script><![endif]>",
        ],
    )
    def test_nothing_runs_by_pretending_to_be_a_comment(self, body: str) -> None:
        seen: list[str] = []

        class Scripts(HTMLParser):
            def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
                seen.append(tag)

        Scripts().feed(html_of(body))
        assert "script" not in seen

    def test_a_block_in_a_dropped_comment_is_misplaced(self) -> None:
        with pytest.raises(TemplateBroken):
            html_of("<!-- {% if call_name %} --><p>a</p>{% endif %}")


class TestLostWords:
    def test_they_block_sending(self, workspace: Any) -> None:
        body = "<p>Chào bạn</p><svg><text>Ưu đãi còn đến Chủ nhật</text></svg><p>Hẹn gặp</p>"
        content = services.create_content(now=NOW, subject="Chào", format=BodyFormat.HTML, body=body)
        issues = queries.check(content, workspace=workspace, message_class="marketing", reminders={})
        lost = next(issue for issue in issues if issue.code == "words_lost")
        assert lost.blocking
        assert "Chủ nhật" in str(lost.text) % lost.params

    def test_words_that_grow_together_are_not_lost(self) -> None:
        assert words.lost_words("<p>a<custom>b</custom> c</p>", "<p>ab c</p>") == ()
        assert words.lost_words("<p>a b</p>", "<p>a</p>") == ("b",)

    def test_the_text_of_a_page_is_read_without_its_styles(self) -> None:
        assert words.visible_text("<style>p{}</style><p>a <b>b</b>c</p><!-- d -->") == "a bc"

    def test_comments_are_left_out_of_the_text_part(self) -> None:
        placeholders = markup.TagPlaceholders(SHORT)
        assert "[if" not in markup.to_plain_text(markup.sanitize(placeholders).content)
