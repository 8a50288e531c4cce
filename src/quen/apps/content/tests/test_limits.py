"""What a text must not do."""

from __future__ import annotations

import pytest
from django.utils import translation

from quen.apps.content.rules import liquid
from quen.apps.content.tests.factories import OPT_OUT, make_mail
from quen.apps.content.types import TemplateBroken


class TestRefused:
    @pytest.mark.parametrize(
        ("source", "line"),
        [
            ("một\n{% include 'x' %}", 2),
            ("{% render 'x' %}", 1),
            ("\n\n{% assign a = 1 %}", 3),
            ("{% capture a %}x{% endcapture %}", 1),
            ("{{ a | replace: 'a', 'aaaa' }}", 1),
            ("a\n{{ a | web }}", 2),
            ("một\nhai {{ call_name", 2),
            ("{% if call_name %}a", 1),
            ("{{ }}}", 1),
            ("{% for i in (1..100000000) %}x{% endfor %}", 1),
            ("{% for i in (1..900) %}{% for j in (1..900) %}x{% endfor %}{% endfor %}", 1),
            ("{% if a %}" * 40 + "{% endif %}" * 40, 1),
            ("{% if a %}" * 4000 + "{% endif %}" * 4000, 1),
        ],
    )
    def test_is_refused_with_the_line_number(self, source: str, line: int) -> None:
        with pytest.raises(TemplateBroken) as refusal:
            liquid.ensure_valid(source, field="body")
        assert refusal.value.params["line"] == line
        assert refusal.value.field == "body"

    @pytest.mark.parametrize(
        ("language", "words"),
        [
            ("vi", "Dòng 2: “{% include %}” không dùng được ở đây"),
            ("en", "Line 2: “{% include %}” isn't supported"),
        ],
    )
    def test_is_refused_in_the_active_language(self, language: str, words: str) -> None:
        with translation.override(language), pytest.raises(TemplateBroken) as refusal:
            liquid.ensure_valid("a\n{% include 'x' %}", field="body")
        with translation.override(language):
            assert str(refusal.value) == words

    def test_a_block_inside_an_html_tag(self) -> None:
        with pytest.raises(TemplateBroken):
            make_mail(body="<p {% if email %}title='x'{% endif %}>a</p>")


class TestEscaping:
    """Whatever is printed is text, whoever wrote it."""

    @pytest.mark.parametrize(
        "body",
        [
            '<p>{{ "<img src=x onerror=alert(1)>" }}</p>',
            "<p>{{ full_name | append: '<img src=x onerror=alert(1)>' }}</p>",
            "<p>{{ tags | join: '<img src=x onerror=alert(1)>' }}</p>",
            "<p>{% unless nobody %}{{ '&lt;img src=x onerror=alert(1)&gt;' }}{% endunless %}</p>",
        ],
    )
    def test_string_literals_are_escaped(self, body: str) -> None:
        html = make_mail(body=body).render("vi", {"full_name": "Lan", "tags": ["a", "b"]}, OPT_OUT).html
        assert "<img" not in html

    @pytest.mark.parametrize("printed", ["<!--", "</body><!--", "<title>", "<style>"])
    def test_no_value_can_hide_the_footer(self, printed: str) -> None:
        html = (
            make_mail(body=f'<p>a</p>{{{{ "{printed}" }}}}<p>b</p>', format="html")
            .render("vi", {}, OPT_OUT)
            .html
        )
        assert printed not in html[html.index("<p>a") :]
        assert f'href="{OPT_OUT}"' in html

    @pytest.mark.parametrize(
        "address",
        [
            "{{ full_name }}",
            "{{ full_name }}{{ full_name }}",
            "{% if full_name %}{{ full_name }}{% endif %}",
            "{{ full_name | append: 'x' }}",
        ],
    )
    def test_no_value_chooses_the_scheme_of_a_url(self, address: str) -> None:
        mail = make_mail(body=f'<a href="{address}">a</a>')
        assert "javascript" not in mail.render("vi", {"full_name": "javascript:alert(1)"}, OPT_OUT).html


class TestBombs:
    def test_a_loop_over_contact_values_is_limited(self) -> None:
        mail = make_mail(
            body="{% for a in tags %}{% for b in tags %}{{ b }}{% endfor %}{% endfor %}<p>Hết</p>"
        )
        rendered = mail.render("vi", {"tags": ["x" * 50] * 5000}, OPT_OUT)
        assert len(rendered.html) < 2_000_000
        assert "Hết</p>" in rendered.html
