"""A mail as bytes, put together by hand: the standard library writes 175 a second, this some thousands.

What comes out is plain RFC 5322 and MIME with CRLF; the tests read it back with the standard library's parser.
"""

from __future__ import annotations

import binascii
import random
import re
import secrets
from email.utils import format_datetime
from functools import lru_cache

from quen.rooms.channels.types import MailParts

_CRLF = b"\r\n"
#: RFC 2047: an encoded word has at most 75 characters, a header line at most 76
_WORD = 75
_LINE = 76
#: longest line that every server passes on (RFC 5321: 1000 with CRLF), with room to spare
_LONGEST = 900
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\x9f<>(),;:\\\"\[\]\u2028\u2029]")
_NOT_IN_HEADER_NAME = re.compile(r"[^A-Za-z0-9-]")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_HIGH = bytes(range(0x80, 0x100))
#: above this share of bytes beyond ASCII, base64 is the smaller one (1.37 n against n + 2 high)
_BASE64_FROM = 0.17
_B64_LINE = 57
_random = random.Random(secrets.randbits(128))  # noqa: S311  # separates parts, protects nothing


def build_mail(parts: MailParts) -> bytes:
    """Put a mail together: RFC 5322 with CRLF, multipart/alternative when there are both text and HTML."""
    domain = ascii_domain(parts.from_address)
    left = _NOT_IN_ADDRESS.sub("", parts.message_id) or f"{_random.getrandbits(96):024x}"
    head = [
        _mailbox_line("From", parts.from_name, parts.from_address),
        _mailbox_line("To", parts.to_name, parts.to_address),
        header("Subject", parts.subject),
        b"Date: " + format_datetime(parts.at).encode(),
        f"Message-ID: <{left}@{domain}>".encode(),
    ]
    if parts.reply_to and parts.reply_to != parts.from_address:
        head.append(_mailbox_line("Reply-To", "", parts.reply_to))
    head += _unsubscribing(parts)
    head.append(b"Precedence: bulk" if parts.bulk else b"Auto-Submitted: auto-generated")
    for name, value in parts.headers.items():
        head.append(header(_NOT_IN_HEADER_NAME.sub("", name), value))
    head.append(b"MIME-Version: 1.0")
    return _CRLF.join(head) + _CRLF + _content(parts)


def _unsubscribing(parts: MailParts) -> list[bytes]:
    ways = []
    if parts.one_click_url:
        ways.append(f"<{_uri(parts.one_click_url)}>")
    if parts.unsubscribe_mailto:
        ways.append(f"<mailto:{ascii_address(parts.unsubscribe_mailto)}?subject=unsubscribe>")
    if not ways:
        return []
    lines = [b"List-Unsubscribe: " + ",\r\n ".join(ways).encode()]
    if parts.one_click_url:
        lines.append(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return lines


def _uri(url: str) -> str:
    return "".join(sign if "!" <= sign <= "~" and sign not in "<>" else "" for sign in url)


def _content(parts: MailParts) -> bytes:
    if not (parts.html and parts.text):
        kind, words = ("html", parts.html) if parts.html else ("plain", parts.text)
        return _part(kind, words)
    # "=_" stands in neither encoding, so the line cannot occur inside a part.
    line = b"=_%032x" % _random.getrandbits(128)
    return b"".join(
        (
            b'Content-Type: multipart/alternative;\r\n boundary="',
            line,
            b'"\r\n\r\n--',
            line,
            _CRLF,
            _part("plain", parts.text),
            b"\r\n--",
            line,
            _CRLF,
            _part("html", parts.html),
            b"\r\n--",
            line,
            b"--\r\n",
        )
    )


def _part(kind: str, words: str) -> bytes:
    raw = words.encode("utf-8", "replace")
    if b"\r" in raw:
        raw = _LINE_END.sub(b"\n", raw)
    raw = raw.replace(b"\n", _CRLF)
    if not raw.endswith(_CRLF):
        raw += _CRLF
    high = len(raw) - len(raw.translate(None, _HIGH))
    if not high and b"\x00" not in raw and max(map(len, raw.split(_CRLF))) <= _LONGEST:
        return b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n%b" % (
            kind.encode(),
            raw,
        )
    if high > _BASE64_FROM * len(raw):
        way, body = b"base64", _base64(raw)
    else:
        # Ends with CRLF, so that binascii breaks long lines with CRLF too.
        way, body = b"quoted-printable", binascii.b2a_qp(raw, istext=True)
    return b"Content-Type: text/%b; charset=utf-8\r\nContent-Transfer-Encoding: %b\r\n\r\n%b" % (
        kind.encode(),
        way,
        body,
    )


