"""The blanks of starting designs, such as [price]: what an author has to replace before a text is sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable
from typing import Final

from quen.apps.content.rules import words
from quen.apps.content.types import BodyFormat, VersionText

_IN_BRACKETS: Final = re.compile(r"\[[^\[\]<>{}]{1,80}\]")


def in_brackets(text: str) -> list[str]:
    """Return everything between square brackets, brackets included, in order."""
    return _IN_BRACKETS.findall(text)


def unfilled(version: VersionText, known: Collection[str]) -> list[str]:
    """Return the known blanks left in subject, preview text and body, in order, each as often as it is there.

    A body may be HTML from elsewhere: what a reader sees counts, however it is marked up.
    """
    names = {_folded(blank) for blank in known}
    body = version.body if version.format == BodyFormat.TEXT else words.visible_text(version.body)
    return [blank for blank in _all(version.subject, version.preview, body) if _folded(blank) in names]


def _all(*texts: str) -> Iterable[str]:
    for text in texts:
        yield from in_brackets(text)


def _folded(blank: str) -> str:
    return " ".join(unicodedata.normalize("NFC", blank[1:-1]).casefold().split())
