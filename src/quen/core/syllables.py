"""Which words are possible syllables of Vietnamese; lists in facts/legacy_encodings.json."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Final

from quen.core import facts
from quen.core.text import fold

_TONES: Final = dict.fromkeys((0x300, 0x301, 0x303, 0x309, 0x323))


def toneless(word: str) -> str:
    """Return a word in lower case without its tone: "Hường" is "hương"."""
    spelled = unicodedata.normalize("NFD", word.lower()).translate(_TONES)
    return unicodedata.normalize("NFC", spelled)


@cache
def syllables() -> frozenset[str]:
    """Return every possible syllable, without tones."""
    lists = facts.load("legacy_encodings")["detection"]
    return frozenset(onset + rime for onset in ("", *lists["onsets"]) for rime in lists["rimes"])


@lru_cache(8192)
def is_syllable(word: str) -> bool:
    """Return whether a word is a possible syllable, written with diacritics or without any."""
    return toneless(word) in syllables() or (word.isascii() and word.lower() in _plain_syllables())


@cache
def _plain_syllables() -> frozenset[str]:
    return frozenset(map(fold, syllables()))
