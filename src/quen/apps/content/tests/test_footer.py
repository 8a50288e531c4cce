"""The footer required by law."""

from __future__ import annotations

import re

import pytest

from quen.apps.content.rules.compiler import with_label
from quen.apps.content.tests.factories import OPT_OUT, SENDER, make_frame, make_mail, make_version
from quen.apps.content.types import BodyFormat

REMINDER = {"vi": "Bạn đã đăng ký tại quầy.", "en": "You signed up in our shop."}
REFUSE = {"vi": "từ chối mọi quảng cáo của Trà Sen", "en": "refuse all advertising of Trà Sen"}


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("part", ["html", "text"])
class TestAdvertising:
    """Decree 91/2020/NĐ-CP, Art. 19 and 20."""

    def footer_of(self, language: str, part: str, body: str = "<p>Thư</p>") -> str:
        mail = make_mail(make_version(language=language, body=body)).render(language, {}, OPT_OUT)
        return str(getattr(mail, part))

    def test_art_19_sender_is_directly_before_the_opt_out(self, language: str, part: str) -> None:
        text = self.footer_of(language, part)
        order = [
            text.index(REMINDER[language]),
            text.index(SENDER.name, text.index(REMINDER[language])),
            text.index(SENDER.phone),
            text.index(SENDER.email),
            text.index(SENDER.address),
            text.index(f": {SENDER.website}"),
            text.index(REFUSE[language]),
        ]
        assert order == sorted(order)

    def test_art_20_opt_out_by_link_email_and_phone_at_the_end(self, language: str, part: str) -> None:
        end = self.footer_of(language, part)
        end = end[end.index(REFUSE[language]) :]
        assert OPT_OUT in end
        assert SENDER.email in end
        assert SENDER.phone in end

    def test_is_once_where_the_author_placed_it(self, language: str, part: str) -> None:
        text = self.footer_of(language, part, "<p>Đầu</p>{{ footer }}<p>Cuối</p>")
        assert text.count(REMINDER[language]) == 1
        assert text.index("Đầu") < text.index(REMINDER[language]) < text.index("Cuối")

    @pytest.mark.parametrize(
        "body",
        [
            "{% if nobody %}{{ footer }}{% endif %}<p>Thư</p>",
            "{% comment %}{{ footer }}{% endcomment %}<p>Thư</p>",
            "{% for each in tags %}{{ footer }}{% endfor %}<p>Thư</p>",
            "<p>Thư</p><!--[if mso]>{{ footer }}<![endif]-->",
            '<p title="{{ footer }}">Thư</p>',
            "{% if nobody %}{{ footer }}{% endif %}<p>Thư</p>{{ footer }}",
        ],
    )
    def test_every_recipient_gets_it_wherever_it_was_placed(
        self, language: str, part: str, body: str
    ) -> None:
        text = re.sub(r"<!--.*?-->", "", self.footer_of(language, part, body), flags=re.DOTALL)
        assert text.count(REMINDER[language]) == 1
        assert text.index("Thư") < text.index(OPT_OUT)


class TestTransactional:
    def test_transactional_has_sender_and_preferences_without_reminder(self) -> None:
        mail = make_mail(frame=make_frame(marketing=False, label="")).render("vi", {}, OPT_OUT)
        for text in (mail.html, mail.text):
            assert SENDER.address in text
            assert OPT_OUT in text
            assert REMINDER["vi"] not in text
            assert REFUSE["vi"] not in text


class TestLabel:
    @pytest.mark.parametrize(
        "subject", ["Trà mới", "[QC] Trà mới", "[qc]Trà mới", "[QC] [QC] Trà mới", "  [QC]  Trà mới"]
    )
    def test_is_first_and_only_once(self, subject: str) -> None:
        assert with_label(subject, "[QC]") == "[QC] Trà mới"

    def test_an_empty_label_changes_nothing(self) -> None:
        assert with_label("Trà mới", "") == "Trà mới"


def test_a_shop_name_is_never_parsed_as_a_tag() -> None:
    sender = SENDER.__class__("Trà {{ email }} <b>", "1", "a@b.vn", "x", "", ())
    mail = make_mail(frame=make_frame(sender=sender)).render("vi", {"email": "lan@example.com"}, OPT_OUT)
    assert "lan@example.com" not in mail.html + mail.text
    assert "&lt;b&gt;" in mail.html


def test_a_text_mail_ends_with_the_footer_too() -> None:
    mail = make_mail(format=BodyFormat.TEXT, body="Chào").render("vi", {}, OPT_OUT)
    assert mail.text.index("Chào") < mail.text.index("--") < mail.text.index(OPT_OUT)
