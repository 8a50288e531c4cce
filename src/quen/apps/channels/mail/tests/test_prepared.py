"""Prepared emails say the same as those built one by one, in lines every server accepts."""

from __future__ import annotations

import quopri
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.channels.mail.mime.mail import MailParts
from quen.apps.channels.mail.mime.prepared import PreparedMail, _quoted_printable
from quen.apps.channels.mail.renderer import EmailRenderer
from quen.apps.channels.types import Envelope, MessagePreview, RenderSettings

NOW = datetime(2026, 10, 14, 2, 0, tzinfo=UTC)
PARTS = MailParts("Trà Sen", "chao@tra-sen.vn", "", "", NOW)
TEXT = st.text(st.sampled_from("ab .=ư\n\t\r'>ằ"), max_size=90)
MAX_LINE = 76


def fill(pieces: list[str], values: list[str]) -> bytes:
    mail = PreparedMail(PARTS, text=pieces, html=None)
    return b"".join(
        mail.fill(
            to_address="lan@khach.vn",
            subject="Chào",
            message_id="1.2.1",
            one_click_url="",
            text=values,
            html=[],
        )
    )


def content(raw: bytes) -> str:
    parsed = message_from_bytes(raw, _class=EmailMessage, policy=policy.default)
    assert parsed.defects == []
    return str(parsed.get_content())


def as_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


@given(pieces=st.lists(TEXT, min_size=2, max_size=4), data=st.data())
def test_the_content_round_trips_and_lines_stay_short(pieces: list[str], data: st.DataObject) -> None:
    values = data.draw(st.lists(TEXT, min_size=len(pieces) - 1, max_size=len(pieces) - 1))
    raw = fill(pieces, values)
    parts = (part for pair in zip(pieces, [*values, ""], strict=True) for part in pair)
    # Line ends are normalised piece by piece.
    expected = "".join(part.replace("\r\n", "\n").replace("\r", "\n") for part in parts)
    assert as_lines(content(raw)) == as_lines(expected)
    body = raw.partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert max(map(len, body)) <= MAX_LINE
    assert not any(line.startswith(b".") for line in body)
    assert raw.isascii()


@pytest.mark.parametrize("end", ["b", ".", "ư", "="])
@pytest.mark.parametrize("length", range(70, 80))
def test_a_full_line_before_a_value_is_broken(length: int, end: str) -> None:
    text = "a" * length + end
    raw = fill([text, "."], ["x"])
    assert as_lines(content(raw)) == f"{text}x."
    assert max(map(len, raw.split(b"\r\n"))) <= MAX_LINE + 2  # headers may be longer


@pytest.mark.parametrize("space", [" ", "\t"])
def test_a_space_at_the_end_of_a_full_line_is_counted(space: str) -> None:
    for length in range(70, 80):
        text = "x" * length + space + "\r\nxx" + space
        encoded = _quoted_printable(text.encode())
        assert max(map(len, encoded.split(b"\r\n"))) <= 76
        assert quopri.decodestring(encoded) == text.encode()


def test_the_renderer_prepares_what_it_would_build() -> None:
    renderer = EmailRenderer(RenderSettings("Trà Sen", "chao@tra-sen.vn", "", NOW))
    envelope = Envelope(7, "lan@khach.vn", "1.7.1", "https://quen.example/u/x/one-click/")
    prepared = renderer.prepare(text=["Chào ", "!"], html=None)
    assert prepared is not None
    pieces = prepared.fill(envelope, subject="Trà mới", text=["Lan"], html=[])
    built = renderer.build(envelope, MessagePreview("Trà mới", "", "Chào Lan!"))
    joined = renderer.join(envelope, pieces)
    first, second = (message_from_bytes(each.body, policy=policy.default) for each in (joined, built))
    for name in ("From", "To", "Subject", "Message-ID", "List-Unsubscribe", "Precedence"):
        assert first[name] == second[name]
    assert content(joined.body).strip() == content(built.body).strip()
    assert (joined.key, joined.recipient, joined.smtp_safe) == (built.key, built.recipient, True)


def test_a_preview_needs_each_email_on_its_own() -> None:
    settings = RenderSettings("Trà Sen", "chao@tra-sen.vn", "", NOW, include_parts=True)
    assert EmailRenderer(settings).prepare(text=["a"], html=None) is None
