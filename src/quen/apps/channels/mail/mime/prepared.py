"""An email to many recipients: what all of them share is encoded once, each email is a list of ready byte strings.

The output is ASCII with CRLF and no line begins with a dot, so adapters send it unchanged (``Outgoing.smtp_safe``).
Its content equals that of ``build_mail``; only the encoding may differ.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from quen.apps.channels.mail.mime import mail
from quen.apps.channels.mail.mime.mail import MailParts

_SOFT_BREAK = b"=\r\n"
_DOT_LINE = re.compile(rb"^\.[^\r\n]*", re.MULTILINE)
#: a space or tab at the end of a line
_ENCODED_SPACE = re.compile(rb"=(?:20|09)(?:\r\n|$)")
#: longest quoted-printable line, the soft line break included
_MAX_LINE = 76


class PreparedMail:
    """The shared part of a dispatch's emails.

    parts: of any of them; recipient, subject, content and URLs are ignored.  text, html: the fixed text before, between
    and after the values; None for a part the email does not have. At least one of them is given.
    """

    def __init__(self, parts: MailParts, *, text: Sequence[str] | None, html: Sequence[str] | None) -> None:
        self._from_address, self._mailto = parts.from_address, parts.unsubscribe_mailto
        self._from = mail.address_header("From", parts.from_name, parts.from_address)
        self._date = mail.date_header(parts.at)
        self._reply_to = mail.reply_to_headers(parts)
        self._closing = mail.closing_headers(parts)
        self._text = _part("plain", text) if text is not None else None
        self._html = _part("html", html) if html is not None else None
        both = text is not None and html is not None
        self._before_parts, self._between_parts, self._after_parts = (
            mail.multipart_delimiters() if both else (b"", b"", b"")
        )

    def fill(
        self,
        *,
        to_address: str,
        subject: str,
        message_id: str,
        one_click_url: str,
        text: Sequence[str],
        html: Sequence[str],
    ) -> list[bytes]:
        """Return one email in pieces to be joined; shared pieces are the same objects in all emails.

        text, html: the values, one fewer than there are fixed pieces.
        """
        out = [
            mail.CRLF.join(
                [
                    self._from,
                    mail.address_header("To", "", to_address),
                    mail.header("Subject", subject),
                    self._date,
                    mail.message_id_header(message_id, self._from_address),
                    *self._reply_to,
                    *mail.unsubscribe_headers(one_click_url, self._mailto),
                    self._closing,
                ]
            ),
            self._before_parts,
        ]
        if self._text is not None:
            self._text.fill(text, out)
        out.append(self._between_parts)
        if self._html is not None:
            self._html.fill(html, out)
        out.append(self._after_parts)
        return out


class _PreparedPart(Protocol):
    """A text or HTML part with placeholders."""

    def fill(self, values: Sequence[str], out: list[bytes]) -> None:
        """Append the part with its placeholders filled."""


def _part(subtype: str, pieces: Sequence[str]) -> _PreparedPart:
    raw = [mail.crlf_bytes(piece) for piece in pieces]
    if not raw[-1].endswith(mail.CRLF):
        raw[-1] += mail.CRLF
    non_ascii, size = sum(map(mail.count_non_ascii, raw)), sum(map(len, raw))
    return (
        _Base64Part(subtype, raw)
        if non_ascii > mail.BASE64_THRESHOLD * size
        else _QuotedPrintablePart(subtype, raw)
    )


class _QuotedPrintablePart:
    """Quoted-printable: soft line breaks around each placeholder, so that pieces and values are encoded separately."""

    def __init__(self, subtype: str, pieces: Sequence[bytes]) -> None:
        self._head = mail.part_headers(subtype, "quoted-printable")
        self._pieces = [*map(_with_soft_break, pieces[:-1]), _quoted_printable(pieces[-1])]

    def fill(self, values: Sequence[str], out: list[bytes]) -> None:
        out.append(self._head)
        pieces = iter(self._pieces)
        for value in values:
            out += (next(pieces), _quoted_value(value))
        out.append(next(pieces))


def _with_soft_break(raw: bytes) -> bytes:
    """Encode bytes that are followed by others, ending with a soft line break."""
    encoded = _quoted_printable(raw)
    if not encoded or encoded.endswith(mail.CRLF):
        return encoded
    start = encoded.rfind(b"\n") + 1
    if len(encoded) - start >= _MAX_LINE:
        # binascii leaves no room for the soft break on a last line that is full.
        end = start + _break_position(encoded[start:])
        encoded = encoded[:end] + _SOFT_BREAK + _escape_leading_dot(encoded[end:])
    return encoded + _SOFT_BREAK


@lru_cache(4096)
def _quoted_value(value: str) -> bytes:
    return _with_soft_break(mail.crlf_bytes(value))


def _quoted_printable(raw: bytes) -> bytes:
    # The input ends with CRLF, so binascii breaks long lines with CRLF as well.
    encoded = binascii.b2a_qp(raw + mail.CRLF, istext=True)[:-2]
    if _ENCODED_SPACE.search(encoded):
        encoded = mail.CRLF.join(map(_broken, encoded.split(mail.CRLF)))
    return _DOT_LINE.sub(lambda line: _escape_leading_dot(line[0]), encoded) if b"." in encoded else encoded


def _broken(line: bytes) -> bytes:
    """Break a line that binascii left one byte too long: it encodes a space at the end without counting it."""
    if len(line) <= _MAX_LINE:
        return line
    end = _break_position(line)
    return line[:end] + _SOFT_BREAK + line[end:]


def _escape_leading_dot(line: bytes) -> bytes:
    """Encode the dot at the start of a line; break the line again where that makes it too long."""
    lines = []
    while line.startswith(b"."):
        line = b"=2E" + line[1:]
        # Leave room for a soft line break after the last line.
        if len(line) > _MAX_LINE - (not line.endswith(b"=")):
            end = _break_position(line)
            lines.append(line[:end] + _SOFT_BREAK)
            line = line[end:]
    return b"".join([*lines, line])


def _break_position(line: bytes) -> int:
    """Return where to break a line that is too long, so that a soft break fits and no escape is split."""
    end = _MAX_LINE - 1
    return end - (1 if line[end - 1 : end] == b"=" else 2 if line[end - 2 : end - 1] == b"=" else 0)


class _Base64Part:
    """Base64: each piece is encoded once for each of the three byte offsets at which the value before it may end."""

    def __init__(self, subtype: str, pieces: Sequence[bytes]) -> None:
        self._head = mail.part_headers(subtype, "base64")
        self._pieces = [tuple(_encode_aligned(piece, missing) for missing in range(3)) for piece in pieces]

    def fill(self, values: Sequence[str], out: list[bytes]) -> None:
        out.append(self._head)
        rest = b""
        values = [*values, ""]
        for variants, value in zip(self._pieces, values, strict=True):
            first, middle, last = variants[-len(rest) % 3]
            if middle is None:
                rest += first
            else:
                out += (mail.base64_lines(rest + first), middle)
                rest = last
            if value:
                rest += mail.crlf_bytes(value)
        out.append(mail.base64_lines(rest))


def _encode_aligned(piece: bytes, missing: int) -> tuple[bytes, bytes | None, bytes]:
    """Split a piece that must first complete a group of three bytes: completing bytes, encoded middle, remaining bytes.

    A piece shorter than ``missing`` is returned whole as the first part; the second is None then.
    """
    if len(piece) < missing:
        return piece, None, b""
    end = len(piece) - (len(piece) - missing) % 3
    return piece[:missing], mail.base64_lines(piece[missing:end]), piece[end:]
