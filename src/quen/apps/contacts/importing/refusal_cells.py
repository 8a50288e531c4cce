"""Cells that say that somebody left, complained, or can't be reached."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from quen.apps.contacts.importing.refusal_words import (
    BETWEEN,
    DENIED,
    VIETNAMESE_NO,
    VIETNAMESE_OBJECT,
    words_of,
)
from quen.apps.contacts.importing.refusals import Refusal

_OPT_OUT_VALUES: Final = (
    "unsubscribe|unsubscribed|unsub|unsubbed|unsubscription|opt out|opted out|opting out|optout|optedout"
    "|refused|refuse|declined"
    "|withdrawn|revoked|objected|do not contact|do not email|do not mail|do not call|do not sms|do not text"
    "|do not disturb|dnc|dnd"
    "|dont contact|dont email|dont call|no contact|no email|no emails|no marketing|no mail|no sms|no calls"
    "|not interested"
    "|consent withdrawn|consent revoked|removed by user|left list"
)
_BLOCK_VALUES: Final = (
    "blocklisted|blocklist|blacklisted|blacklist|blocked|denylisted|suppressed|suppression|banned|black list"
    "|block list|chan|bi chan"
    "|da chan|da bi chan|danh sach den|trong danh sach den|danh sach chan|cam|stop list|stoplist"
)
_COMPLAINT_VALUES: Final = (
    "complained|complaint|complaints|spam|spammed|spam complaint|spam report|spam reported|reported spam"
    "|reported as spam|marked spam"
    "|marked as spam|mark as spam|abuse|abuse complaint|abuse report|bao spam|bao cao spam|danh dau spam"
    "|danh dau la spam|danh dau thu rac"
    "|khieu nai spam|bi bao spam|junk"
)
_BOUNCE_VALUES: Final = (
    "bounced|bounce|bounces|hard bounce|hard bounced|hardbounce|hardbounced|hard bounces|permanent bounce"
    "|permanent failure|cleaned"
    "|undeliverable|undelivered email|mailbox not found|mailbox does not exist|no such user|user unknown"
    "|invalid email|invalid address"
    "|email invalid|invalid mailbox|dead|dead email|email hong|email loi|email khong ton tai|email sai"
    "|email khong hop le"
    "|dia chi khong ton tai|thu bi tra lai|mail bi tra lai|email bi tra lai|email bi tra ve|bi tra lai thu"
    "|khong gui duoc email"
)
_KNOWN_VALUES: Final = {
    word: kind
    for kind, words in (
        (Refusal.OPT_OUT, _OPT_OUT_VALUES),
        (Refusal.BLOCK, _BLOCK_VALUES),
        (Refusal.COMPLAINT, _COMPLAINT_VALUES),
        (Refusal.BOUNCE, _BOUNCE_VALUES),
    )
    for word in words.split("|")
}
_VIETNAMESE_VALUE: Final = re.compile(
    r"(?:(?:khach|khach hang|kh|nguoi dung|nguoi nhan)(?: |$))?(?:(?:da|dang|xin|bi|yeu cau|tu|de nghi)(?: |$))*"
    rf"(?:(?:tu choi|huy(?: bo)? (?:dang k[yi]|theo doi tin|nhan)|ngung (?:nhan|dang k[yi])|dung nhan"
    rf"|rut (?:lai )?(?:su )?dong y"
    rf"|khong dong y|khong cho phep|khong chap nhan){BETWEEN}(?: {VIETNAMESE_OBJECT}| nhan)*"
    rf"|{VIETNAMESE_NO}{BETWEEN} {VIETNAMESE_OBJECT}(?: {VIETNAMESE_OBJECT})*)"
)
#: an address or a number is missing, and nothing refused
_MISSING: Final = frozenset(
    {"khong email", "ko email", "khong mail", "ko mail", "khong zalo", "ko zalo", "no email", "no mail"}
)
_MAX_VALUE: Final = 60
#: short forms of a refusal that mean one only where the column is about consent
_ANSWERS: Final = frozenset(
    {
        "huy",
        "da huy",
        "ngung",
        "da ngung",
        "dung lai",
        "stop",
        "stopped",
        "out",
        "roi danh sach",
        "never",
        "removed",
    }
    | {"khong nhan", "ko nhan", "khong muon"}
)


def read_value(cell: object) -> Refusal | None:
    """Return what a cell of any column says against sending, None when it says nothing of the kind."""
    return _read_value(cell) if isinstance(cell, str) and 2 < len(cell) <= _MAX_VALUE else None


def read_answer(cell: object) -> Refusal | None:
    """Return what a cell of a column about consent says against sending; short words count, too: "Hủy", "Stop"."""
    if not isinstance(cell, str) or len(cell) > _MAX_VALUE:
        return None
    return _read_value(cell) or (Refusal.OPT_OUT if words_of(cell) in _ANSWERS else None)


@lru_cache(4096)
def _read_value(cell: str) -> Refusal | None:
    words = words_of(cell)
    known = _KNOWN_VALUES.get(words)
    if words in _MISSING or DENIED.search(words):
        return None
    if known is not None:
        return known
    return Refusal.OPT_OUT if _VIETNAMESE_VALUE.fullmatch(words) else None


def parts_that_refuse(text: str) -> Iterable[str]:
    """Yield the parts of a cell that refuse: a cell of tags may contain several."""
    for part in re.split(r"[,;|\n]", text):
        if read_value(part.strip()) is not None:
            yield part.strip()
