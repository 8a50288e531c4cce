"""How numbers, money, phones, days and moments are written."""

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.core import phones
from quen.ui.library import register

NONE = "–"
MINUS = "\u2212"
NO_BREAK = "\u00a0"
SIGNS = {"VND": "₫"}
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def plain(value: object) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return None


def written(value: Decimal, places: int) -> str:
    """Digits by threes with dots, a comma before the decimals, a true minus."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    text = f"{abs(rounded):,.{places}f}".translate(str.maketrans(",.", ".,"))
    return f"{MINUS}{text}" if rounded < 0 else text


@register.filter
def num(value: object, places: int | None = None) -> str:
    """128.204 from 128204; a dash for nothing. Decimals are kept as they are, at most three, or as asked."""
    number = plain(value)
    if number is None:
        return NONE
    if places is None:
        exponent = number.normalize().as_tuple().exponent
        places = min(3, -exponent) if isinstance(exponent, int) and exponent < 0 else 0
    return written(number, places)


@register.filter
def signed(value: object) -> str:
    """+318, −702, 0."""
    number = plain(value)
    text = num(value)
    return f"+{text}" if number is not None and number > 0 else text


@register.filter
def money(value: object, currency: str = "VND") -> str:
    """18.640.000 ₫; takes a number or anything with `amount` and `currency`."""
    currency = getattr(value, "currency", currency)
    number = plain(getattr(value, "amount", value))
    if number is None:
        return NONE
    whole = number == number.to_integral_value()
    text = written(number, 0 if whole or currency == "VND" else 2)
    return f"{text}{NO_BREAK}{SIGNS.get(currency, currency)}"


@register.filter
def percent(value: object, places: int = 1) -> str:
    """41,2% from 41.2; no decimals when there are none."""
    number = plain(value)
    if number is None:
        return NONE
    whole = number == number.to_integral_value()
    return f"{written(number, 0 if whole else places)}%"


@register.filter
def phone(value: object) -> str:
    """0901 234 567 from +84901234567."""
    return phones.display(str(value)) if value else NONE


@register.filter
def day(value: object) -> str:
    """13/10/2026 of a date or of an instant in the viewer's zone; 13/10 when the year is not known."""
    if value is None or value == "":
        return NONE
    if isinstance(value, datetime):
        value = timezone.localtime(value) if timezone.is_aware(value) else value
    if isinstance(value, date):
        return f"{value.day:02}/{value.month:02}/{value.year:04}"
    month, number, year = (getattr(value, part, None) for part in ("month", "day", "year"))
    if month and number:
        return f"{number:02}/{month:02}/{year:04}" if year else f"{number:02}/{month:02}"
    return str(value)


@register.filter
def clock(value: datetime | None) -> str:
    """08:49 in the viewer's zone."""
    return timezone.localtime(value).strftime("%H:%M") if value else NONE


@register.filter
def instant(value: datetime | None) -> str:
    """13/10/2026 08:49 in the viewer's zone."""
    return f"{day(value)} {clock(value)}" if value else NONE


@register.filter
def moment(value: datetime | None, now: datetime | None = None) -> str:
    """“11 minutes ago” under a day, then the date; later today and beyond are dates with a time."""
    if value is None:
        return NONE
    past = (now or timezone.now()) - value
    if past < -MINUTE:
        return instant(value)
    if past < MINUTE:
        return _("just now")
    if past < HOUR:
        minutes = past // MINUTE
        return ngettext("%(count)s minute ago", "%(count)s minutes ago", minutes) % {"count": minutes}
    if past < DAY:
        hours = past // HOUR
        return ngettext("%(count)s hour ago", "%(count)s hours ago", hours) % {"count": hours}
    return day(value)
