"""Names of campaigns (R-37): up to 100 words, a copy says that it is one."""

from __future__ import annotations

import re

from quen.apps.campaigns.types import NAME_WORDS, NameTooLong
from quen.core.text import clean

MAX_CHARS = 1000
_COPY = re.compile(r"^(?P<name>.*) \((?P<word>[^()]+?)(?: (?P<number>\d+))?\)$", re.DOTALL)


def words_in(name: str) -> int:
    """Count the words."""
    return len(name.split())


def read(raw: str) -> str:
    """Clean a name. Raises NameTooLong."""
    name = clean(raw)
    if words_in(name) > NAME_WORDS or len(name) > MAX_CHARS:
        raise NameTooLong(words=NAME_WORDS, has=words_in(name))
    return name


def copied(name: str, word: str) -> str:
    """Name a copy: “Name (copy)”, then “Name (copy 2)”; the name gives way where it gets too long."""
    found = _COPY.match(name)
    if found and found["word"] == word:
        ending = f" ({word} {int(found['number'] or 1) + 1})"
        name = found["name"]
    else:
        ending = f" ({word})"
    kept = name.split(" ")
    while len(kept) > 1 and len(kept) + words_in(ending) > NAME_WORDS:
        kept.pop()
    return " ".join(kept)[: MAX_CHARS - len(ending)] + ending
