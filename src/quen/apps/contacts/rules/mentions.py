"""Colleagues named in a text with an @: “@Trần Mỹ Hạnh xem giúp”."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from quen.core.text import fold

_AT = re.compile(r"(?<![\w.@])@(?=\w)")
_WORD = re.compile(r"[\w'’-]+")


def find_mentions(text: str, names: Mapping[int, str]) -> dict[int, str]:
    """Return whom a text names, as id to the name as typed. names: of all who may be named, by id.

    A whole name counts, with or without accents, and the longest that fits; a given name does where only one has it.
    """
    whole = {pk: fold(name).split() for pk, name in names.items()}
    found: dict[int, str] = {}
    for at in _AT.finditer(text):
        words = _words_after(text, at.end())
        typed = [fold(text[start:end]) for start, end in words]
        fitting = [pk for pk, parts in whole.items() if parts and typed[: len(parts)] == parts]
        chosen = max(fitting, key=lambda pk: len(whole[pk]), default=None)
        length = len(whole[chosen]) if chosen is not None else 1
        if chosen is None:
            called = [pk for pk, parts in whole.items() if parts and parts[-1] == typed[0]]
            chosen = called[0] if len(called) == 1 else None
        if chosen is not None:
            found.setdefault(chosen, text[at.end() : words[length - 1][1]])
    return found


def split_at_mentions(text: str, typed: Collection[str]) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether it names somebody. typed: names as found."""
    if not typed:
        return [(text, False)]
    longest_first = sorted(map(re.escape, typed), key=len, reverse=True)
    pieces = re.split(rf"(?<![\w.@])(@(?:{'|'.join(longest_first)}))(?!\w)", text)
    return [(piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece]


def _words_after(text: str, start: int) -> list[tuple[int, int]]:
    """Return where the words of the line after a position stand, as long as only single blanks lie between them."""
    found: list[tuple[int, int]] = []
    while (word := _WORD.match(text, start)) is not None:
        found.append(word.span())
        start = word.end()
        if text[start : start + 1] != " ":
            break
        start += 1
    return found
