"""Ages and birthdays. A birthday on 29 February falls on 28 February in common years."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def born_by(today: date, years: int) -> date:
    """Return the latest date of birth of someone who is at least ``years`` old today."""
    year = max(today.year - years, 1)
    month, day = today.month, today.day
    if (month, day) == (2, 28) and not calendar.isleap(today.year) and calendar.isleap(year):
        day = 29
    if (month, day) == (2, 29) and not calendar.isleap(year):
        day = 28
    return date(year, month, day)


def day_of_year_range(low: int, high: int, *, year: int) -> tuple[int, int]:
    """Return a range of days of the year, each month * 100 + day, both inclusive; low > high spans New Year.

    In a common year a range that ends on 28 February includes 29 February.
    """
    return low, 229 if high == 228 and not calendar.isleap(year) else high


def next_days_range(today: date, days: int) -> tuple[int, int] | None:
    """Return the range from today to ``days`` later, or None for the whole year."""
    if days >= 365:
        return None
    last = today + timedelta(days=days)
    low, high = day_of_year_range(today.month * 100 + today.day, last.month * 100 + last.day, year=last.year)
    return None if low <= high and last.year > today.year else (low, high)
