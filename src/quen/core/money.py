"""Amounts and numbers as Vietnamese files write them, and money as people read it."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

from quen.core.booleans import is_empty
from quen.core.text import clean, fold

NBSP: Final = "\u00a0"
_SYMBOLS: Final = {"VND": "₫", "USD": "US$", "EUR": "€"}
_WITHOUT_DECIMALS: Final = frozenset({"VND", "JPY", "KRW"})


class BadNumber(ValueError):
    """No number can be read. code: empty or syntax."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency. VND has no decimals on screen, four in storage."""

    amount: Decimal
    currency: str = "VND"

    def display(self) -> str:
        """Return 18.640.000 ₫ with a no-break space: point between thousands, decimal comma, rounded half up."""
        places = 0 if self.currency in _WITHOUT_DECIMALS else 2
        rounded = self.amount.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        if not rounded:
            rounded = abs(rounded)  # never "-0 ₫"
        digits = f"{rounded:,f}".translate(str.maketrans(",.", ".,"))
        return f"{digits}{NBSP}{_SYMBOLS.get(self.currency, self.currency)}"

    def __str__(self) -> str:
        return self.display()

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return bool(self.amount)

    def _same(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.amount


_CURRENCY = re.compile(r"(?:vnd|vnđ|đồng|dong|usd|us\$|eur|[₫đd$€])\.?", re.IGNORECASE)
_UNITS = {
    "k": Decimal(1_000),
    "nghin": Decimal(1_000),
    "ngan": Decimal(1_000),
    "tr": Decimal(1_000_000),
    "trieu": Decimal(1_000_000),
    "ty": Decimal(1_000_000_000),
    "ti": Decimal(1_000_000_000),
}
_WITH_UNIT = re.compile(r"(\d[\d.,]*)(nghin|ngan|trieu|tr|ty|ti|k)(\d{1,3}(?![\d.,a-z]))?")
_GROUPED = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
_FLOAT = re.compile(r"\d+(?:\.\d+)?[eE][+-]?\d+")


def read_amount(raw: object, currency: str = "VND") -> Decimal:
    """Return the amount of 1.250.000 ₫, 1,250,000, 165000.00, 1250k, 1tr250, 1,25 triệu; raises BadNumber.

    One mark followed by exactly three digits means thousands in a currency without decimals (1.250 and 1,250
    are 1250 ₫). In a currency with decimals only a comma does. Of two different marks the last is the decimal
    mark. A minus or brackets make it negative. Up to four decimals are kept.
    """
    number = _normalised(raw)
    if isinstance(number, Decimal):
        return number
    sign, text = _split_sign(fold(_CURRENCY.sub("", number)))
    with_units = _sum_of_units(text)
    if with_units is not None:
        return sign * with_units
    return sign * _plain(text, thousands=".," if currency in _WITHOUT_DECIMALS else ",")


def read_number(raw: object) -> Decimal:
    """Return a plain number as a Vietnamese reader means it; raises BadNumber.

    The comma is the decimal mark: 41,2 is 41.2 and 1,250 is 1.25. A point before exactly three digits separates
    thousands (1.250 is 1250), otherwise it is the decimal mark of other software (3.5). Several equal marks separate
    thousands; of two different marks the last is the decimal mark. A trailing % is dropped.
    """
    number = _normalised(raw)
    if isinstance(number, Decimal):
        return number
    sign, text = _split_sign(number.removesuffix("%"))
    return sign * _plain(text, thousands=".")


def _normalised(raw: object) -> Decimal | str:
    """Return the number of a workbook cell, or the text without blanks."""
    if is_empty(raw):
        raise BadNumber("empty")
    if isinstance(raw, bool):
        raise BadNumber("syntax")
    if isinstance(raw, int | float | Decimal):
        value = Decimal(str(raw))
        if not value.is_finite():
            raise BadNumber("syntax")
        return value
    text = re.sub(r"[\s'’_]", "", clean(str(raw)))
    if _FLOAT.fullmatch(text):
        return Decimal(f"{Decimal(text):f}")  # without an exponent, like all other results
    return text


def _split_sign(text: str) -> tuple[int, str]:
    if text.startswith("(") and text.endswith(")"):
        return -1, text[1:-1]
    if text.startswith(("-", "−")):
        return -1, text[1:]
    return 1, text.removeprefix("+")


def _sum_of_units(text: str) -> Decimal | None:
    """Sum 1tr250, 1tr2, 2ty5, 1trieu250nghin. Digits after a unit are the next decimals of that unit."""
    total, position = Decimal(0), 0
    for part in _WITH_UNIT.finditer(text):
        if part.start() != position:
            return None
        unit = _UNITS[part[2]]
        total += _plain(part[1], thousands="") * unit
        if part[3]:
            total += Decimal(part[3]).scaleb(-len(part[3])) * unit
        position = part.end()
    return total if position and position == len(text) else None


def _plain(text: str, *, thousands: str) -> Decimal:
    """Read digits with marks. thousands: the marks that, alone before exactly three digits, separate thousands."""
    marks = [c for c in text if c in ".,"]
    last = marks[-1] if marks else ""
    if len(set(marks)) == 2:
        whole, _, decimals = text.rpartition(last)
        grouped = _GROUPED.fullmatch(whole)
        if grouped is None:
            raise BadNumber("syntax")
        text = f"{re.sub(r'[.,]', '', whole)}.{decimals}"
    elif len(marks) > 1 or (last and last in thousands and not text.startswith("0")):
        if _GROUPED.fullmatch(text):
            text = text.replace(last, "")
        elif len(marks) > 1:
            raise BadNumber("syntax")
    text = text.replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise BadNumber("syntax") from None
    if not text.isascii() or not re.fullmatch(r"\d+\.?\d*|\.\d+", text):
        raise BadNumber("syntax")
    return value
