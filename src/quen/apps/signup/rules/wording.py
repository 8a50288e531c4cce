"""Whether the words of a consent box say what the law asks for: what, on which channel, how often, how to stop.

Personal Data Protection Law 91/2025, Art. 28: consent rests on knowledge of content, method, form and frequency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from quen.core.text import fold

#: compared without accents and in lower case
_CHANNELS: Mapping[str, str] = {
    "email": r"\be-?mails?\b|\bthu dien tu\b|\bmail\b",
    "sms": r"\bsms\b|\btin nhan\b|\btext messages?\b",
    "zalo": r"\bzalo\b",
    "chat": r"\bchat\b|\bmessenger\b|\btro chuyen\b",
    "push": r"\bthong bao\b|\bnotifications?\b",
    "call": r"\bgoi\b|\bdien thoai\b|\bcalls?\b|\bphone\b",
}
_CONTENT = (
    r"\buu dai\b|\bgiam gia\b|\bkhuyen mai\b|\bsan pham\b|\bhang moi\b|\btin tuc\b|\bban tin\b|\bsinh nhat\b|\bqua\b"
    r"|\bdiem\b|\bsu kien\b|\bquang cao\b|\bgioi thieu\b|\btu van\b|\bcong thuc\b"
    r"|\boffers?\b|\bnews\b|\bproducts?\b|\bdiscounts?\b|\bbirthday\b|\bpoints\b|\bevents?\b|\badvertis\w+|\brecipes?\b"
    r"|\bnewsletters?\b|\bgifts?\b|\badvice\b"
)
_NUMBER = r"(?:\d+|mot|hai|ba|bon|nam|one|two|three|four|five|once|twice)"
_FREQUENCY = (
    rf"\b{_NUMBER}\b.{{0,30}}\b(?:moi|mot|trong|/|per|a|an|every|each|in)\b.{{0,15}}"
    r"\b(?:ngay|tuan|thang|quy|nam|gio|days?|weeks?|months?|quarters?|years?|hours?)\b"
    r"|\b(?:hang|moi) (?:ngay|tuan|thang|quy|nam)\b|\b(?:daily|weekly|monthly|quarterly|yearly)\b"
    r"|\bkhi co (?:dot|su kien)\b.{0,40}\bnhieu nhat\b"
)
_STOP = (
    r"\btu choi\b|\bhuy\b|\bngung\b|\brut lai\b|\bdung nhan\b|\bthoi nhan\b"
    r"|\bunsubscribe\b|\brefuse\b|\bstop\b|\bopt out\b|\bwithdraw\b|\bcancel\b"
)


@dataclass(frozen=True, slots=True)
class WordingCheck:
    """What a wording says. stop: how to refuse; advised, and no reason not to publish."""

    channel: bool
    content: bool
    frequency: bool
    stop: bool

    @property
    def can_be_published(self) -> bool:
        """Return whether it says what the law asks for."""
        return self.channel and self.content and self.frequency


def check_wording(text: str, *, channel: str) -> WordingCheck:
    """Return what a wording says."""
    folded = fold(text)
    return WordingCheck(
        channel=_says(_CHANNELS.get(channel, r"$^"), folded),
        content=_says(_CONTENT, folded),
        frequency=_says(_FREQUENCY, folded),
        stop=_says(_STOP, folded),
    )


def _says(pattern: str, folded: str) -> bool:
    return re.search(pattern, folded) is not None
