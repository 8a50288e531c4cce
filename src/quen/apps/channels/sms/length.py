"""How long a text is as SMS: which alphabet it needs and how many parts it is charged as. Pure.

3GPP TS 23.038: the GSM alphabet has 7 bits a character, 160 in one part; characters of its extension table take two.
Any other character, such as most Vietnamese letters with marks, needs UCS-2: 70 in one part. A text of several parts
loses six bytes of each to the header that joins them: 153 and 67. A character is never split between two parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from quen.apps.channels.types import TextLength

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED: Final = frozenset("\f^{}\\[~]|€")
_GSM: Final = (160, 153)
_UCS2: Final = (70, 67)


def sms_length(text: str) -> TextLength:
    """Return the length of a text as SMS; an empty one has no part."""
    outside = next((char for char in text if char not in _BASIC and char not in _EXTENDED), "")
    if outside:
        costs = [2 if ord(char) > 0xFFFF else 1 for char in text]
        single, joined = _UCS2
    else:
        costs = [2 if char in _EXTENDED else 1 for char in text]
        single, joined = _GSM
    chars = sum(costs)
    if chars <= single:
        return TextLength(chars, 1 if text else 0, single, unicode=bool(outside), example=outside)
    parts = _packed(costs, joined)
    return TextLength(chars, parts, parts * joined, unicode=bool(outside), example=outside)


def _packed(costs: Iterable[int], size: int) -> int:
    """Return the number of parts when no character is split between two."""
    parts, used = 1, 0
    for cost in costs:
        if used + cost > size:
            parts, used = parts + 1, 0
        used += cost
    return parts
