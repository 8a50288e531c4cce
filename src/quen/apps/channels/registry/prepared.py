"""A mail that many get: what is alike in all of them is encoded once, and each is a row of ready bytes.

What comes out has nothing but ASCII, CRLF and lines that begin with anything but a dot, so that a sender passes it on
untouched (``Outgoing.clean``). It says what ``build_mail`` would have said; only how it is encoded may differ.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from quen.apps.channels.registry import mail
from quen.apps.channels.types import MailParts

_SOFT = b"=\r\n"
_DOT_LINE = re.compile(rb"^\.[^\r\n]*", re.MULTILINE)
#: longest line of quoted-printable, the soft break counted
_LINE = 76


class PreparedMail:
    """What is alike in a launch's mails.

    parts: of any of them; recipient, subject, words and addresses are passed over.  text, html: what stands before,
    between and behind the values; None where the mail has no such part. One of them there is.
    """

    def __init__(self, parts: MailParts, *, text: Sequence[str] | None, html: Sequence[str] | None) -> None:
        self._from_address, self._mailto = parts.from_address, parts.unsubscribe_mailto
        self._from = mail.mailbox_line("From", parts.from_name, parts.from_address)
        self._date = mail.date_line(parts.at)
        self._replies = mail.reply_lines(parts)
        self._closing = mail.closing(parts)
        self._text = _part("plain", text) if text is not None else None
        self._html = _part("html", html) if html is not None else None
        both = text is not None and html is not None
        self._first, self._between, self._last = mail.alternatives() if both else (b"", b"", b"")

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
        """Give one mail in pieces, to be joined; those that are alike are the same objects in all mails.

        text, html: the values, one less than there are pieces.
        """
        out = [
            mail.CRLF.join(
                [
                    self._from,
                    mail.mailbox_line("To", "", to_address),
                    mail.header("Subject", subject),
                    self._date,
                    mail.message_id_line(message_id, self._from_address),
                    *self._replies,
                    *mail.unsubscribing(one_click_url, self._mailto),
                    self._closing,
                ]
            ),
            self._first,
        ]
        if self._text is not None:
            self._text.fill(text, out)
        out.append(self._between)
        if self._html is not None:
            self._html.fill(html, out)
        out.append(self._last)
        return out


class _Part(Protocol):
    """Text or HTML with gaps."""

    def fill(self, values: Sequence[str], out: list[bytes]) -> None:
        """Append the part with its gaps filled."""


def _part(kind: str, pieces: Sequence[str]) -> _Part:
    raw = [mail.canonical(piece) for piece in pieces]
    if not raw[-1].endswith(mail.CRLF):
        raw[-1] += mail.CRLF
    high, size = sum(map(mail.high_bytes, raw)), sum(map(len, raw))
    return _Base64(kind, raw) if high > mail.BASE64_FROM * size else _Quoted(kind, raw)


class _Quoted:
    """Quoted-printable: soft line breaks around each gap, so that pieces and values are encoded alone."""

    def __init__(self, kind: str, pieces: Sequence[bytes]) -> None:
        self._head = mail.part_head(kind, "quoted-printable")
        self._pieces = [*map(_followed, pieces[:-1]), _quoted(pieces[-1])]

    def fill(self, values: Sequence[str], out: list[bytes]) -> None:
        out.append(self._head)
        pieces = iter(self._pieces)
        for value in values:
            out += (next(pieces), _quoted_value(value))
        out.append(next(pieces))


def _followed(raw: bytes) -> bytes:
    """Encode what something follows: it begins on a line of its own."""
    made = _quoted(raw)
    return made + _SOFT if made and not made.endswith(mail.CRLF) else made


@lru_cache(4096)
def _quoted_value(value: str) -> bytes:
    return _followed(mail.canonical(value))


def _quoted(raw: bytes) -> bytes:
    # Ends with CRLF, so that binascii breaks long lines with CRLF too.
    made = binascii.b2a_qp(raw + mail.CRLF, istext=True)[:-2]
    return _DOT_LINE.sub(lambda line: _undotted(line[0]), made) if b"." in made else made


def _undotted(line: bytes) -> bytes:
    """Encode the dot a line begins with, broken anew where that makes it too long."""
    lines = []
    while line.startswith(b"."):
        line = b"=2E" + line[1:]
        # Room for a soft break behind the last line.
        if len(line) > _LINE - (not line.endswith(b"=")):
            end = _LINE - 1
            end -= 1 if line[end - 1 : end] == b"=" else 2 if line[end - 2 : end - 1] == b"=" else 0
            lines.append(line[:end] + _SOFT)
            line = line[end:]
    return b"".join([*lines, line])


class _Base64:
    """Base64: pieces are encoded once for each of the three ways in which a value before them may end."""

    def __init__(self, kind: str, pieces: Sequence[bytes]) -> None:
        self._head = mail.part_head(kind, "base64")
        self._pieces = [tuple(_cut(piece, missing) for missing in range(3)) for piece in pieces]

    def fill(self, values: Sequence[str], out: list[bytes]) -> None:
        out.append(self._head)
        rest = b""
        values = [*values, ""]
        for ways, value in zip(self._pieces, values, strict=True):
            first, middle, last = ways[-len(rest) % 3]
            if middle is None:
                rest += first
            else:
                out += (mail.base64_lines(rest + first), middle)
                rest = last
            if value:
                rest += mail.canonical(value)
        out.append(mail.base64_lines(rest))


def _cut(piece: bytes, missing: int) -> tuple[bytes, bytes | None, bytes]:
    """Cut a piece before which bytes are missing to a multiple of three: those, what is encoded, the rest.

    One that does not even have those is all in the first; then the second is None.
    """
    if len(piece) < missing:
        return piece, None, b""
    end = len(piece) - (len(piece) - missing) % 3
    return piece[:missing], mail.base64_lines(piece[missing:end]), piece[end:]
