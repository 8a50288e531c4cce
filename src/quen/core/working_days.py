"""Working days in Vietnam: Monday to Friday without public holidays (Labour Code 2019, Art. 112)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Final

from quen.core import facts, lunar

_SATURDAY: Final = 5
#: the government says each year which five days are Tết; usually the eve and the four days from New Year
_TET_BEFORE, _TET_FROM = 1, 4


def is_working_day(day: date) -> bool:
    """Return whether people work on a day."""
    return day.weekday() < _SATURDAY and day not in _days_off(day.year)


def add_working_days(day: date, count: int) -> date:
    """Return the day that is ``count`` working days after a day, which itself is not counted."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


@cache
def _days_off(year: int) -> frozenset[date]:
    """Return the public holidays of a year, and the days on which those on a rest day are made up."""
    holidays = {day for each in facts.load("calendar")["public_holidays"] for day in _holidays(each, year)}
    off = set(holidays)
    for day in sorted(holidays):
        if day.weekday() >= _SATURDAY:
            instead = day
            while instead.weekday() >= _SATURDAY or instead in off:
                instead += timedelta(days=1)
            off.add(instead)
    return frozenset(off)


def _holidays(fact: dict[str, object], year: int) -> list[date]:
    if year < int(str(fact.get("from_year", year))):
        return []
    month, number = map(int, str(fact.get("solar") or fact["lunar"]).split("-"))
    first = date(year, month, number) if "solar" in fact else lunar.to_solar(year, month, number)
    if fact["key"] == "tet":
        return [first + timedelta(days=offset) for offset in range(-_TET_BEFORE, _TET_FROM)]
    return [first + timedelta(days=offset) for offset in range(int(str(fact["days"])))]
