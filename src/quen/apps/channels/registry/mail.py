"""A mail as bytes, put together by hand: the standard library writes 175 a second, this some thousands.

What comes out is plain RFC 5322 and MIME with CRLF; the tests read it back with the standard library's parser.
"""

from __future__ import annotations

import binascii
import random
import re
import secrets
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache

from quen.apps.channels.types import MailParts

#: how a line ends
CRLF = b"\r\n"
#: RFC 2047: an encoded word has at most 75 characters, a header line at most 76
_WORD = 75
_LINE = 76
#: longest line that every server passes on (RFC 5321: 1000 with CRLF), with room to spare
_LONGEST = 900
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_NOT_IN_ADDRESS = re.compile(r"[\x00-\x20\x7f-\x9f<>(),;:\\\"\[\]\u2028\u2029]")
_NOT_IN_URI = re.compile(r"[^!-~]|[<>]")
_NOT_IN_HEADER_NAME = re.compile(r"[^A-Za-z0-9-]")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_HIGH = bytes(range(0x80, 0x100))
#: above this share of bytes beyond ASCII, base64 is the smaller one (1.37 n against n + 2 high)
BASE64_FROM = 0.17
_B64_LINE = 57
_random = random.Random(secrets.randbits(128))  # noqa: S311  # separates parts, protects nothing


def build_mail(parts: MailParts) -> bytes:
    """Put a mail together: RFC 5322 with CRLF, multipart/alternative when there are both text and HTML."""
    return head(parts) + _content(parts)


def head(parts: MailParts) -> bytes:
    """Give the headers of a mail but those of its content."""
    lines = [
        mailbox_line("From", parts.from_name, parts.from_address),
        mailbox_line("To", parts.to_name, parts.to_address),
        header("Subject", parts.subject),
        date_line(parts.at),
        message_id_line(parts.message_id, parts.from_address),
        *reply_lines(parts),
        *unsubscribing(parts.one_click_url, parts.unsubscribe_mailto),
        closing(parts),
    ]
    return CRLF.join(lines)


def date_line(at: datetime) -> bytes:
    """Give the header Date."""
    return b"Date: " + format_datetime(at).encode()


def message_id_line(left: str, from_address: str) -> bytes:
    """Give the Message-ID, made up when nobody chose one."""
    left = _NOT_IN_ADDRESS.sub("", left) or f"{_random.getrandbits(96):024x}"
    return f"Message-ID: <{left}@{ascii_domain(from_address)}>".encode()


def reply_lines(parts: MailParts) -> list[bytes]:
    """Give the header that says where answers go, if that is elsewhere."""
    elsewhere = parts.reply_to and parts.reply_to != parts.from_address
    return [mailbox_line("Reply-To", "", parts.reply_to)] if elsewhere else []


def unsubscribing(one_click_url: str, mailto: str) -> list[bytes]:
    """Give the headers by which mail programs offer to refuse."""
    ways = []
    if one_click_url:
        ways.append(f"<{_NOT_IN_URI.sub('', one_click_url)}>")
    if mailto:
        ways.append(f"<mailto:{ascii_address(mailto)}?subject=unsubscribe>")
    if not ways:
        return []
    lines = [b"List-Unsubscribe: " + ",\r\n ".join(ways).encode()]
    if one_click_url:
        lines.append(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return lines


def closing(parts: MailParts) -> bytes:
    """Give the headers that stand last, with the end of their last line."""
    lines = [b"Precedence: bulk" if parts.bulk else b"Auto-Submitted: auto-generated"]
    lines += [header(_NOT_IN_HEADER_NAME.sub("", name), value) for name, value in parts.headers.items()]
    return CRLF.join([*lines, b"MIME-Version: 1.0\r\n"])


def _content(parts: MailParts) -> bytes:
    if not (parts.html and parts.text):
        kind, words = ("html", parts.html) if parts.html else ("plain", parts.text)
        return _part(kind, words)
    first, between, last = alternatives()
    return b"".join((first, _part("plain", parts.text), between, _part("html", parts.html), last))


def alternatives() -> tuple[bytes, bytes, bytes]:
    """Give what stands before, between and behind the two parts of a mail with text and HTML."""
    # "=_" stands in neither encoding, so the line cannot occur inside a part.
    line = b"=_%032x" % _random.getrandbits(128)
    kind = b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n\r\n' % line
    return b"%b--%b\r\n" % (kind, line), b"\r\n--%b\r\n" % line, b"\r\n--%b--\r\n" % line


def _part(kind: str, words: str) -> bytes:
    raw = canonical(words)
    if not raw.endswith(CRLF):
        raw += CRLF
    high = high_bytes(raw)
    if not high and b"\x00" not in raw and max(map(len, raw.split(CRLF))) <= _LONGEST:
        return part_head(kind, "7bit") + raw
    if high > BASE64_FROM * len(raw):
        return part_head(kind, "base64") + base64_lines(raw)
    # Ends with CRLF, so that binascii breaks long lines with CRLF too.
    return part_head(kind, "quoted-printable") + binascii.b2a_qp(raw, istext=True)


def part_head(kind: str, way: str) -> bytes:
    """Give the headers of a part and the empty line behind them."""
    return f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: {way}\r\n\r\n".encode()


def canonical(words: str) -> bytes:
    """Give words as bytes in which lines end with CRLF."""
    raw = words.encode("utf-8", "replace")
    if b"\r" in raw:
        raw = _LINE_END.sub(b"\n", raw)
    return raw.replace(b"\n", CRLF)


def high_bytes(raw: bytes) -> int:
    """Count the bytes beyond ASCII."""
    return len(raw) - len(raw.translate(None, _HIGH))


def base64_lines(raw: bytes) -> bytes:
    """Encode as base64, each line with its end."""
    if len(raw) <= _B64_LINE:
        return binascii.b2a_base64(raw, newline=False) + CRLF if raw else b""
    return b"".join(
        [
            binascii.b2a_base64(raw[at : at + _B64_LINE], newline=False) + CRLF
            for at in range(0, len(raw), _B64_LINE)
        ]
    )


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


def mailbox_line(header_name: str, name: str, address: str) -> bytes:
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
    raw, words, at, room = text.encode("utf-8", "replace"), [], 0, (min(_WORD, _LINE - used) - 12) // 4 * 3
    while True:
        end = min(at + room, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        words.append(binascii.b2a_base64(raw[at:end], newline=False).decode())
        if end >= len(raw):
            return "\r\n ".join([f"=?utf-8?b?{word}?=" for word in words])
        at, room = end, (_WORD - 12) // 4 * 3
