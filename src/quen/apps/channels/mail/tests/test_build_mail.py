"""Emails built by hand can be parsed back unchanged."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.channels.mail.mime.mail import MailParts, build_mail

NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)
SUBJECT = "Trà sen Tây Hồ: ưu đãi 20 % cho khách hàng thân thiết, chỉ đến hết Chủ nhật này thôi bạn nhé"


def parts(**changes: Any) -> MailParts:
    given_parts = {
        "from_name": "Trà Sen Đà Nẵng",
        "from_address": "chao@tra-sen.vn",
        "to_address": "lan@example.vn",
        "subject": SUBJECT,
        "at": NOW,
        "html": "<p>Chào Lan</p>",
        "text": "Chào Lan",
    }
    return MailParts(**{**given_parts, **changes})


def read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    for part in mail.walk():
        assert part.defects == []
    return mail


def name_in(mail: EmailMessage, header_name: str) -> str:
    # The new parser of Python 3.11 keeps the spaces between encoded words of a name; the legacy one does not.
    raw = next(value for name, value in mail.raw_items() if name == header_name)
    return parseaddr(str(make_header(decode_header("".join(str(raw).splitlines())))))[0]


def content(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())


class TestHeaders:
    def test_vietnamese_round_trips_and_lines_stay_short(self) -> None:
        raw = build_mail(parts(to_name="Nguyễn Thị Phương Lan Anh Trần Lê Đặng Hoàng Thiên Kim"))
        mail = read(raw)
        assert mail["Subject"] == SUBJECT
        assert mail["From"].addresses[0].display_name == "Trà Sen Đà Nẵng"
        assert mail["From"].addresses[0].addr_spec == "chao@tra-sen.vn"
        assert name_in(mail, "To") == "Nguyễn Thị Phương Lan Anh Trần Lê Đặng Hoàng Thiên Kim"
        head = raw.partition(b"\r\n\r\n")[0]
        assert max(len(line) for line in head.split(b"\r\n")) <= 78
        assert head.isascii()

    def test_headers_of_every_email(self) -> None:
        mail = read(build_mail(parts(message_id="3.1234", reply_to="hoi@tra-sen.vn")))
        assert mail["Message-ID"] == "<3.1234@tra-sen.vn>"
        assert mail["Date"].datetime == NOW
        assert mail["MIME-Version"] == "1.0"
        assert mail["Reply-To"] == "hoi@tra-sen.vn"
        assert mail["Precedence"] == "bulk"
        assert mail["Auto-Submitted"] is None

    def test_transactional_email_is_auto_submitted(self) -> None:
        mail = read(build_mail(parts(bulk=False)))
        assert mail["Precedence"] is None
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["List-Unsubscribe"] is None

    def test_message_id_is_random_by_default(self) -> None:
        first, second = (read(build_mail(parts()))["Message-ID"] for _ in range(2))
        assert first != second

    def test_unsubscribe_headers_for_one_click_and_mailto(self) -> None:
        url = "https://quen.example/u/" + "x" * 200 + "/one-click/"
        mail = read(build_mail(parts(one_click_url=url, unsubscribe_mailto="bo@tra-sen.vn")))
        value = "".join(mail["List-Unsubscribe"].split())
        assert value == f"<{url}>,<mailto:bo@tra-sen.vn?subject=unsubscribe>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        only_mail = read(build_mail(parts(unsubscribe_mailto="bo@tra-sen.vn")))
        assert only_mail["List-Unsubscribe-Post"] is None

    @pytest.mark.parametrize(
        "evil", ["a\r\nBcc: x@y.vn", "a\nBcc: x@y.vn", "a\rBcc: x@y.vn", "a\u2028Bcc: x@y.vn"]
    )
    @pytest.mark.parametrize(
        "field",
        [
            "subject",
            "from_name",
            "to_name",
            "to_address",
            "from_address",
            "reply_to",
            "message_id",
            "one_click_url",
            "unsubscribe_mailto",
        ],
    )
    def test_no_header_injection_through_parts(self, field: str, evil: str) -> None:
        mail = read(build_mail(parts(**{field: evil})))
        assert mail["Bcc"] is None
        assert mail.is_multipart()

    def test_no_header_injection_through_additional_headers(self) -> None:
        mail = read(build_mail(parts(headers={"Feedback-ID": "1:2\r\nBcc: x@y.vn", "X: y\r\nBcc": "x@y.vn"})))
        assert mail["Bcc"] is None
        assert mail["Feedback-ID"] == "1:2 Bcc: x@y.vn"

    @pytest.mark.parametrize("name", ['Lan "Sen" Trà', 'A "B" C', "A, B", "a@b.vn", "=?utf-8?q?x?=", "A\\B"])
    def test_names_with_special_characters(self, name: str) -> None:
        assert read(build_mail(parts(from_name=name)))["From"].addresses[0].display_name == name

    def test_a_name_longer_than_a_line(self) -> None:
        assert name_in(read(build_mail(parts(from_name="x" * 300))), "From") == "x" * 300

    def test_a_domain_in_vietnamese(self) -> None:
        mail = read(build_mail(parts(from_address="chao@trà.vn", to_address="lan@sen.vn")))
        assert mail["From"].addresses[0].addr_spec == "chao@xn--tr-kia.vn"
        assert str(mail["Message-ID"]).endswith("@xn--tr-kia.vn>")

    @given(st.text(max_size=300))
    def test_any_subject_round_trips(self, subject: str) -> None:
        cleaned = "".join(sign if sign.isprintable() else " " for sign in subject)
        cleaned = " ".join(cleaned.encode("utf-8", "replace").decode().split())
        raw = build_mail(parts(subject=cleaned))
        assert " ".join(str(read(raw)["Subject"]).split()) == cleaned


class TestText:
    @pytest.mark.parametrize(
        "text",
        [
            "Chào bạn\n",
            "Plain words\nin two lines\n",
            "đ" * 5000 + "\n",
            "x" * 5000 + "\n",
            "a = b\n.\n..\n From here\nFrom there \nend\t\n",
            "Giá 1.250.000 ₫ 🎁\n",
            "\n\n\n",
        ],
    )
    def test_content_round_trips(self, text: str) -> None:
        raw = build_mail(parts(text=text, html=f"<pre>{text}</pre>\n"))
        mail = read(raw)
        assert content(mail, "plain").replace("\r\n", "\n") == text
        assert content(mail, "html").replace("\r\n", "\n") == f"<pre>{text}</pre>\n"
        assert raw.isascii()
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998
        assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")

    @pytest.mark.parametrize(("kind", "other"), [("html", "text"), ("text", "html")])
    def test_single_part_is_not_multipart(self, kind: str, other: str) -> None:
        mail = read(build_mail(parts(**{other: ""})))
        assert not mail.is_multipart()
        assert mail.get_content_subtype() == {"html": "html", "text": "plain"}[kind]

    def test_the_smaller_encoding_is_used(self) -> None:
        def encoding(html: str) -> str:
            body = read(build_mail(parts(html=html))).get_body(("html",))
            assert body is not None
            return str(body["Content-Transfer-Encoding"])

        assert encoding("<p>plain</p>") == "7bit"
        assert encoding("<p style='color: red'>" * 100 + "đã") == "quoted-printable"
        assert encoding("được mùa " * 100) == "base64"

    @given(st.text(max_size=2000))
    def test_any_text_round_trips(self, text: str) -> None:
        wanted = (
            text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")
        )
        mail = read(build_mail(parts(text="x" + text, html="")))
        assert str(mail.get_content()).replace("\r\n", "\n").rstrip("\n") == f"x{wanted}"
