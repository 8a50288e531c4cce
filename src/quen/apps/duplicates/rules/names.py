"""Whether two names may be those of one person, typed by cashiers: words swapped, marks missing, one letter wrong."""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from functools import lru_cache

from quen.core.names import is_walk_in, strip_title
from quen.core.syllables import is_syllable, syllables, toneless
from quen.core.text import clean, fold

_TONES = "\u0300\u0301\u0303\u0309\u0323"


class NameMatch(IntEnum):
    """How two names agree."""

    #: different people
    OTHER = 0
    #: one of them says nothing
    UNKNOWN = 1
    #: the given name alone
    GIVEN = 2
    #: shortened, or one letter wrong
    NEAR = 3
    SAME = 4


def compare_names(mine: str, other: str) -> NameMatch:
    """Return how two full names agree."""
    one, two = _words(mine), _words(other)
    if not one or not two:
        return NameMatch.UNKNOWN
    if len(one) > len(two):
        one, two = two, one
    paired = _paired(one, two)
    if paired is None:
        return _nearly(one, two)
    is_plain = _is_plain(one) or _is_plain(two)
    given = {one[-1], two[-1]}
    if not all(_same_word(a, b, is_plain=is_plain, is_given=bool({a, b} & given)) for a, b in paired):
        return NameMatch.OTHER
    if len(one) == 1:
        is_given = len(two) == 1 or fold(one[0]) == fold(two[-1])
        return NameMatch.GIVEN if is_given else NameMatch.OTHER
    if len(one) == len(two):
        return NameMatch.SAME if _in_order(one, two) else NameMatch.OTHER
    return NameMatch.NEAR if _same_given(one, two) else NameMatch.OTHER


def _in_order(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    """Return whether the words stand in one order, or in that of other countries: Anh Minh is not Minh Anh."""
    mine, other = list(map(fold, one)), list(map(fold, two))
    orders = (mine, mine[1:] + mine[:1], mine[-1:] + mine[:-1], mine[::-1])
    return any(all(_like(a, b) for a, b in zip(order, other, strict=True)) for order in orders)


def _same_given(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    given = fold(long[-1])
    return given in (fold(short[-1]), fold(short[0])) or fold(short[-1]) == fold(long[0])


def _like(mine: str, other: str) -> bool:
    return mine == other or (1 in (len(mine), len(other)) and mine[:1] == other[:1])


@lru_cache(8192)
def _words(name: str) -> tuple[str, ...]:
    if is_walk_in(name):
        return ()
    _title, rest = strip_title(clean(name))
    words = unicodedata.normalize("NFC", rest).lower().replace(".", " ").split()
    return tuple(word for word in words if any(letter.isalpha() for letter in word))


def _paired(short: tuple[str, ...], long: tuple[str, ...]) -> list[tuple[str, str]] | None:
    """Return each word of the shorter name with its like in the longer, initials too; None where one has none."""
    left = list(long)
    pairs = []
    for word in sorted(short, key=len, reverse=True):
        plain = fold(word)
        like = [each for each in left if fold(each) == plain]
        if not like:
            like = [each for each in left if _like(fold(each), plain)]
        if not like:
            return None
        chosen = word if word in like else like[0]
        left.remove(chosen)
        pairs.append((word, chosen))
    return pairs


def _nearly(short: tuple[str, ...], long: tuple[str, ...]) -> NameMatch:
    """Return NEAR where one word has one letter wrong, and is no word any more by it: Lan and Lam are two people."""
    mine, other = list(map(fold, short)), list(map(fold, long))
    for word in list(mine):
        if word in other:
            mine.remove(word)
            other.remove(word)
    if len(mine) != 1 or len(short) < 2:
        return NameMatch.OTHER
    for each in other:
        if _one_letter_apart(mine[0], each) and not (is_syllable(mine[0]) and is_syllable(each)):
            return NameMatch.NEAR
    return NameMatch.OTHER


def _same_word(mine: str, other: str, *, is_plain: bool, is_given: bool) -> bool:
    """Return whether two words that are equal without marks are one word: Lan and Lân are two, Duyen is Duyên."""
    if len(fold(mine)) == 1 or len(fold(other)) == 1 or _spelled(mine) == _spelled(other):
        return True
    if is_plain:
        return True
    bare = [word for word in (mine, other) if word.isascii()]
    if bare:
        # A mark was forgotten, unless the bare word is a given name of its own.
        return not is_given or toneless(bare[0]) not in syllables()
    return toneless(mine) == toneless(other) and not (_tones(mine) and _tones(other))


def _is_plain(words: tuple[str, ...]) -> bool:
    return all(word.isascii() for word in words)


def _spelled(word: str) -> tuple[str, str]:
    """Return a word without its tone, and the tone: hoà and hòa are one word."""
    return toneless(word), _tones(word)


def _tones(word: str) -> str:
    return "".join(mark for mark in unicodedata.normalize("NFD", word) if mark in _TONES)


def _one_letter_apart(mine: str, other: str) -> bool:
    """Return whether one letter is missing, added, wrong, or two are swapped."""
    if abs(len(mine) - len(other)) > 1 or mine == other:
        return mine == other
    if len(mine) == len(other):
        wrong = [i for i in range(len(mine)) if mine[i] != other[i]]
        if len(wrong) == 1:
            return True
        i = wrong[0]
        return wrong == [i, i + 1] and mine[i] == other[i + 1] and mine[i + 1] == other[i]
    short, long = sorted((mine, other), key=len)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
