"""When demo contacts are active: days and hours by weight, so that charts show the seasons of a shop."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta

from quen.core import clock, facts

DAYS = 730
_SOLAR = {
    (3, 8): 2.2,
    (10, 20): 1.9,
    (11, 11): 3.0,
    (12, 12): 2.4,
    (9, 9): 1.7,
    (10, 10): 1.6,
    (2, 14): 1.5,
    (11, 20): 1.4,
}
_HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 12, 14, 15, 16, 14, 11, 11, 12, 12, 12, 13, 17, 22, 24, 16, 6)


def day_offsets(now: datetime, *, slots: int = 4000) -> list[int]:
    """Return days before today, each repeated by its weight; a random one is a realistic day."""
    today = clock.local_day(now, clock.VIETNAM)
    weights = [_weight(today - timedelta(days=back), back) for back in range(DAYS)]
    total = sum(weights)
    offsets: list[int] = []
    for back, weight in enumerate(weights):
        offsets += [back] * max(1, round(weight / total * slots))
    return offsets


def seconds_of_day() -> list[int]:
    """Return hours in Việt Nam as seconds after local midnight, each repeated by how busy shops are then."""
    return [hour * 3600 for hour, weight in enumerate(_HOURS) for _ in range(weight)]


def _weight(day: date, back: int) -> float:
    weight = 1.0 - 0.55 * back / DAYS
    weight *= 1.15 if day.weekday() >= 5 else 1.0
    for (month, number), factor in _SOLAR.items():
        distance = (date(day.year, month, number) - day).days
        if 0 <= distance <= 5:
            weight *= 1 + (factor - 1) * (1 - distance / 7)
    tet = facts.load("calendar")["lunar_dates_by_year"].get(str(day.year), {}).get("tet")
    if tet:
        until = (date.fromisoformat(tet) - day).days
        if 1 <= until <= 28:
            weight *= 1 + 1.6 * math.sin(math.pi * (29 - until) / 30)
        elif -5 <= until <= 0:
            weight *= 0.25
    mid_autumn = facts.load("calendar")["lunar_dates_by_year"].get(str(day.year), {}).get("trung_thu")
    if mid_autumn and 0 <= (date.fromisoformat(mid_autumn) - day).days <= 14:
        weight *= 1.7
    return weight
