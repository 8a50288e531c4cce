"""A compiled text becomes the email of one recipient."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.content.rules import liquid
from quen.apps.content.tests.factories import OPT_OUT, make_frame, make_mail, make_version
from quen.apps.content.types import BodyFormat
from quen.core.money import Money

GREETING = '<p>Chào {{ call_name | default: "bạn" }}</p>'


class TestMergeTags:
    def test_a_known_value_is_printed(self) -> None:
        mail = make_mail(subject="{{ call_name }} ơi", body=GREETING).render(
            "vi", {"call_name": "Lan"}, OPT_OUT
        )
        assert mail.subject == "[QC] Lan ơi"
        assert "Chào Lan</p>" in mail.html
        assert mail.text.startswith("Chào Lan\n")

    @pytest.mark.parametrize("values", [{}, {"call_name": ""}, {"call_name": None}])
    def test_the_fallback_is_printed_without_a_value(self, values: dict[str, object]) -> None:
        mail = make_mail(body=GREETING).render("vi", values, OPT_OUT)
        assert "Chào bạn</p>" in mail.html

    @pytest.mark.parametrize(("language", "words"), [("vi", "Quý khách"), ("en", "valued customer")])
    def test_a_salutation_has_a_built_in_fallback(self, language: str, words: str) -> None:
        version = make_version(language=language, body="<p>{{ salutation }}</p>")
        assert f">{words}</p>" in make_mail(version).render(language, {}, OPT_OUT).html

    def test_the_authors_fallback_overrides_the_built_in_one(self) -> None:
        mail = make_mail(body='<p>{{ salutation | default: "Bạn" }}</p>').render("vi", {}, OPT_OUT)
        assert ">Bạn</p>" in mail.html

    def test_custom_fields_and_tags(self) -> None:
        body = "<p>Cỡ {{ custom.size }}</p><ul>{% for tag in tags %}<li>{{ tag }}</li>{% endfor %}</ul>"
        body += "<p>{{ tags }}</p>"
        mail = make_mail(body=body).render("vi", {"custom.size": "M", "tags": ["sỉ", "trà"]}, OPT_OUT)
        assert "Cỡ M</p>" in mail.html
        assert mail.html.count("</li>") == 2
        assert "sỉ, trà</p>" in mail.html

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (Money(Decimal(1250000), "VND"), "1.250.000\xa0₫"),
            (date(2026, 3, 2), "02/03/2026"),
            (datetime(2026, 3, 1, 18, 0, tzinfo=UTC), "02/03/2026"),
            (Decimal("41.50"), "41,5"),
            (True, "Có"),
            ({"vi": "Nữ", "en": "Female"}, "Nữ"),
            (7, "7"),
        ],
    )
    def test_values_are_formatted(self, value: object, words: str) -> None:
        mail = make_mail(format=BodyFormat.TEXT, body="{{ spent }}").render("vi", {"spent": value}, OPT_OUT)
        assert mail.text.splitlines()[0] == words

    def test_a_tag_escaped_by_the_editor_is_parsed(self) -> None:
        mail = make_mail(body="<p>{{ call_name | default: &quot;bạn&quot; }}</p>").render("vi", {}, OPT_OUT)
        assert ">bạn</p>" in mail.html


class TestEscaping:
    def test_a_value_is_escaped_in_html_and_not_in_subject_and_text(self) -> None:
        name = "<script>alert(1)</script>"
        mail = make_mail(subject="{{ call_name }}", preview="{{ call_name }}", body=GREETING).render(
            "vi", {"call_name": name}, OPT_OUT
        )
        assert "<script" not in mail.html
        assert "&lt;script&gt;" in mail.html
        assert mail.subject == f"[QC] {name}"
        assert name in mail.text

    def test_a_value_is_escaped_inside_blocks_too(self) -> None:
        body = "{% if call_name %}<p title='{{ call_name }}'>{{ call_name }}</p>{% endif %}"
        mail = make_mail(body=body).render("vi", {"call_name": "\"'><b>"}, OPT_OUT)
        assert "<b>" not in mail.html

    def test_a_value_cannot_break_a_header(self) -> None:
        mail = make_mail(subject="{{ call_name }}").render("vi", {"call_name": "a\r\nBcc: x@y.vn"}, OPT_OUT)
        assert mail.subject == "[QC] a Bcc: x@y.vn"

    @pytest.mark.parametrize(
        ("value", "address"),
        [
            ("javascript:alert(1)", ""),
            ("tra-sen.vn/a", "https://tra-sen.vn/a"),
            ("https://a.vn", "https://a.vn"),
        ],
    )
    def test_a_value_chooses_no_scheme(self, value: str, address: str) -> None:
        mail = make_mail(body='<p><a href="{{ custom.page }}">xem</a></p>').render(
            "vi", {"custom.page": value}, OPT_OUT
        )
        assert f'href="{address}"' in mail.html
        assert "javascript" not in mail.html

    def test_a_value_is_not_parsed_as_a_tag(self) -> None:
        mail = make_mail(body=GREETING).render("vi", {"call_name": "{{ email }}", "email": "x@y.vn"}, OPT_OUT)
        assert "x@y.vn" not in mail.html


class TestLanguages:
    def test_each_language_gets_its_version_and_others_the_default(self) -> None:
        mail = make_mail(
            make_version(subject="Xin chào"),
            make_version(language="en", subject="Hello", body="<p>Hello</p>"),
        )
        assert [mail.render(each, {}, OPT_OUT).subject for each in ("vi", "en", "fr", "")] == [
            "[QC] Xin chào",
            "[QC] Hello",
            "[QC] Xin chào",
            "[QC] Xin chào",
        ]


class TestLinks:
    def test_web_links_in_order_without_the_opt_out(self) -> None:
        body = (
            '<p><a href="https://a.vn/?x=1&amp;y=2">a</a><a href="mailto:a@b.vn">m</a><a href="tel:1900">t</a>'
            '<a href="#top">o</a><a href="https://b.vn">b</a><a href="https://a.vn/?x=1&amp;y=2">a</a>'
            '<a href="{{ unsubscribe_url }}">u</a></p>'
        )
        assert make_mail(body=body).render("vi", {}, OPT_OUT).links == (
            "https://a.vn/?x=1&y=2",
            "https://b.vn",
        )

    def test_a_text_mail_has_no_html_and_nothing_to_track(self) -> None:
        mail = make_mail(format=BodyFormat.TEXT, body="Xem https://a.vn").render("vi", {}, OPT_OUT)
        assert (mail.html, mail.links) == ("", ())
        assert "Xem https://a.vn" in mail.text


class TestCompiled:
    def test_another_process_renders_the_same(self) -> None:
        mail = make_mail(body=GREETING + "{% if email %}<p>{{ email }}</p>{% endif %}")
        values: dict[str, object] = {"call_name": "Lan", "email": "lan@example.com"}
        theirs = pickle.loads(pickle.dumps(mail))  # noqa: S301  # our own bytes
        assert theirs.render("vi", values, OPT_OUT) == mail.render("vi", values, OPT_OUT)

    def test_it_names_the_tags_it_needs(self) -> None:
        mail = make_mail(subject="{{ given_name }}", body=GREETING + "{% if tags %}x{% endif %}")
        assert {"given_name", "call_name", "tags"} <= mail.keys


ANYTHING = (
    st.none() | st.text() | st.integers() | st.booleans() | st.decimals() | st.dates() | st.datetimes()
    | st.lists(st.text()) | st.dictionaries(st.text(), st.text()) | st.floats()
)  # fmt: skip


@given(name=ANYTHING, size=ANYTHING, tags=ANYTHING)
def test_rendering_never_raises(name: object, size: object, tags: object) -> None:
    body = (
        GREETING
        + "<p>{{ custom.size | upcase | truncate: 5 }}</p>{% if tags contains 'sỉ' %}<p>a</p>{% endif %}"
        "{% if custom.size > 5 %}<p>b</p>{% endif %}{% for tag in tags %}<p>{{ tag | append: '!' }}</p>{% endfor %}"
    )
    values = {"call_name": name, "custom.size": size, "tags": tags}
    mail = make_mail(body=body).render("vi", values, OPT_OUT)
    assert mail.html.endswith("</html>")


@given(
    words=st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="{}%"), max_size=12),
        min_size=1,
        max_size=4,
    ),
    value=st.text(max_size=12),
    fallback=st.text(st.characters(exclude_categories=["Cs"], exclude_characters='"\\{}%|'), max_size=8),
)
def test_the_fast_path_renders_the_same_as_liquid(words: list[str], value: str, fallback: str) -> None:
    """Plain tags are rendered without Liquid; this oracle keeps both equal."""
    source = f'{{{{ given_name | default: "{fallback}" }}}}'.join(words)
    template = liquid.parse(source, html=False, strict=True)
    frame = make_frame(label="")
    mail = make_mail(frame=frame, format=BodyFormat.TEXT, body="x", subject=source)
    expected = " ".join(template.render(given_name=value).split())
    assert mail.render("vi", {"given_name": value}, OPT_OUT).subject == expected
