"""Column headers: normalised so that spelling variants are equal, and located among the first rows of a file.

Which headers are known is a matter of the kind of rows. The rules are those of the `matching` section of
facts/import_headers.json.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

HEADER_SEARCH_ROWS: Final = 15
_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
_MARKS: Final = re.compile("[\u0300-\u036f]")
_NOISE: Final = re.compile(r"\(\*\)|[*:\"'“”‘’?]")
_GAPS: Final = re.compile(r"[\s_./\\\-–—]+")
_BRACKETS: Final = re.compile(r"[(\[]([^)\]]*)[)\]]")
_INSTRUCTION: Final = re.compile(
    r"[(\[<].*[)\]>]$|(khong )?bat buoc|vi du|vd |nhap |dinh dang|tuy chon|required|optional|example|e g |format"
)
_LOOKS_LIKE_DATA: Final = re.compile(r"\d{4,}|@|\d+[./-]\d+")


def fold_header(text: str) -> str:
    """Return a header in lower case, without diacritics, đ as d, with single spaces: "SĐT (*)" is "sdt"."""
    return _without_marks(_normalise(text))


def header_forms(text: str) -> tuple[str, ...]:
    """Return the folded header, the same without its brackets, and the text in the brackets."""
    return tuple(dict.fromkeys(form for form in map(_without_marks, marked_forms(text)) if form))


def marked_forms(text: str) -> tuple[str, ...]:
    """Return the same forms as `header_forms` with Vietnamese diacritics kept; the position of a tone mark in a word
    does not matter.
    """
    normalised = _normalise(text)
    inner: list[str] = _BRACKETS.findall(normalised)
    forms = [
        _fold_gaps(_BRACKETS.sub(lambda found: f" {found[1]} ", normalised)),
        _fold_gaps(_BRACKETS.sub(" ", normalised)),
    ]
    return tuple(dict.fromkeys(_normalise_tones(form) for form in (*forms, *map(_fold_gaps, inner)) if form))


def header_signature(headers: Iterable[str]) -> str:
    """Return a short key of a header row, under which a matching is saved for files with the same headers."""
    joined = "\x1f".join(fold_header(header) for header in headers)
    return hashlib.sha256(joined.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class HeaderDictionary:
    """Known headers by spelling. `marked` decides where `folded` would confuse Hạng with Hàng."""

    marked: Mapping[str, str]
    folded: Mapping[str, str]
    long: tuple[tuple[str, str], ...]

    def exact(self, header: str) -> str | None:
        """Return the key of this exact spelling."""
        marked = marked_forms(header)
        for form in marked:
            if form in self.marked:
                return self.marked[form]
        for form in marked:
            bare = _without_marks(form)
            # A single word with diacritics that only matches without them is another word: Hàng is not Hạng.
            if bare in self.folded and (bare == form or " " in bare):
                return self.folded[bare]
        return None

    def contained(self, header: str) -> str | None:
        """Return the key of the longest known header of at least two words that this one contains."""
        folded = f" {fold_header(header)} "
        return next((key for form, key in self.long if f" {form} " in folded), None)


def build_dictionary(spellings: Iterable[tuple[str, str]]) -> HeaderDictionary:
    """Return the dictionary of (spelling, key) pairs; the first key of a spelling wins."""
    marked: dict[str, str] = {}
    folded: dict[str, str] = {}
    for spelling, key in spellings:
        for form in marked_forms(spelling)[:1]:
            marked.setdefault(form, key)
            folded.setdefault(_without_marks(form), key)
    long = sorted(
        ((form, key) for form, key in folded.items() if " " in form), key=lambda pair: -len(pair[0])
    )
    return HeaderDictionary(marked, folded, tuple(long))


class KnownHeaders(Protocol):
    """The headers that a kind of rows knows."""

    def known_key(self, header: str) -> str | None:
        """Return the key of a known header, None for an unknown one."""

    def has_descriptions(self, headers: Sequence[str]) -> bool:
        """Return whether files with these headers describe them in sentences in the next row."""


class NoKnownHeaders:
    """For files whose kind of rows is not known."""

    def known_key(self, header: str) -> str | None:
        return None

    def has_descriptions(self, headers: Sequence[str]) -> bool:
        return False


NO_KNOWN_HEADERS: Final = NoKnownHeaders()


def find_header_row(rows: Sequence[Sequence[str]], known_headers: KnownHeaders) -> tuple[int, int]:
    """Return the position of the header row among the first rows, and how many of its headers are known.

    (position, known): position counts from 0, -1 when the first row is data already.
    """
    known = [_count_known(row, known_headers) for row in rows[:HEADER_SEARCH_ROWS]]
    best = max(range(len(known)), key=lambda index: (known[index], -index), default=-1)
    if best >= 0 and known[best] >= 2:
        return best, known[best]
    median = sorted(map(_filled, rows))[len(rows) // 2] if rows else 0
    for index, row in enumerate(rows[:HEADER_SEARCH_ROWS]):
        if _filled(row) * 2 < median or not any(row):
            continue
        return (-1 if _looks_like_data(row) else index), known[index]
    return -1, 0


def is_description_row(headers: Sequence[str], row: Sequence[str], known_headers: KnownHeaders) -> bool:
    """Return whether the row below the headers describes them ("Bắt buộc", "(dd/mm/yyyy)") and is not data.

    Only known platforms may use whole sentences there; in other files only instruction words count, so that no data
    row is lost.
    """
    cells = [cell for cell in row if cell.strip()]
    if len(cells) < 2:
        return False
    if known_headers.has_descriptions(headers):
        return not _looks_like_data(cells) and sum(len(cell.split()) >= 3 for cell in cells) * 2 > len(cells)
    instructions = sum(1 for cell in cells if _INSTRUCTION.match(fold_header(cell)))
    return instructions * 10 >= len(cells) * 6


def _count_known(row: Sequence[str], known_headers: KnownHeaders) -> int:
    keys = {known_headers.known_key(cell) for cell in row if cell.strip() and len(cell) < 80}
    return len(keys - {None})


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _looks_like_data(row: Sequence[str]) -> bool:
    return any(_LOOKS_LIKE_DATA.search(cell) for cell in row)


def _normalise(text: str) -> str:
    return _fold_gaps(_NOISE.sub(" ", unicodedata.normalize("NFC", text).lower()))


def _fold_gaps(text: str) -> str:
    return _GAPS.sub(" ", text).strip()


def _without_marks(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFD", text)).replace("đ", "d")


def _normalise_tones(text: str) -> str:
    """Move each word's tone mark to its end, so that luỹ equals lũy."""
    if text.isascii():
        return text
    spelled = []
    for word in unicodedata.normalize("NFD", text).split(" "):
        tones = "".join(letter for letter in word if letter in _TONES)
        bare = "".join(letter for letter in word if letter not in _TONES)
        spelled.append(unicodedata.normalize("NFC", bare) + tones)
    return " ".join(spelled)
