"""Tests a mail server without sending a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quen.apps.channels.adapters.smtp.connection import SmtpConnection, SmtpServer, Timeouts
from quen.apps.channels.adapters.smtp.replies import SmtpReply
from quen.apps.channels.types import SendOutcome, SendResult, Unreachable

#: short, because a user is waiting
_PROBE_TIMEOUTS = Timeouts(connect=8.0, reply=10.0)


def probe(settings: Mapping[str, Any], secret: str, *, sender: str, recipient: str) -> SendResult:
    """Send MAIL FROM and RCPT TO, then reset. The result's ``provider_id`` is a key of CONNECTION_ERRORS."""
    connection = SmtpConnection(replace(SmtpServer.from_settings(settings, secret), timeouts=_PROBE_TIMEOUTS))
    try:
        for line, code in (
            (b"MAIL FROM:<%b>" % sender.encode(), "sender_refused"),
            (b"RCPT TO:<%b>" % recipient.encode(), "recipient_refused"),
        ):
            reply = connection.command(line)
            if not reply.is_positive:
                return _refused(reply, code)
        connection.command(b"RSET")
    except (OSError, ValueError) as error:
        raise Unreachable(str(error), code="lost") from error
    finally:
        connection.quit()
    return SendResult(key=0, outcome=SendOutcome.ACCEPTED)


def _refused(reply: SmtpReply, code: str) -> SendResult:
    text = reply.text.lower()
    if reply.code == 530 or "relay" in text or "authenticat" in text:
        code = "relay_denied"
    elif not reply.permanent:
        code = "busy"
    outcome = SendOutcome.REFUSED if reply.permanent else SendOutcome.DEFERRED
    return SendResult(key=0, outcome=outcome, code=reply.full_code, text=reply.message, provider_id=code)
