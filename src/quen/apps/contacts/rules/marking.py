"""Marks in a text where a search text matched it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeAlias

from quen.apps.contacts.rules.search import Part
from quen.core.text import search_fold

#: a text in pieces, each with whether it is marked
Pieces: TypeAlias = tuple[tuple[str, bool], ...]


def mark_beginnings(text: str, words: Sequence[str]) -> Pieces:
    """Return a text with marks at the beginnings of its words that are one of the folded ones."""
    pieces: list[tuple[str, bool]] = []
    for chunk in re.split(r"(\s+)", text):
        folded = search_fold(chunk)
        length = max((len(word) for word in words if folded.startswith(word)), default=0)
        pieces += _cut(chunk, 0, length) if length else [(chunk, False)]
    return _joined(pieces)


def mark_text(text: str, part: str) -> Pieces:
    """Return a text with a mark where it contains a part, whatever the case."""
    start = search_fold(text).find(search_fold(part))
    return _joined(_cut(text, start, start + len(search_fold(part)))) if start >= 0 else ((text, False),)


def mark_phone(shown: str, parts: Sequence[Part]) -> Pieces:
    """Return a number as it is shown, with a mark where its digits contain those of a part."""
    places = [place for place, char in enumerate(shown) if char.isdigit()]
    digits = "".join(shown[place] for place in places)
    for part in parts:
        wanted = part.text.removeprefix("+")
        for needle in (wanted, f"0{wanted.removeprefix('84')}" if wanted.startswith("84") else wanted):
            start = digits.find(needle)
            if start >= 0:
                begin, end = places[start], places[start + len(needle) - 1] + 1
                return _joined([(shown[:begin], False), (shown[begin:end], True), (shown[end:], False)])
    return ((shown, False),)


def _cut(text: str, start: int, end: int) -> list[tuple[str, bool]]:
    """Return a text cut where its folded form reaches two lengths: a letter and its marks stay together."""
    # Each character is folded on its own, whatever stands beside it.
    lengths = list(accumulate((len(search_fold(char)) for char in text), initial=0))
    begin = next((place for place, length in enumerate(lengths) if length >= start), len(text))
    stop = next((place for place, length in enumerate(lengths) if length >= end), len(text))
    return [(text[:begin], False), (text[begin:stop], True), (text[stop:], False)]


def _joined(pieces: Sequence[tuple[str, bool]]) -> Pieces:
    joined: list[tuple[str, bool]] = []
    for piece, marked in pieces:
        if piece and joined and joined[-1][1] == marked:
            joined[-1] = (joined[-1][0] + piece, marked)
        elif piece:
            joined.append((piece, marked))
    return tuple(joined)
