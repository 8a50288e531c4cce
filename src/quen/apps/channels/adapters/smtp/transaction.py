"""One message being sent over a connection."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache

from quen.apps.channels.adapters.smtp.replies import SmtpReply
from quen.apps.channels.mail.mime.mail import ascii_address
from quen.apps.channels.types import Outgoing

_NOT_IN_ENVELOPE = re.compile(r"[\x00-\x20\x7f<>]")
_LINE_END = re.compile(rb"\r\n|\r|\n")


class SmtpStage(Enum):
    """The command that a reply answers."""

    MAIL = 1
    RCPT = 2
    DATA = 3
    END = 4
    RSET = 5


@lru_cache(64)
def _sender(address: str) -> str:
    return ascii_address(address)


class MailTransaction:
    """A message, its refusal if any, and how far its data was sent."""

    __slots__ = (
        "accepted_again_before",
        "accepted_before",
        "index",
        "message",
        "payload_end",
        "payload_started",
        "recipient",
        "refusal",
        "refused_stage",
        "retries",
        "sender",
        "turned_away",
        "turned_away_at",
    )

    def __init__(self, index: int, message: Outgoing) -> None:
        self.index = index
        self.message = message
        #: the addresses as the envelope has them
        self.sender, self.recipient = _sender(message.sender), ascii_address(message.recipient)
        self.retries = 0
        #: how often the server turned it away because of our pace, what it had accepted of others before, and how
        #: many of those it had turned away, too
        self.turned_away = self.accepted_before = self.accepted_again_before = 0
        self.turned_away_at = -math.inf
        self.reset()

    def reset(self) -> None:
        """Start over on another connection."""
        self.refusal: SmtpReply | None = None
        self.refused_stage = SmtpStage.MAIL
        #: some of its data was queued for sending
        self.payload_started = False
        #: offset in the connection's bytes at which its data ends
        self.payload_end: int | None = None

    def objection(self, extensions: Mapping[str, str]) -> SmtpReply | None:
        """Return why this server cannot take the message at all, as a server would reply; None if it can."""
        message = self.message
        for address, ascii_form, code in (
            (message.sender, self.sender, "5.1.7"),
            (message.recipient, self.recipient, "5.1.3"),
        ):
            if "@" not in address or _NOT_IN_ENVELOPE.search(address):
                return SmtpReply(553, f"{code} Not an address")
            if not ascii_form.isascii() and "SMTPUTF8" not in extensions:
                return SmtpReply(553, "5.6.7 The server has no SMTPUTF8 for this address")
        limit = extensions.get("SIZE", "")
        if limit.isdigit() and 0 < int(limit) < len(message.body):
            return SmtpReply(552, f"5.3.4 Larger than the {limit} bytes the server takes")
        return None

    def envelope(self, extensions: Mapping[str, str]) -> tuple[bytes, bytes]:
        """Return the MAIL and RCPT lines."""
        message, sender, recipient = self.message, self.sender, self.recipient
        mail = f"MAIL FROM:<{sender}>"
        if "SIZE" in extensions:
            mail += f" SIZE={len(message.body)}"
        if "8BITMIME" in extensions and not message.smtp_safe and not message.body.isascii():
            mail += " BODY=8BITMIME"
        if not (sender.isascii() and recipient.isascii()):
            mail += " SMTPUTF8"
        return mail.encode() + b"\r\n", f"RCPT TO:<{recipient}>\r\n".encode()

    def payload(self) -> bytes:
        """Return the message as sent after DATA: CRLF only, dots doubled, with the final dot."""
        body = self.message.body
        if self.message.smtp_safe:
            return body + b".\r\n"
        ends = body.count(b"\r\n")
        if ends != body.count(b"\n") or ends != body.count(b"\r"):
            # Some servers take a bare line end for the end of the message and read on as commands (SMTP smuggling).
            body = _LINE_END.sub(b"\r\n", body)
        body = body.replace(b"\r\n.", b"\r\n..")
        if body.startswith(b"."):
            body = b"." + body
        return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")
