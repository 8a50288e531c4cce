"""Parses SMTP replies and maps them to results. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from quen.apps.channels.types import SendOutcome, SendResult

_MAX_MESSAGE_CHARS = 300
_SPACE = ord(" ")
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")
#: RFC 3463: 5.1.x is about the address, but 5.1.7 and 5.1.8 are about the sender's
_SENDER_CODES = ("5.1.7", "5.1.8")
_NO_SUCH_MAILBOX = re.compile(
    r"no such (?:user|recipient|mailbox|person)|unknown (?:user|recipient|mailbox)|(?:user|recipient|mailbox|address)"
    r" (?:is )?(?:unknown|not found|does(?: not|n.t) exist)|does(?: not|n.t) exist|no mailbox here",
    re.IGNORECASE,
)
#: Postfix "queued as 4X…", Exim "OK id=1a…", Gmail "OK  17… ab… - gsmtp", SES "Ok 01…", OpenSMTPD "4f1c… message …"
_QUEUE_ID_PATTERNS = (
    re.compile(r"queued as ([\w.-]+)", re.IGNORECASE),
    re.compile(r"\bid=([\w.-]+)"),
    re.compile(r"\bok:?\s+\d{9,}\s+([\w.-]{8,})", re.IGNORECASE),
    re.compile(r"^(?:2\.\d\.\d )?ok:?\s+([0-9a-f][\w.-]{15,})", re.IGNORECASE),
    re.compile(r"^(?:2\.\d\.\d )?([0-9a-f]{8,}) message accepted", re.IGNORECASE),
)


class SmtpReply(NamedTuple):
    """One reply of the server: its code and its lines."""

    code: int
    text: str

    @property
    def is_positive(self) -> bool:
        """The command succeeded (2xx)."""
        return 200 <= self.code < 300

    @property
    def permanent(self) -> bool:
        """A permanent failure (5xx)."""
        return self.code >= 500

    @property
    def enhanced(self) -> str:
        """The enhanced status code of RFC 3463 at the start of the text, such as "5.1.1"."""
        found = _ENHANCED.match(self.text)
        return found[0] if found else ""

    @property
    def full_code(self) -> str:
        """Both codes: "550 5.1.1"."""
        return f"{self.code} {self.enhanced}".rstrip()

    @property
    def message(self) -> str:
        """The text without the enhanced code, shortened."""
        return self.text.removeprefix(self.enhanced).strip()[:_MAX_MESSAGE_CHARS]


def read_reply(buffer: bytearray) -> SmtpReply | None:
    """Remove one complete reply from the start of the buffer and return it, None when incomplete. Raises ValueError."""
    end = buffer.find(b"\n")
    if end > 3 and buffer[3] == _SPACE:
        line = bytes(buffer[:end])
        del buffer[: end + 1]
        return _single_line(line)
    lines: list[str] = []
    at = 0
    while True:
        end = buffer.find(b"\n", at)
        if end < 0:
            if len(buffer) - at > 64_000:
                raise ValueError("a line without an end")
            return None
        line = bytes(buffer[at:end]).rstrip(b"\r")
        at = end + 1
        if not line[:3].isdigit() or len(line) < 3 or line[3:4] not in (b"", b" ", b"-"):
            raise ValueError(f"not a reply: {line[:60]!r}")
        lines.append(_line_text(line))
        if line[3:4] != b"-":
            del buffer[:at]
            return SmtpReply(int(line[:3]), _joined(lines))


@lru_cache(256)
def _single_line(line: bytes) -> SmtpReply:
    """Return a reply of one line. Cached: most of a server's replies are always the same."""
    if not line[:3].isdigit():
        raise ValueError(f"not a reply: {line[:60]!r}")
    return SmtpReply(int(line[:3]), _line_text(line))


def _line_text(line: bytes) -> str:
    return line[4:].decode("utf-8", "replace").replace("\0", "").strip()


def _joined(lines: list[str]) -> str:
    first = _ENHANCED.match(lines[0])
    if first and len(lines) > 1:
        # Servers repeat the enhanced code on each line.
        return " ".join([lines[0], *(line.removeprefix(first[0]).strip() for line in lines[1:])])
    return "\n".join(lines) if len(lines) > 1 else lines[0]


def result_for(key: int, reply: SmtpReply, *, about_recipient: bool) -> SendResult:
    """Return the result for the reply that decided a message."""
    if reply.is_positive:
        code, text, provider_id = _accepted(reply)
        return SendResult(key, SendOutcome.ACCEPTED, code, text, provider_id)
    text = " ".join(reply.message.split())
    outcome = SendOutcome.REFUSED if reply.permanent else SendOutcome.DEFERRED
    return SendResult(
        key=key,
        outcome=outcome,
        code=reply.full_code,
        text=text,
        hard_bounce=about_recipient and is_hard_bounce(reply),
    )


@lru_cache(256)
def _accepted(reply: SmtpReply) -> tuple[str, str, str]:
    return reply.full_code, " ".join(reply.message.split()), queue_id(reply.text)


def is_hard_bounce(reply: SmtpReply) -> bool:
    """Return whether the address is permanently undeliverable (hard bounce), as opposed to a policy or size refusal."""
    if reply.code not in (550, 551, 553):
        return False
    if reply.enhanced:
        return reply.enhanced.startswith("5.1.") and reply.enhanced not in _SENDER_CODES
    return bool(_NO_SUCH_MAILBOX.search(reply.text))


def queue_id(text: str) -> str:
    """Return the server's queue id of an accepted message, "" when the reply has none."""
    for pattern in _QUEUE_ID_PATTERNS:
        found = pattern.search(text)
        if found:
            return found[1][:200]
    return ""
