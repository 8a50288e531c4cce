"""Sentences in parts, so that a page can print the values bold without marking user text as safe HTML."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe


class SentencePart(NamedTuple):
    """A part of a sentence; ``strong`` parts are the values."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A condition as text, to follow the word “People”."""

    parts: tuple[SentencePart, ...]

    def __str__(self) -> str:
        return "".join(part.text for part in self.parts)

    def __html__(self) -> SafeString:
        """Return the sentence with <b> around its values; templates print this form."""
        html = ((format_html("<b>{}</b>", part.text) if part.strong else part.text,) for part in self.parts)
        return format_html_join(mark_safe(""), "{}", html)

    def __add__(self, other: Sentence) -> Sentence:
        return Sentence(self.parts + other.parts)


_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class SentenceSlot(NamedTuple):
    """The place of an argument in a template."""

    name: str


def split_template(template: str | Promise, **words: str) -> list[str | SentenceSlot]:
    """Return a template as text and slots, in order; ``words`` are part of the text, stars are left out."""
    parts: list[str | SentenceSlot] = []
    for number, piece in enumerate(_PLACEHOLDER.split(str(template).replace("**", ""))):
        found: str | SentenceSlot = piece.replace("%%", "%")
        if number % 2:
            found = words[piece] if piece in words else SentenceSlot(piece)
        if isinstance(found, str) and parts and isinstance(parts[-1], str):
            parts[-1] += found
        elif found:
            parts.append(found)
    return parts


def format_sentence(template: str | Promise, **values: Any) -> Sentence:
    """Return the sentence of a template such as ``in **%(value)s**``; text between double stars is strong."""
    parts = []
    for number, part in enumerate(str(template).split("**")):
        text = part % values
        if text:
            parts.append(SentencePart(text, strong=number % 2 == 1))
    return Sentence(tuple(parts))
