"""Tells a server that wants less of us from one that cannot take a message for this recipient now. Pure.

Providers use the same codes for both, so the wording decides and the codes help: 450 4.2.x and greylisting are about
one recipient; 421, "rate", "too many", "throttling", 4.3.2, 4.7.28 are about the connection.
"""

from __future__ import annotations

import re
from typing import Final

from quen.apps.channels.adapters.smtp.replies import SmtpReply
from quen.apps.channels.adapters.smtp.transaction import SmtpStage
from quen.apps.channels.types import SlowdownKind

_FLAGS: Final = re.IGNORECASE | re.DOTALL
#: Postfix, Exim and appliances that greylist; Gmail's "the user you are trying to contact is receiving mail …"
_RECIPIENT: Final = re.compile(
    r"gr[ae]y-?list|(?:user|recipient|mailbox|account|person) (?:that )?you are trying to"
    r"|(?:recipient|mailbox|user|inbox)(?:'s)?[^.]{0,40}(?:over ?quota|quota|full|receiving|too (?:many|much))"
    r"|over ?quota|mailbox (?:is )?(?:full|busy|locked)|out of storage",
    _FLAGS,
)
_SESSION: Final = re.compile(
    r"(?:messages?|mails?|emails?|e-mails?|recipients?|transactions?|deliveries|commands?|limit|maximum)"
    r"[^.]{0,40}\b(?:in|on|for|per|from|over|during|within)[ -](?:this |the same |the |a |one |single |each |current )*"
    r"(?:smtp )?(?:connection|session)",
    _FLAGS,
)
_CONNECTIONS: Final = re.compile(
    r"(?:too many|maximum|max\b|number of|exceed\w*|limit\w*|concurrent|concurrency|simultaneous|parallel|multiple)"
    r"[^.]{0,50}(?:connections?|sessions?|threads?|processes)\b"
    r"|(?:connections?|sessions?|threads?)\b[^.]{0,50}(?:exceed|limit|too many|too fast|reached|maximum|refused)"
    r"|concurren|simultaneous",
    _FLAGS,
)
_QUOTA: Final = re.compile(
    r"(?:daily|per day|a day|this day|24[ -]?h|hourly|per hour|an hour|this hour|monthly|per month)"
    r"|(?:message|sending|send|mail|account|user|relay)\b[^.]{0,30}\b(?:quota|credits?|allowance)|credits? exceeded",
    _FLAGS,
)
_RATE: Final = re.compile(
    r"throttl|rate[ -]?(?:limit|control|exceed)|\brates?\b|too (?:many|much|fast|quick|frequent|often)"
    r"|slow(?:ing)? down|unusual (?:rate|volume|sending)|unexpected volume|(?:high|excessive) (?:volume|rate|load)"
    r"|flood|per (?:second|minute)|policy limit|limit(?:s|ed)? (?:is |was |has been )?(?:exceeded|reached)"
    r"|exceed\w*[^.]{0,40}(?:limit|messages|mails|e-?mails|recipients|allowed|maximum)"
    r"|temporarily (?:deferred|limited)",
    _FLAGS,
)
_BUSY: Final = re.compile(
    r"(?:server|system|service|host|we are|we're)[^.]{0,30}(?:busy|overload|unavailable|shutting down|not accepting)"
    r"|insufficient (?:system )?(?:resources?|storage|memory)|overload|load (?:is )?(?:too high|average|limit)"
    r"|resources? (?:are )?(?:temporarily )?(?:unavailable|exhausted|restricted)|too busy",
    _FLAGS,
)
#: RFC 3463 and providers: about the system or its policy on us, whatever the words
_RATE_CODES: Final = ("4.7.28", "4.5.3")
_BUSY_CODES: Final = ("4.3.1", "4.3.2", "4.4.5")
#: used for rates, and by some servers for greylisting, which answers the recipient
_POLICY_CODE: Final = "4.7.0"
#: RFC 3463: "4.2.x" is the state of one mailbox
_MAILBOX_CODES: Final = "4.2."
#: the connection was idle for too long, which is no complaint
_IDLE_CODE: Final = "4.4.2"
_CLOSING, _TEMPORARY_AUTH = 421, 454


def slowdown(reply: SmtpReply, stage: SmtpStage) -> SlowdownKind | None:
    """Return what a temporary refusal asks of the whole connection, None when it is about the one message."""
    if not 400 <= reply.code < 500:
        return None
    text, enhanced = " ".join(reply.text.split()), reply.enhanced
    if enhanced.startswith(_MAILBOX_CODES) or _RECIPIENT.search(text) or enhanced == _IDLE_CODE:
        return None
    kind = _by_words(text)
    if kind is not None:
        return kind
    if enhanced in _RATE_CODES or _is_microsoft_limit(enhanced):
        return SlowdownKind.RATE
    if enhanced == _POLICY_CODE and stage is not SmtpStage.RCPT:
        return SlowdownKind.RATE
    # A server that ends the connection, or does not even take our sender, says nothing about the recipient.
    about_us = reply.code in (_CLOSING, _TEMPORARY_AUTH) or stage is SmtpStage.MAIL
    return SlowdownKind.BUSY if about_us or enhanced in _BUSY_CODES else None


def _by_words(text: str) -> SlowdownKind | None:
    for kind, pattern in (
        (SlowdownKind.QUOTA, _QUOTA),
        (SlowdownKind.SESSION, _SESSION),
        (SlowdownKind.CONNECTIONS, _CONNECTIONS),
        (SlowdownKind.RATE, _RATE),
        (SlowdownKind.BUSY, _BUSY),
    ):
        if pattern.search(text):
            return kind
    return None


def _is_microsoft_limit(enhanced: str) -> bool:
    """Microsoft numbers its limits 4.7.500 to 4.7.699."""
    _class, _subject, detail = enhanced.split(".") if enhanced else ("", "", "")
    return enhanced.startswith("4.7.") and len(detail) == 3 and detail[0] in "56"
