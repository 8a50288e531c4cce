"""How merge tag values are written: money, dates, yes and no, by the recipient's language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from quen.core.money import Money

_YES_NO = {"vi": ("Không", "Có"), "en": ("No", "Yes")}


def format_value(value: object, *, language: str, zone: ZoneInfo) -> str | int | list[str]:
    """Return a value as text. Never raises: an unknown type is printed as Python prints it."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return _YES_NO.get(language, _YES_NO["en"])[value]
    if isinstance(value, int):
        return value
    if isinstance(value, Money):
        return value.display()
    if isinstance(value, datetime):
        return (value.astimezone(zone) if value.tzinfo else value).strftime("%d/%m/%Y")
    if isinstance(value, date):
        return f"{value.day:02}/{value.month:02}/{value.year:04}"
    if isinstance(value, Decimal | float):
        return _format_number(value)
    if isinstance(value, Mapping):
        return str(value.get(language) or value.get("vi") or "")
    if isinstance(value, list | tuple | set | frozenset):
        return [str(each) for each in value]
    return str(value)


def _format_number(value: Decimal | float) -> str:
    """Return a number as 1.250,5: a point between thousands, a decimal comma, no trailing zeros."""
    number = Decimal(str(value))
    if not number.is_finite():
        return ""
    written = f"{number:,f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return written.translate(str.maketrans(",.", ".,"))
