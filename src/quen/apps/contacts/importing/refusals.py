"""Headings that refuse: columns whose heading says no, such as "Từ chối nhận email" or "Do Not Call".

Such a heading reverses its values: a Yes is a refusal.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from quen.apps.contacts.importing.refusal_words import (
    ABOUT,
    BOUNCE,
    CALL_WORDS,
    COMPLAINT,
    CONSENT_TAKEN_BACK,
    DENIED,
    EMAIL_WORDS,
    ENGLISH_STRONG,
    LIST,
    NEGATION,
    NOT_YET,
    OPT_OUT,
    QUESTION,
    REGISTER,
    SMS_WORDS,
    SUBSCRIPTION,
    VIETNAMESE_LIST,
    VIETNAMESE_NOT_YET,
    VIETNAMESE_REFUSAL,
    WEAK,
    ZALO_WORDS,
    words_of,
)
from quen.apps.contacts.types import Channel

#: the channel of a heading that names none: every channel
EVERY_CHANNEL: Final = "all"


class Refusal(IntEnum):
    """What a file says against sending to somebody.

    OPT_OUT: they withdrew. BLOCK: the sender keeps them on a list of addresses to avoid. COMPLAINT: they reported spam.
    BOUNCE: the address doesn't take mail; the person said nothing.
    """

    OPT_OUT = 1
    BLOCK = 2
    COMPLAINT = 3
    BOUNCE = 4


@dataclass(frozen=True, slots=True)
class RefusingHeading:
    """What a heading that says no means.

    channel: of types.Channel, or EVERY_CHANNEL.  sure: False where the words may concern something else.
    """

    channel: str
    kind: Refusal = Refusal.OPT_OUT
    sure: bool = True


def read_heading(header: str) -> RefusingHeading | None:
    """Return what a heading refuses, None when it refuses nothing or its meaning is doubtful (``is_doubtful``)."""
    words = words_of(header)
    if not words or DENIED.search(words) or _question(words) is not None:
        return None
    kind = _kind(words)
    if kind is not None:
        return RefusingHeading(_channel(words, kind), kind, sure=not ABOUT.search(words))
    if VIETNAMESE_NOT_YET.search(words) or NOT_YET.search(words) or WEAK.fullmatch(words):
        return RefusingHeading(_channel(words, Refusal.OPT_OUT), sure=False)
    return None


def is_doubtful(header: str) -> bool:
    """Return whether a heading contains a word of negation, so that it must not be taken for consent unseen."""
    return NEGATION.search(words_of(header)) is not None


def asked_for(header: str) -> str:
    """Return what a heading asks for, without the particle of the question: "Có nhận email không" asks "nhan email"."""
    return _question(words_of(header)) or ""


def _kind(words: str) -> Refusal | None:
    if COMPLAINT.search(words):
        return Refusal.COMPLAINT
    if LIST.search(words) or VIETNAMESE_LIST.search(words) or REGISTER.search(words):
        return Refusal.OPT_OUT if OPT_OUT.search(words) or REGISTER.search(words) else Refusal.BLOCK
    if OPT_OUT.search(words):
        return Refusal.OPT_OUT
    if BOUNCE.search(words):
        return Refusal.BOUNCE
    found = (
        VIETNAMESE_REFUSAL.search(words) or CONSENT_TAKEN_BACK.search(words) or ENGLISH_STRONG.search(words)
    )
    return Refusal.OPT_OUT if found else None


def _channel(words: str, kind: Refusal) -> str:
    tests = {
        Channel.EMAIL: EMAIL_WORDS,
        Channel.SMS: SMS_WORDS,
        Channel.ZALO: ZALO_WORDS,
        Channel.CALL: CALL_WORDS,
    }
    found = [channel.value for channel, test in tests.items() if test.search(words)]
    if len(found) == 1:
        return found[0]
    if not found and (kind in {Refusal.COMPLAINT, Refusal.BOUNCE} or SUBSCRIPTION.search(words)):
        return Channel.EMAIL.value
    return EVERY_CHANNEL


def _question(words: str) -> str | None:
    found = QUESTION.match(words)
    if found is None or NEGATION.search(found["asked"]):
        return None
    return found["asked"]
