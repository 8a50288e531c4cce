"""Ages and birthdays, of the usual and of the lunar calendar (R-04).

A birthday on 29 February falls on 28 February in common years. A lunar birthday on the 30th falls on the 29th in months
that have no 30th; in a leap month nobody's birthday comes round again.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from quen.core import dates, lunar
from quen.core.dates import BadDate, PartialDate

#: a day that only the lunar calendar has
_THIRTIETH_OF_SECOND: Final = re.compile(r"\s*30\s*[/.\-]\s*0?2(?:\s*[/.\-]\s*(\d{4}))?\s*")
_LAST_DAY_OF_MONTH: Final = 30
_LEAP_DAY: Final = 229
#: by month, in the usual calendar; a lunar day may be one more
_MOST_DAYS: Final = (0, *(calendar.monthrange(2024, month)[1] for month in range(1, 13)))


@dataclass(frozen=True, slots=True)
class Birthday:
    """A day of birth as people say it: in the lunar calendar its year, month and day are lunar."""

    day: PartialDate
    lunar: bool = False

    def columns(self) -> dict[str, Any]:
        """Return the columns of the contact: the date in the usual calendar, if the year is known, and the day."""
        if not self.lunar:
            born: date | None = self.day.as_date()
        else:
            born = _solar(self.day) if self.day.year else None
        return {
            "birth_on": born,
            "birth_day": self.key,
            "birth_is_lunar": self.lunar,
        }

    @property
    def key(self) -> int:
        """The day of the year as one number, month * 100 + day."""
        return self.day.month * 100 + self.day.day

    def typed(self) -> str:
        """Return 17/07/1990, or 17/07 when the year is unknown, as it would be typed in any language."""
        year = f"/{self.day.year:04d}" if self.day.year else ""
        return f"{self.day.day:02d}/{self.day.month:02d}{year}"


NO_BIRTHDAY: Final = {"birth_on": None, "birth_day": None, "birth_is_lunar": False}


def read_birthday(
    raw: Any, *, lunar: bool = False, today: date | None = None, order: dates.Order = "dmy"
) -> Birthday:
    """Return the birthday in a text; "15/08/1990 âm lịch" is a lunar one too. Raises BadDate.

    today: a day of birth after it is refused.
    """
    if isinstance(raw, PartialDate):
        found = Birthday(raw, lunar)
    elif isinstance(raw, str):
        text, said = dates.calendar_of(raw)
        lunar = said is True or (lunar and said is None)
        thirtieth = _THIRTIETH_OF_SECOND.fullmatch(text) if lunar else None
        if thirtieth is not None:
            day = PartialDate(int(thirtieth[1]) if thirtieth[1] else None, 2, _LAST_DAY_OF_MONTH)
        else:
            day = dates.read_date(text, order)
        found = Birthday(day, lunar)
    else:
        found = Birthday(dates.read_date(raw), lunar)
    if today is not None and found.day.day <= _MOST_DAYS[found.day.month]:
        found = Birthday(dates.born(found.day, raw, today), found.lunar)
    if found.lunar:
        if found.day.day > _LAST_DAY_OF_MONTH:
            raise BadDate("impossible")
        if found.day.year:
            _solar(found.day)
    return found


def stored_birthday(birth_on: date | None, birth_day: int | None, *, is_lunar: bool) -> Birthday | None:
    """Return a contact's birthday from its columns, None without one."""
    if not birth_day:
        return None
    year = birth_on.year if birth_on else None
    if birth_on is not None and is_lunar:
        year = lunar.from_solar(birth_on).year
    return Birthday(PartialDate(year, birth_day // 100, birth_day % 100), is_lunar)


def born_by(today: date, years: int) -> date:
    """Return the latest date of birth of someone who is at least ``years`` old today."""
    year = max(today.year - years, 1)
    month, day = today.month, today.day
    if (month, day) == (2, 28) and not calendar.isleap(today.year) and calendar.isleap(year):
        day = 29
    if (month, day) == (2, 29) and not calendar.isleap(year):
        day = 28
    return date(year, month, day)


@dataclass(frozen=True, slots=True)
class DayRange:
    """Days of the year, each month * 100 + day, both inclusive; wraps: from low over New Year to high."""

    low: int
    high: int
    wraps: bool


def day_of_year_range(low: int, high: int, *, year: int) -> DayRange:
    """Return a range of days of a year; in a common year one that ends on 28 February includes 29 February."""
    return DayRange(low, _LEAP_DAY if high == 228 and not calendar.isleap(year) else high, wraps=low > high)


def next_days_range(today: date, days: int) -> DayRange | None:
    """Return the range from today to ``days`` later, or None for the whole year."""
    last = today + timedelta(days=days)
    low, high = today.month * 100 + today.day, last.month * 100 + last.day
    if days >= 365 or (low <= high and last.year > today.year):
        return None
    return day_of_year_range(low, high, year=last.year)


def next_days(today: date, days: int) -> Iterator[date]:
    """Yield today and the following days, at most as many as a lunar leap year has."""
    yield from (today + timedelta(days=number) for number in range(min(days, 384) + 1))


def days_in_range(low: int, high: int, *, year: int) -> Iterator[date]:
    """Yield the days of a year in a range of days of the year; low > high spans New Year."""
    for day in _days_of(year):
        number = day.month * 100 + day.day
        if low <= number <= high if low <= high else number >= low or number <= high:
            yield day


def days_in_months(months: Sequence[int], *, year: int) -> Iterator[date]:
    """Yield the days of some months of a year."""
    yield from (day for day in _days_of(year) if day.month in months)


def lunar_birthdays_on(days: Iterable[date]) -> list[int]:
    """Return the lunar birthdays, each month * 100 + day, that fall on any of these days of the usual calendar."""
    found = set()
    for day in days:
        on = lunar.from_solar(day)
        if not on.leap:
            found.add(on.month * 100 + on.day)
            if on.is_last:
                found.add(on.month * 100 + _LAST_DAY_OF_MONTH)
    return sorted(found)


def _days_of(year: int) -> Iterator[date]:
    first = date(year, 1, 1)
    yield from (first + timedelta(days=number) for number in range(365 + calendar.isleap(year)))


def _solar(day: PartialDate) -> date:
    """Return a lunar day with a year in the usual calendar. Raises BadDate when its month has no such day."""
    try:
        return lunar.to_solar(day.year or 0, day.month, day.day)
    except ValueError as missing:
        raise BadDate("impossible") from missing
