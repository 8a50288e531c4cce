"""Mails filled from prepared parts equal mails rendered whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.channels import registry
from quen.apps.channels.types import Outgoing, RenderSettings
from quen.apps.content.queries import CompiledContent
from quen.apps.content.rules.compiled import CompiledVersion
from quen.apps.delivery.rendering import (
    MessageRenderer,
    Recipient,
    RenderFailure,
    RenderJob,
    joined,
    render_whole,
)
from quen.apps.delivery.rules.tracking import Tracker

NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)
OPT_OUT = "https://quen.example/u/abc/"
VIETNAMESE = "Quà tặng cho những người thương: gói giấy kraft, thiệp viết tay. " * 6
LINKS = (
    '<a href="https://shop.example/?a=1&amp;b={{ code }}">1</a>'
    '<a class="x" href="{{ site| web }}">2</a><A HREF=\'https://shop.example/tr%C3%A0\'>3</A>'
    '<a href="{{ unsubscribe_url }}">4</a><a href="mailto:{{ code }}@a.vn">5</a>'
    '<a href="https://q.vn/{{unsubscribe_url}}">6</a>'
)
WORDS = '<p>{{ name | default: "bạn" }}, =20 {{name}}{{code}}</p>'
HTML = f'<html><body title="{{{{ code }}}}">{WORDS}{LINKS}</body></html>'
TEXT = 'Chào {{ name | default: "bạn" }}\n.\n..đầu dòng {{ code }}\n.{{ code }}\n\n{{ unsubscribe_url }}\n'
#: what breaks encoders: non-ASCII characters, "=", leading dots, line ends, trailing spaces, long words
VALUES = st.one_of(
    st.text(max_size=30),
    st.text("ấằưđẽ =.\r\n\t<>&\"'", max_size=40),
    st.sampled_from(["", ".", "..", "=", " ", "a" * 3000, "." * 200, "ễ" * 700, "x \r\n.\r\ny ", "\n", "From me"]),
    st.sampled_from(["a.vn/x?y=1", "https://a.vn/?x=1&y=ễ", "javascript:alert(1)", OPT_OUT]),
)  # fmt: skip


def make_job(html: str, text: str, *, bulk: bool = True, **changes: Any) -> RenderJob:
    compiled = CompiledContent(
        default_language="vi",
        versions={"vi": CompiledVersion(subject="{{ name }} ơi: quà = {{ code }}", preview="", html=html, text=text)},
        keys=frozenset({"name", "code", "site"}),
        zone="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    values: dict[str, Any] = {
        "key": 1, "workspace_id": 7, "compiled": compiled, "prepared_content": {}, "link_tags": {},
        "tracker": Tracker("https://quen.example", 7, b"k" * 32),
        "renderer": registry.channel("email").renderer(
            RenderSettings("Trà Sen", "chao@tra-sen.vn", "hoi@tra-sen.vn", at=NOW, bulk=bulk)
        ),
    }  # fmt: skip
    return RenderJob(**(values | changes))


def make_recipient(values: Mapping[str, object]) -> Recipient:
    return Recipient(41, 5, "lan@example.vn", "vi", 1, 0, values, OPT_OUT, f"{OPT_OUT}one-click/")


def prepared(job: RenderJob, values: Mapping[str, object]) -> Outgoing:
    (mail,) = MessageRenderer(job).render_all([make_recipient(values)])
    assert not isinstance(mail, RenderFailure), mail
    return joined(job, mail)


def parsed(raw: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and parts as a mail program reads them."""
    mail = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    headers = {name: str(value) for name, value in mail.items() if not name.startswith("Content-")}
    parts = {}
    for part in mail.walk():
        assert part.defects == []
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            parts[part.get_content_type()] = content.decode()
    return headers, parts


def ensure_same(job: RenderJob, values: Mapping[str, object]) -> None:
    mail = prepared(job, values)
    assert mail.smtp_safe
    assert parsed(mail.body) == parsed(render_whole(job, make_recipient(values)).body)
    ensure_clean(mail.body)


def ensure_clean(body: bytes) -> None:
    """What the SMTP client relies on: ASCII, CRLF, no line with a leading dot, none too long."""
    assert body.isascii()
    lines = body.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\r" in line or b"\n" in line or line.startswith(b".") for line in lines)
    _head, _end, content = body.partition(b"\r\n\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 76


class TestPreparedTemplate:
    @given(name=VALUES, code=VALUES, site=VALUES)
    @pytest.mark.parametrize("more", ["", VIETNAMESE], ids=["quoted", "base64"])
    def test_equals_a_mail_rendered_whole(self, more: str, name: str, code: str, site: str) -> None:
        values = {"name": name, "code": code, "site": site}
        ensure_same(make_job(HTML.replace("<p>", f"<p>{more}"), TEXT + more), values)

    @given(start=st.text("a.=\n ê", max_size=12), between=st.text("a.=\n ê", max_size=12), name=VALUES)
    def test_wherever_the_slots_are(self, start: str, between: str, name: str) -> None:
        for more in ("", VIETNAMESE):
            text = f"{start}{{{{ name }}}}{between}{{{{ name }}}}{{{{ code }}}}{between}{more}"
            ensure_same(make_job("", text), {"name": name, "code": "x"})

    @given(site=VALUES, code=VALUES)
    def test_links_lead_to_the_same_places(self, site: str, code: str) -> None:
        tags = {"utm_source": "quen", "utm_campaign": "20/10"}
        values = {"site": site, "code": code}
        for changes in ({"link_tags": tags}, {"link_tags": tags, "tracker": None}, {"tracker": None}):
            ensure_same(make_job(HTML, TEXT, **changes), values)

    def test_a_mail_of_one_part(self) -> None:
        ensure_same(make_job(HTML, ""), {"name": "Lan"})
        ensure_same(make_job("", TEXT), {"name": "Lan"})

    def test_transactional_mail_has_no_one_click_unsubscribe(self) -> None:
        job = make_job(HTML, TEXT, bulk=False)
        ensure_same(job, {})
        assert b"List-Unsubscribe" not in prepared(job, {}).body

    def test_conditions_are_rendered_whole(self) -> None:
        job = make_job(
            "<body>{% if name %}<b>{{ name }}</b>{% endif %}</body>", "{% if name %}{{ name }}{% endif %}!"
        )
        mail = prepared(job, {"name": "Lan"})
        assert not mail.smtp_safe
        assert "<b>Lan</b>" in parsed(mail.body)[1]["text/html"]

    def test_a_failed_mail_does_not_affect_the_others(self) -> None:
        class Broken:
            def __str__(self) -> str:
                raise ValueError("no words")

        first, second = MessageRenderer(make_job(HTML, TEXT)).render_all(
            [make_recipient({"name": Broken()}), make_recipient({"name": "Lan"})]
        )
        assert isinstance(first, RenderFailure)
        assert not isinstance(second, RenderFailure)
