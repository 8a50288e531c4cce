"""What a temporary refusal means: less of everything, or only not this recipient now."""

from __future__ import annotations

import pytest

from quen.apps.channels.adapters.smtp.replies import SmtpReply
from quen.apps.channels.adapters.smtp.slowdowns import slowdown
from quen.apps.channels.adapters.smtp.transaction import SmtpStage
from quen.apps.channels.types import SlowdownKind

MAIL, RCPT, DATA, END = SmtpStage.MAIL, SmtpStage.RCPT, SmtpStage.DATA, SmtpStage.END
RATE, CONNECTIONS, SESSION = SlowdownKind.RATE, SlowdownKind.CONNECTIONS, SlowdownKind.SESSION
BUSY, QUOTA = SlowdownKind.BUSY, SlowdownKind.QUOTA


@pytest.mark.parametrize(
    ("stage", "code", "text", "kind"),
    [
        (END, 454, "Throttling failure: Maximum sending rate exceeded.", RATE),
        (END, 454, "Throttling failure: Daily message quota exceeded.", QUOTA),
        (MAIL, 450, "4.7.1 Error: too much mail from 192.0.2.1", RATE),
        (RCPT, 450, "4.7.1 Error: too many recipients from 192.0.2.1", RATE),
        (END, 421, "4.7.28 Our system has detected an unusual rate of unsolicited mail", RATE),
        (END, 421, "4.7.0 Try again later, closing connection.", RATE),
        (MAIL, 421, "4.7.0 [TSS04] Messages temporarily deferred due to unexpected volume", RATE),
        (RCPT, 451, "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited", RATE),
        (RCPT, 451, "4.7.500 Server busy. Please try again later from [192.0.2.1].", BUSY),
        (END, 450, "4.7.0 Too many emails per second. Please upgrade your plan", RATE),
        (END, 451, "You have exceeded your messaging limits", RATE),
        (MAIL, 452, "4.5.3 Too many messages", RATE),
        (END, 432, "4.3.2 Concurrent connections limit exceeded", CONNECTIONS),
        (MAIL, 421, "4.7.0 mx.example Error: too many connections from 192.0.2.1", CONNECTIONS),
        (RCPT, 421, "RP-001 You have exceeded the maximum number of connections.", CONNECTIONS),
        (MAIL, 421, "Too many concurrent SMTP connections; please try again later.", CONNECTIONS),
        (MAIL, 421, "4.7.0 too many messages in this connection", SESSION),
        (END, 452, "Too many messages sent from this session", SESSION),
        (MAIL, 451, "4.5.3 Maximum number of messages per connection reached", SESSION),
        (END, 451, "4.3.2 Please try again later", BUSY),
        (END, 452, "4.3.1 Insufficient system storage", BUSY),
        (MAIL, 451, "4.1.8 Domain of sender address does not resolve", BUSY),
    ],
)
def test_a_reply_about_the_connection(stage: SmtpStage, code: int, text: str, kind: SlowdownKind) -> None:
    assert slowdown(SmtpReply(code, text), stage) is kind


@pytest.mark.parametrize(
    ("stage", "code", "text"),
    [
        (RCPT, 450, "4.2.0 Greylisted, come again"),
        (RCPT, 451, "4.7.1 Greylisting in action, please come back later"),
        (RCPT, 451, "4.7.1 Please try again later"),
        (RCPT, 450, "4.7.0 Temporarily rejected"),
        (
            RCPT,
            450,
            "4.2.1 The user you are trying to contact is receiving mail at a rate that prevents delivery",
        ),
        (RCPT, 452, "4.2.2 Mailbox full"),
        (RCPT, 452, "Requested action not taken: the recipient's mailbox is over quota"),
        (RCPT, 450, "4.1.1 Recipient address rejected: unverified address"),
        (RCPT, 450, "Requested mail action not taken: mailbox unavailable"),
        (RCPT, 451, "4.3.0 Temporary lookup failure"),
        (DATA, 451, "4.3.0 Not now"),
        (RCPT, 421, "4.4.2 mx.example Error: timeout exceeded"),
        (RCPT, 550, "5.7.1 Too many messages, blocked"),
        (END, 250, "2.0.0 Ok"),
    ],
)
def test_a_reply_about_one_message(stage: SmtpStage, code: int, text: str) -> None:
    assert slowdown(SmtpReply(code, text), stage) is None
