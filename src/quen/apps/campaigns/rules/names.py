"""Campaign names (R-37): at most 100 words; a copy is marked as one."""

from __future__ import annotations

import re

from quen.apps.campaigns.types import MAX_NAME_WORDS, NameTooLong
from quen.core.text import clean

MAX_CHARS = 1000
_COPY = re.compile(r"^(?P<name>.*) \((?P<suffix>[^()]+?)(?: (?P<number>\d+))?\)$", re.DOTALL)


def word_count(name: str) -> int:
    """Return the number of words."""
    return len(name.split())


def clean_name(raw: str) -> str:
    """Return the name, cleaned. Raises NameTooLong."""
    name = clean(raw)
    if word_count(name) > MAX_NAME_WORDS or len(name) > MAX_CHARS:
        raise NameTooLong(limit=MAX_NAME_WORDS, count=word_count(name))
    return name


def name_of_copy(name: str, suffix: str) -> str:
    """Return the name of a copy: "Name (copy)", then "Name (copy 2)". The name is shortened where it gets too long."""
    found = _COPY.match(name)
    if found and found["suffix"] == suffix:
        ending = f" ({suffix} {int(found['number'] or 1) + 1})"
        name = found["name"]
    else:
        ending = f" ({suffix})"
    parts = name.split(" ")
    while len(parts) > 1 and len(parts) + word_count(ending) > MAX_NAME_WORDS:
        parts.pop()
    return " ".join(parts)[: MAX_CHARS - len(ending)] + ending