def _base64(raw: bytes) -> bytes:
    lines = [
        binascii.b2a_base64(raw[at : at + _B64_LINE], newline=False) for at in range(0, len(raw), _B64_LINE)
    ]
    return _CRLF.join(lines) + _CRLF


def ascii_address(address: str) -> str:
    """Give an address as headers and envelopes take it: no stray signs, the domain as DNS knows it."""
    local, at, _domain = _NOT_IN_ADDRESS.sub("", address).rpartition("@")
    return f"{local}{at}{ascii_domain(address)}"


@lru_cache(4096)
def ascii_domain(address: str) -> str:
    """Give the domain of an address in ASCII."""
    domain = _NOT_IN_ADDRESS.sub("", address).rpartition("@")[2]
    if domain.isascii():
        return domain or "localhost"
    try:
        return domain.encode("idna").decode()
    except UnicodeError:
        return "localhost"


def _mailbox_line(header_name: str, name: str, address: str) -> bytes:
    bare = f"<{ascii_address(address)}>"
    shown = _display_name(len(header_name) + 2, _CONTROLS.sub(" ", name).strip())
    if not shown:
        return f"{header_name}: {bare[1:-1]}".encode()
    last = len(shown) - shown.rfind("\r\n ")
    between = " " if len(header_name) + 2 + last + len(bare) < _LINE else "\r\n "
    return f"{header_name}: {shown}{between}{bare}".encode()


@lru_cache(4096)
def _display_name(used: int, name: str) -> str:
    if not name:
        return ""
    if name.isascii() and len(name) <= _LINE - used and "=?" not in name:
        return name if _PLAIN_NAME.fullmatch(name) else '"' + re.sub(r'([\\"])', r"\\\1", name) + '"'
    return _encoded(used, name)


@lru_cache(1024)
def header(name: str, value: str) -> bytes:
    """Give a header line, folded; whatever would begin a new line becomes a blank."""
    value = _CONTROLS.sub(" ", value).strip()
    if value.isascii() and "=?" not in value:
        folded = _folded(len(name) + 2, value)
        if folded is not None:
            return f"{name}: {folded}".encode()
    return f"{name}: {_encoded(len(name) + 2, value)}".encode()


def _folded(used: int, value: str) -> str | None:
    """Break ASCII text at blanks; None when a piece is too long for a line."""
    if used + len(value) <= _LINE:
        return value
    lines, line = [], ""
    for piece in re.findall(r" *[^ ]+", value):
        if len(piece) > _LONGEST:
            return None
        if line and used + len(line) + len(piece) > _LINE:
            lines.append(line)
            line, used = piece, 0
        else:
            line += piece
    # Each following line begins with the blank it was broken at.
    return "\r\n".join([*lines, line])


def _encoded(used: int, text: str) -> str:
    """Encode as RFC 2047 words in base64, never breaking inside a character."""
    # "=?utf-8?b?" and "?=" take 12 of a word; base64 makes 4 of 3 bytes.
    words, piece, room = [], b"", (min(_WORD, _LINE - used) - 12) // 4 * 3
    for sign in text:
        raw = sign.encode("utf-8", "replace")
        if len(piece) + len(raw) > room:
            words.append(piece)
            piece, room = b"", (_WORD - 12) // 4 * 3
        piece += raw
    words.append(piece)
    return "\r\n ".join(f"=?utf-8?b?{binascii.b2a_base64(word, newline=False).decode()}?=" for word in words)
