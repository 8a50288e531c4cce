"""Trying a mail server without sending anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from quen.apps.channels.plugs.smtp.answers import Reply
from quen.apps.channels.plugs.smtp.wire import Patience, Server, Wire
from quen.apps.channels.types import Outcome, Result, Unreachable

#: somebody waits at the screen
_IMPATIENT = Patience(connect=8.0, answer=10.0)


def probe(settings: Mapping[str, Any], secret: str, *, sender: str, recipient: str) -> Result:
    """Go as far as naming the recipient, then step back. The Result's ``provider_id`` is a key of TROUBLES."""
    wire = Wire(replace(Server.of(settings, secret), patience=_IMPATIENT))
    try:
        for line, code in (
            (b"MAIL FROM:<%b>" % sender.encode(), "sender_refused"),
            (b"RCPT TO:<%b>" % recipient.encode(), "recipient_refused"),
        ):
            reply = wire.ask(line)
            if not reply.good:
                return _refused(reply, code)
        wire.ask(b"RSET")
    except (OSError, ValueError) as error:
        raise Unreachable(str(error), code="lost") from error
    finally:
        wire.part()
    return Result(key=0, outcome=Outcome.ACCEPTED)


def _refused(reply: Reply, code: str) -> Result:
    words = reply.text.lower()
    if reply.code == 530 or "relay" in words or "authenticat" in words:
        code = "relay_denied"
    elif not reply.for_good:
        code = "busy"
    outcome = Outcome.REFUSED if reply.for_good else Outcome.DEFERRED
    return Result(key=0, outcome=outcome, code=reply.shown_code, text=reply.words, provider_id=code)
