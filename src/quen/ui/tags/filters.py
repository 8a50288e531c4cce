"""Filters that format numbers, money, phone numbers, dates and times for the active language (config/formats)."""

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from django.utils import dates, formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.core import phones
from quen.ui.library import register

NO_VALUE = "–"
MINUS = "\u2212"
NO_BREAK = "\u00a0"
CURRENCY_SIGNS = {"VND": "₫"}
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
#: what the formats of config/formats are made of, as Django's date_format writes it
DATE_PARTS: dict[str, Callable[[Any], str]] = {
    "d": lambda value: f"{value.day:02}",
    "j": lambda value: str(value.day),
    "m": lambda value: f"{value.month:02}",
    "n": lambda value: str(value.month),
    "M": lambda value: str(dates.MONTHS_3[value.month]).title(),
    "F": lambda value: str(dates.MONTHS[value.month]),
    "Y": lambda value: f"{value.year:04}",
    "H": lambda value: f"{value.hour:02}",
    "i": lambda value: f"{value.minute:02}",
}


@lru_cache(maxsize=64)
def _parts(pattern: str) -> tuple[Callable[[Any], str] | str, ...]:
    """Return a format cut into what writes each part, and the characters between."""
    return tuple(
        part[1] if part[0] == "\\" else DATE_PARTS[part] if part.isalpha() else part
        for part in re.findall(r"\\.|.", pattern)
    )


def written(value: date, name: str) -> str:
    """Return a date or an instant in a format of the active language, such as "DATE_FORMAT".

    As Django's date_format, in a tenth of its time: a page has a hundred of them.
    """
    parts = _parts(formats.get_format(name))
    return "".join([part if isinstance(part, str) else part(value) for part in parts])


def to_decimal(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None


def format_number(value: Decimal, places: int) -> str:
    """Return grouped digits and rounded decimals with the language's separators, and a true minus sign."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    separators = formats.get_format("THOUSAND_SEPARATOR") + formats.get_format("DECIMAL_SEPARATOR")
    text = f"{abs(rounded):,.{places}f}".translate(str.maketrans(",.", separators))
    return f"{MINUS}{text}" if rounded < 0 else text


@register.filter
def num(value: object, places: int | None = None) -> str:
    """Return 128.204 (English 128,204), a dash for no value. Keeps up to three decimals unless `places` is given."""
    number = to_decimal(value)
    if number is None:
        return NO_VALUE
    if places is None:
        exponent = number.normalize().as_tuple().exponent
        places = min(3, -exponent) if isinstance(exponent, int) and exponent < 0 else 0
    return format_number(number, places)


@register.filter
def signed(value: object) -> str:
    """Return +318, −702 or 0."""
    number = to_decimal(value)
    text = num(value)
    return f"+{text}" if number is not None and number > 0 else text


@register.filter
def money(value: object, currency: str = "VND") -> str:
    """Return 18.640.000 ₫ (English 18,640,000 ₫) for a number, or for anything with `amount` and `currency`."""
    currency = getattr(value, "currency", currency)
    number = to_decimal(getattr(value, "amount", value))
    if number is None:
        return NO_VALUE
    is_whole = number == number.to_integral_value()
    text = format_number(number, 0 if is_whole or currency == "VND" else 2)
    return f"{text}{NO_BREAK}{CURRENCY_SIGNS.get(currency, currency)}"


@register.filter
def percent(value: object, places: int = 1) -> str:
    """Return 41,2% (English 41.2%), without decimals for a whole number."""
    number = to_decimal(value)
    if number is None:
        return NO_VALUE
    is_whole = number == number.to_integral_value()
    return f"{format_number(number, 0 if is_whole else places)}%"


@register.filter
def phone(value: object) -> str:
    """Return 0901 234 567 for +84901234567."""
    return phones.display(str(value)) if value else NO_VALUE


@register.filter
def day(value: object) -> str:
    """Return 13/10/2026 (English 13 Oct 2026) for a date or a datetime; without the year when it is unknown.

    A datetime is converted to the active time zone first.
    """
    if value is None or value == "":
        return NO_VALUE
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    if isinstance(value, date):
        return written(value, "DATE_FORMAT")
    month, number, year = (getattr(value, part, None) for part in ("month", "day", "year"))
    if month and number:
        # 2000 is a leap year: 29 February is a day there.
        known = date(year or 2000, month, number)
        return written(known, "DATE_FORMAT" if year else "MONTH_DAY_FORMAT")
    return str(value)


@register.filter
def clock(value: datetime | None) -> str:
    """Return 08:49, in the active time zone."""
    return timezone.localtime(value).strftime("%H:%M") if value else NO_VALUE


@register.filter
def instant(value: datetime | None) -> str:
    """Return 13/10/2026 08:49 (English 13 Oct 2026, 08:49), in the active time zone."""
    return written(timezone.localtime(value), "DATETIME_FORMAT") if value else NO_VALUE


@register.filter
def time_ago(value: datetime | None, now: datetime | None = None) -> str:
    """Return “11 minutes ago” within a day, then the date. A future time is shown as date and time."""
    if value is None:
        return NO_VALUE
    age = (now or timezone.now()) - value
    if age < -MINUTE:
        return instant(value)
    if age < MINUTE:
        return _("just now")
    if age < HOUR:
        minutes = age // MINUTE
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes) % {"count": minutes}
    if age < DAY:
        hours = age // HOUR
        return ngettext("%(count)s hour ago", "%(count)s hours ago", hours) % {"count": hours}
    return day(value)
