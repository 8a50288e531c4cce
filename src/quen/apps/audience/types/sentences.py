"""Sentences in pieces, so that a page can print the values bold without trusting them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


class SentencePart(NamedTuple):
    """A run of words; ``strong`` ones are the values people look for."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a condition says after the word “Customers”."""

    parts: tuple[SentencePart, ...]

    def __str__(self) -> str:
        return "".join(piece.text for piece in self.parts)

    def __html__(self) -> SafeString:
        """Give the sentence with <b> around its values; templates print it as it is."""
        drawn = (
            (format_html("<b>{}</b>", piece.text) if piece.strong else piece.text,) for piece in self.parts
        )
        return format_html_join(mark_safe(""), "{}", drawn)

    def __add__(self, other: Sentence) -> Sentence:
        return Sentence(self.parts + other.parts)


def format_sentence(template: str | Promise, **values: Any) -> Sentence:
    """Fill a template such as ``in **%(value)s**``; what stands between double stars is strong."""
    pieces = []
    for number, part in enumerate(str(template).split("**")):
        text = part % values
        if text:
            pieces.append(SentencePart(text, strong=number % 2 == 1))
    return Sentence(tuple(pieces))
