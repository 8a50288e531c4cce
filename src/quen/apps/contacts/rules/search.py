"""What the words of a search text may mean: beginnings of words, parts of phones, emails and codes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from quen.core import phones
from quen.core.text import clean, escape_like, search_terms

#: shorter texts are only searched at the beginning of words: trigrams need three letters
MIN_PART_CHARS: Final = 3
#: parts of emails without a digit need one more: three letters are in every second address
_MIN_EMAIL_CHARS: Final = 4
_SHORTEST_NUMBER: Final = 9
_IN_EMAILS: Final = re.compile(r"[\w.%+@'-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A text that is searched at the beginning of a value, or anywhere in it, or is all of it."""

    text: str
    anywhere: bool = False
    complete: bool = False

    @property
    def like(self) -> str:
        """Return the pattern of LIKE."""
        return f"{'%' if self.anywhere else ''}{escape_like(self.text)}{'' if self.complete else '%'}"

    def is_in(self, value: str) -> bool:
        """Return whether a value has this part, whatever its case."""
        value, wanted = value.lower(), self.text.lower()
        if self.complete:
            return value == wanted
        return wanted in value if self.anywhere else value.startswith(wanted)


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """A word of a search text, folded, and what else it may be part of.

    phones: numbers in E.164.  email: None when it can be in no email.  identities: customer codes, further phones and
    emails, whatever their case; none for a word that is too short.
    """

    word: str
    phones: tuple[Part, ...] = ()
    email: Part | None = None
    identities: tuple[Part, ...] = ()


def read_terms(query: str) -> tuple[SearchTerm, ...]:
    """Return the words of a search text; none when it has neither letters nor digits."""
    return tuple(map(_term, search_terms(query)))


def whole_identity(query: str) -> tuple[Part, ...]:
    """Return the whole text as typed as a part of identities, where its words say less than that."""
    typed = clean(query)
    if len(typed) < MIN_PART_CHARS or search_terms(typed) == [typed.lower()]:
        return ()
    return (Part(typed, anywhere=True),)


def digits_of(word: str) -> str:
    """Return the digits of a number as written, without dots and hyphens; "" for anything else."""
    digits = re.sub(r"[.\-]", "", word)
    return digits if digits.isascii() and digits.isdecimal() else ""


def _term(word: str) -> SearchTerm:
    numbers = _phones(digits_of(word))
    if len(word) < MIN_PART_CHARS:
        return SearchTerm(word, numbers, _email(word))
    return SearchTerm(
        word, numbers, _email(word), tuple(dict.fromkeys((Part(word, anywhere=True), *numbers)))
    )


def _phones(digits: str) -> tuple[Part, ...]:
    """Return the phones with these digits at the beginning, or, from three digits on, anywhere."""
    if len(digits) >= _SHORTEST_NUMBER:
        try:
            return (Part(phones.read(digits).e164, complete=True),)
        except ValueError:
            pass
    parts: list[Part] = []
    # "+" is nowhere but at the beginning; a pattern with "%" before it rides the index of trigrams.
    if digits.startswith("0"):
        parts.append(Part(f"+84{digits[1:]}", anywhere=True))
    if len(digits) >= MIN_PART_CHARS:
        parts.append(Part(digits, anywhere=True))
        # The prefixes of before 2018, as they are printed in old lists.
        if digits.startswith(("01", "841")):
            converted = phones.converted_beginning(digits)
            parts += [Part(f"+84{converted[1:]}", anywhere=True)] if converted else []
    return tuple(dict.fromkeys(parts))


def _email(word: str) -> Part | None:
    if not _IN_EMAILS.fullmatch(word) or (len(word) < MIN_PART_CHARS and word.isdecimal()):
        return None
    anywhere = len(word) >= _MIN_EMAIL_CHARS or (
        len(word) >= MIN_PART_CHARS and any(char.isdigit() or char == "@" for char in word)
    )
    return Part(word, anywhere=anywhere)
