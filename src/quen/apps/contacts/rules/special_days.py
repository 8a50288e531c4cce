"""Special days: dates of a person that come round every year, in the usual or the lunar calendar (R-31).

Each is a ``Birthday``, whatever it is the day of: 29 February is kept on 28 February in common years, the 30th of a
short lunar month on the 29th, and a leap month repeats nothing. Stored as text: 1990-08-15, --08-15 without a year,
and "lunar --08-15" for a day of the lunar calendar, whose year, month and day are lunar.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from quen.apps.contacts.rules.birthdays import Birthday, lunar_birthdays_on, read_birthday
from quen.core import dates, lunar
from quen.core.dates import PartialDate

LUNAR: Final = "lunar"
#: as it is typed and exported
LUNAR_WORDS: Final = " âm lịch"
SOLAR_WORDS: Final = " dương lịch"
_STORED: Final = re.compile(r"(lunar )?(\d{4}|-)-(\d\d)-(\d\d)")
_KEY_CHARS: Final = len("08-15")
_LEAP_DAY: Final = 229


def read_special_day(
    raw: Any, *, lunar_unless_said: bool = False, order: dates.Order = "dmy", excel: bool = False
) -> Birthday:
    """Return the day in a text, a date or a number; "15/08 âm lịch" and "15/08 dương lịch" say the calendar.

    Reads what ``stored`` returns, too: 1990-08-15 is always a day of the usual calendar.
    excel: a number is a day count of a workbook.  Raises BadDate.
    """
    if isinstance(raw, str):
        text = raw.strip()
        found = stored_special_day(text)
        if found is not None and found.lunar:
            raw, lunar_unless_said = f"{found.typed()}{LUNAR_WORDS}", True
        elif found is not None:
            lunar_unless_said = False
    elif excel and not isinstance(raw, date | PartialDate):
        raw = dates.read_date(raw, order, excel=True)
    return read_birthday(raw, lunar=lunar_unless_said, order=order)


def stored(day: Birthday) -> str:
    """Return a day as it is stored."""
    return f"{LUNAR} {day.day.iso()}" if day.lunar else day.day.iso()


def stored_special_day(text: Any) -> Birthday | None:
    """Return the day of a stored text, None for anything else."""
    found = _STORED.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        return None
    year = None if found[2] == "-" else int(found[2])
    return Birthday(PartialDate(year, int(found[3]), int(found[4])), lunar=found[1] is not None)


def typed_special_day(text: Any, *, lunar_unless_said: bool) -> str:
    """Return a stored day as it would be typed and as ``read_special_day`` reads it; "" for anything else."""
    day = stored_special_day(text)
    if day is None:
        return ""
    if day.lunar:
        return day.typed() + LUNAR_WORDS
    return day.typed() + (SOLAR_WORDS if lunar_unless_said else "")


@dataclass(frozen=True, slots=True)
class DayKeys:
    """The days of the year, each month * 100 + day, that are kept on some days: of the usual calendar, of the lunar."""

    solar: list[int]
    lunar: list[int]


def keys_on(days: Iterable[date]) -> DayKeys:
    """Return what is kept on these days."""
    days = list(days)
    solar = {day.month * 100 + day.day for day in days}
    if any((day.month, day.day) == (2, 28) and not calendar.isleap(day.year) for day in days):
        solar.add(_LEAP_DAY)
    return DayKeys(sorted(solar), lunar_birthdays_on(days))


def key_text(key: int) -> str:
    """Return 815 as 08-15, the last characters of a stored day."""
    return f"{key // 100:02d}-{key % 100:02d}"


def key_in_sql(field_id: int, table: str = "") -> str:
    """Return the expression of the month and day of a special day of a contact, "08-15"; it has an index.

    table: the name of ``contacts_contact`` in the statement, with a point.
    """
    return f"(right({table}attrs ->> '{int(field_id)}', {_KEY_CHARS}) COLLATE \"C\")"


def next_occurrence(day: Birthday, today: date) -> date:
    """Return the next day on which it is kept, today included."""
    kept_in = _kept_in_lunar if day.lunar else _kept_in
    # The lunar year begins up to two months after the usual one.
    return next(
        on for year in range(today.year - 1, today.year + 3) if (on := kept_in(day.key, year)) >= today
    )


def _kept_in(key: int, year: int) -> date:
    """Return the day of a year on which a day of the usual calendar is kept."""
    if key == _LEAP_DAY and not calendar.isleap(year):
        key -= 1
    return date(year, key // 100, key % 100)


def _kept_in_lunar(key: int, year: int) -> date:
    """Return the day on which a day of the lunar calendar is kept in a lunar year."""
    try:
        return lunar.to_solar(year, key // 100, key % 100)
    except ValueError:
        return lunar.to_solar(year, key // 100, key % 100 - 1)
