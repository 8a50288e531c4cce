"""What the values of a column are: dates, numbers, yes/no, codes, a choice; kinds of rows add tests of their own.

The analysis runs on a sample; the import itself parses every cell again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Final, Literal

from quen.apps.import_export.tables import Cell, cell_text
from quen.core import booleans, dates
from quen.core.dates import Order
from quen.core.text import fold

MOSTLY_SHARE: Final = 0.7
_MAX_CHOICES: Final = 12
_SAMPLE_COUNT: Final = 3
_NUMBER: Final = re.compile(r"-?\d{1,3}([.,]\d{3})+([.,]\d+)?|-?\d{1,12}([.,]\d+)?")
_CODE: Final = re.compile(r"[A-Za-z]{1,6}[-_.]?\d{3,}|\d{3,}")
_YEAR: Final = re.compile(r"(19|20)\d\d")
# Headers of columns with a closed list of values. Few distinct values alone may be a coincidence in a small file.
_KIND_WORDS: Final = re.compile(
    r"(loai|kieu|dang|hang|nhom|muc|size|co|mau|tinh trang|trang thai|kenh|goi|hinh thuc|type|kind|level|status)\b"
)


@dataclass(frozen=True, slots=True)
class ValueFit:
    """How many cells pass a test (good) and how many don't (bad)."""

    good: int
    bad: int

    @property
    def mostly(self) -> bool:
        """Return whether at least 70 % of the filled cells, and more than one, pass."""
        return self.good > 1 and self.good >= MOSTLY_SHARE * (self.good + self.bad)


class SampledColumn:
    """One column of a sample. Empty cells ("-", "N/A"…) are not counted anywhere."""

    def __init__(self, index: int, header: str, cells: Iterable[Cell]) -> None:
        self.index = index
        self.header = header
        self.cells: list[Cell] = [cell for cell in cells if not booleans.is_empty(cell)]
        self.texts: list[str] = [cell_text(cell).strip() for cell in self.cells]
        self._fits: dict[Callable[[Cell], bool], ValueFit] = {}

    def fit(self, test: Callable[[Cell], bool]) -> ValueFit:
        """Return how many cells pass a test. One that raises ValueError, as the parsers of core do, fails.

        Results are cached by function, so pass functions of a module rather than lambdas.
        """
        if test not in self._fits:
            self._fits[test] = self._count(test)
        return self._fits[test]

    @cached_property
    def samples(self) -> tuple[str, ...]:
        """Return the first three distinct values, as text."""
        return tuple(list(dict.fromkeys(self.texts))[:_SAMPLE_COUNT])

    @cached_property
    def distinct(self) -> int:
        return len(set(self.texts))

    @cached_property
    def unique(self) -> bool:
        return len(self.texts) > 1 and self.distinct == len(self.texts)

    @cached_property
    def common_values(self) -> tuple[str, ...]:
        """Return the distinct values, most common first."""
        return tuple(word for word, _times in Counter(self.texts).most_common(_MAX_CHOICES + 1))

    @cached_property
    def real_dates(self) -> bool:
        return bool(self.cells) and all(isinstance(cell, date) for cell in self.cells)

    @cached_property
    def date_order(self) -> Order | Literal["ambiguous"]:
        return (
            "ymd" if self.real_dates else dates.guess_order(dates.calendar_of(text)[0] for text in self.texts)
        )

    @cached_property
    def dates(self) -> ValueFit:
        order: Order = "dmy" if self.date_order == "ambiguous" else self.date_order
        return self._count(lambda cell: _is_date(cell, order))

    @cached_property
    def ambiguous_date(self) -> str:
        """Return a date that two date orders read differently, as an example for the user; "" when there is none."""
        return next((text for text in self.texts if _is_ambiguous(text)), "")

    @cached_property
    def years(self) -> bool:
        return bool(self.texts) and all(map(_YEAR.fullmatch, self.texts))

    @property
    def booleans(self) -> ValueFit:
        return self.fit(_is_bool)

    @property
    def numbers(self) -> ValueFit:
        return self.fit(_is_number)

    @property
    def codes(self) -> ValueFit:
        return self.fit(_is_code)

    def parts(self, separator: str) -> int:
        """Return the number of distinct values when cells are split at a separator; 0 when no cell contains it."""
        if not any(separator in text for text in self.texts):
            return 0
        return len({part.strip() for text in self.texts for part in text.split(separator) if part.strip()})

    def among(self, choices: Sequence[str]) -> ValueFit:
        """Return how many cells are one of the choices; case and accents are ignored."""
        allowed = {fold(choice) for choice in choices}
        return self._count(lambda cell: fold(cell_text(cell)) in allowed)

    def new_field_format(self) -> str:
        """Return the format that a new field for this column should have."""
        if self.cells and not self.booleans.bad and self.distinct <= 2 and not self.numbers.good:
            return "yes_no"
        if self.dates.mostly and not self.numbers.mostly:
            return "date"
        if self.numbers.good and self.numbers.good >= 0.9 * len(self.cells):
            return "number"
        few = 1 < self.distinct <= min(_MAX_CHOICES, max(2, len(self.texts) // 2))
        return "single_choice" if few and _KIND_WORDS.match(fold(self.header)) else "text"

    def _count(self, test: Callable[[Cell], bool]) -> ValueFit:
        good = sum(1 for cell in self.cells if _passes(test, cell))
        return ValueFit(good, len(self.cells) - good)


def column_letter(index: int) -> str:
    """Return a column's name as spreadsheets show it: A, Z, AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def _passes(test: Callable[[Cell], bool], cell: Cell) -> bool:
    try:
        return test(cell)
    except ValueError:  # all parsers of core raise subclasses of it
        return False


def _is_bool(cell: Cell) -> bool:
    return booleans.read_bool(cell) in {True, False}


def _is_code(cell: Cell) -> bool:
    return bool(_CODE.fullmatch(cell_text(cell).strip()))


def _is_date(cell: Cell, order: Order) -> bool:
    if isinstance(cell, date):
        return True
    return isinstance(cell, str) and bool(dates.read_date(dates.calendar_of(cell)[0], order))


def _is_number(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return False
    if isinstance(cell, (int, float)):
        return True
    text = cell_text(cell).strip()
    return bool(_NUMBER.fullmatch(text)) and not (len(text) > 1 and text[0] == "0" and text[1].isdigit())


def _is_ambiguous(text: str) -> bool:
    found = re.match(r"(\d{1,2})[/.\- ](\d{1,2})\b", text)
    return found is not None and found[1] != found[2] and int(found[1]) <= 12 and int(found[2]) <= 12
