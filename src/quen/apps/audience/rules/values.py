"""Parse one argument of a condition to its canonical JSON value."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    ArgumentMissing,
    BadArgument,
    InvalidTree,
    UnknownChoice,
)
from quen.core.dates import BadDate, read_date
from quen.core.money import BadNumber, read_amount, read_number
from quen.core.text import clean, fold

MAX_TEXT_CHARS = 200
MAX_CHOICES = 500
#: far enough from the limits of dates to add a day or a lifetime
_FIRST_YEAR, _LAST_YEAR = 1800, 2200
_DAY_OF_YEAR = re.compile(r"(\d{1,2})-(\d{1,2})")


def parse_argument(argument: Argument, raw: Any, *, label: str, path: str) -> Any:
    """Return the canonical value. Raises BadArgument or UnknownChoice, each with the path."""
    try:
        value: Any = _PARSERS[argument.kind](argument, raw, label, path)
    except (ValueError, TypeError, InvalidOperation) as error:
        raise BadArgument(value=_shortened(raw), label=label, path=path) from error
    below = argument.min_value is not None and value < argument.min_value
    if below or (argument.max_value is not None and value > argument.max_value):
        raise BadArgument(value=_shortened(raw), label=label, path=path)
    return value


def is_blank(raw: Any) -> bool:
    """Return whether no value was given."""
    return raw is None or raw == [] or (isinstance(raw, str) and not raw.strip())


def _text(argument: Argument, raw: Any, label: str, path: str) -> str:
    if not isinstance(raw, str | int | float) or isinstance(raw, bool):
        raise TypeError
    text = clean(str(raw))
    if not text or len(text) > MAX_TEXT_CHARS or "\x00" in text:
        raise ValueError
    return text


def _integer(argument: Argument, raw: Any, label: str, path: str) -> int:
    number = _number(argument, raw, label, path)
    if number != int(number):
        raise ValueError
    return int(number)


def _number(argument: Argument, raw: Any, label: str, path: str) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise TypeError
    try:
        parse = read_amount if argument.kind is ArgumentKind.MONEY else read_number
        number = parse(raw) if isinstance(raw, str) else Decimal(str(raw))
    except BadNumber as error:
        raise ValueError from error
    if not number.is_finite() or abs(number) >= Decimal(10) ** 15:
        raise ValueError
    return int(number) if number == int(number) else float(number)


def _date(argument: Argument, raw: Any, label: str, path: str) -> str:
    if not isinstance(raw, str):
        raise TypeError
    try:
        found = read_date(raw)
    except BadDate as error:
        raise ValueError from error
    if found.year is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError
    return date(found.year, found.month, found.day).isoformat()


def _day_of_year(argument: Argument, raw: Any, label: str, path: str) -> str:
    """Return a day without a year as MM-DD; "20/10" is accepted too."""
    if not isinstance(raw, str):
        raise TypeError
    match = _DAY_OF_YEAR.fullmatch(raw.strip())
    if match:
        month, day = int(match[1]), int(match[2])
    else:
        try:
            found = read_date(raw)
        except BadDate as error:
            raise ValueError from error
        month, day = found.month, found.day
    date(2000, month, day)
    return f"{month:02d}-{day:02d}"


def _choices(argument: Argument, raw: Any, label: str, path: str) -> list[str | int]:
    given = raw if isinstance(raw, list | tuple) else [raw]
    if not given or len(given) > MAX_CHOICES:
        raise ValueError
    known = {str(choice.value): choice.value for choice in argument.choices()} if argument.choices else {}
    by_label: dict[str, str | int] | None = None
    values: set[str | int] = set()
    for number, item in enumerate(given):
        here = f"{path}/{number}"
        if isinstance(item, bool) or not isinstance(item, str | int):
            raise BadArgument(value=_shortened(item), label=label, path=here)
        value = known.get(str(item))
        if value is None and argument.find is not None:
            value = _find_choice(argument.find, str(item), here)
        if value is None and isinstance(item, str) and argument.choices:
            if by_label is None:
                by_label = {fold(str(choice.label)): choice.value for choice in argument.choices()}
            value = by_label.get(fold(clean(item)))
        if value is None:
            raise UnknownChoice(value=_shortened(item), label=label, path=here)
        values.add(value)
    return sorted(values, key=lambda value: (isinstance(value, str), value))  # numbers first, then text


def _find_choice(find: Callable[[str], str | int | None], item: str, path: str) -> str | int | None:
    try:
        return find(item)
    except InvalidTree as error:
        raise type(error)(**{**error.params, "path": path}) from None


def missing_argument(label: str, path: str) -> ArgumentMissing:
    """Return the error of a missing argument."""
    return ArgumentMissing(label=label, path=path)


def _shortened(raw: Any) -> str:
    text = str(raw)
    return text if len(text) <= 60 else f"{text[:59]}…"


_PARSERS: dict[ArgumentKind, Callable[[Argument, Any, str, str], Any]] = {
    ArgumentKind.TEXT: _text,
    ArgumentKind.INTEGER: _integer,
    ArgumentKind.NUMBER: _number,
    ArgumentKind.MONEY: _number,
    ArgumentKind.DATE: _date,
    ArgumentKind.DAY_OF_YEAR: _day_of_year,
    ArgumentKind.CHOICES: _choices,
}
