"""Mails made of prepared parts say exactly what mails written as a whole say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.channels.types import Outgoing
from quen.apps.content.queries import Compiled
from quen.apps.content.rules.compiled import CompiledVersion
from quen.apps.delivery.press import Item, Order, Unwritten, Writer, bound, write
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
#: what breaks encoders: signs beyond ASCII, "=", dots in front, line ends, blanks at ends, words without a blank
VALUES = st.one_of(
    st.text(max_size=30),
    st.text("ấằưđẽ =.\r\n\t<>&\"'", max_size=40),
    st.sampled_from(["", ".", "..", "=", " ", "a" * 3000, "." * 200, "ễ" * 700, "x \r\n.\r\ny ", "\n", "From me"]),
    st.sampled_from(["a.vn/x?y=1", "https://a.vn/?x=1&y=ễ", "javascript:alert(1)", OPT_OUT]),
)  # fmt: skip


def order(html: str, text: str, **changes: Any) -> Order:
    compiled = Compiled(
        default_language="vi",
        versions={"vi": CompiledVersion(subject="{{ name }} ơi: quà = {{ code }}", preview="", html=html, text=text)},
        keys=frozenset({"name", "code", "site"}),
        zone="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    told: dict[str, Any] = {
        "key": 1, "workspace_id": 7, "compiled": compiled, "ready": {}, "link_tags": {},
        "tracker": Tracker("https://quen.example", 7, b"k" * 32), "from_name": "Trà Sen",
        "from_address": "chao@tra-sen.vn", "reply_to": "hoi@tra-sen.vn", "bulk": True, "at": NOW,
    }  # fmt: skip
    return Order(**(told | changes))


def item(values: Mapping[str, object]) -> Item:
    return Item(41, 5, "lan@example.vn", "vi", 1, 0, values, OPT_OUT, f"{OPT_OUT}one-click/")


def prepared(of: Order, values: Mapping[str, object]) -> Outgoing:
    (made,) = Writer(of).write_all([item(values)])
    assert not isinstance(made, Unwritten), made
    return bound(of, made)


def told(raw: bytes) -> tuple[dict[str, str], dict[str, str]]:
    """What a mail program shows: headers and parts."""
    mail = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    headers = {name: str(value) for name, value in mail.items() if not name.startswith("Content-")}
    parts = {}
    for part in mail.walk():
        assert part.defects == []
        if not part.is_multipart():
            words = part.get_payload(decode=True)
            assert isinstance(words, bytes)
            parts[part.get_content_type()] = words.decode()
    return headers, parts


def ensure_same(of: Order, values: Mapping[str, object]) -> None:
    made = prepared(of, values)
    assert made.clean
    assert told(made.body) == told(write(of, item(values)).body)
    ensure_clean(made.body)


def ensure_clean(body: bytes) -> None:
    """What a sender is promised: ASCII, CRLF, no line with a dot in front, none too long."""
    assert body.isascii()
    lines = body.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\r" in line or b"\n" in line or line.startswith(b".") for line in lines)
    _head, _end, content = body.partition(b"\r\n\r\n")
    assert max(map(len, content.split(b"\r\n"))) <= 76


class TestPrepared:
    @given(name=VALUES, code=VALUES, site=VALUES)
    @pytest.mark.parametrize("more", ["", VIETNAMESE], ids=["quoted", "base64"])
    def test_says_what_a_whole_mail_says(self, more: str, name: str, code: str, site: str) -> None:
        values = {"name": name, "code": code, "site": site}
        ensure_same(order(HTML.replace("<p>", f"<p>{more}"), TEXT + more), values)

    @given(start=st.text("a.=\n ê", max_size=12), between=st.text("a.=\n ê", max_size=12), name=VALUES)
    def test_wherever_the_gaps_are(self, start: str, between: str, name: str) -> None:
        for more in ("", VIETNAMESE):
            text = f"{start}{{{{ name }}}}{between}{{{{ name }}}}{{{{ code }}}}{between}{more}"
            ensure_same(order("", text), {"name": name, "code": "x"})

    @given(site=VALUES, code=VALUES)
    def test_links_lead_to_the_same_places(self, site: str, code: str) -> None:
        tags = {"utm_source": "quen", "utm_campaign": "20/10"}
        values = {"site": site, "code": code}
        for changes in ({"link_tags": tags}, {"link_tags": tags, "tracker": None}, {"tracker": None}):
            ensure_same(order(HTML, TEXT, **changes), values)

    def test_a_mail_of_one_part(self) -> None:
        ensure_same(order(HTML, ""), {"name": "Lan"})
        ensure_same(order("", TEXT), {"name": "Lan"})

    def test_transactional_mail_offers_no_refusal_by_one_click(self) -> None:
        of = order(HTML, TEXT, bulk=False)
        ensure_same(of, {})
        assert b"List-Unsubscribe" not in prepared(of, {}).body

    def test_conditions_are_written_as_a_whole(self) -> None:
        of = order(
            "<body>{% if name %}<b>{{ name }}</b>{% endif %}</body>", "{% if name %}{{ name }}{% endif %}!"
        )
        made = prepared(of, {"name": "Lan"})
        assert not made.clean
        assert "<b>Lan</b>" in told(made.body)[1]["text/html"]

    def test_one_that_cannot_be_made_does_not_sink_the_others(self) -> None:
        class Broken:
            def __str__(self) -> str:
                raise ValueError("no words")

        first, second = Writer(order(HTML, TEXT)).write_all([item({"name": Broken()}), item({"name": "Lan"})])
        assert isinstance(first, Unwritten)
        assert not isinstance(second, Unwritten)
