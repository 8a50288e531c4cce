"""The Vietnamese lunar calendar: months begin on the day of the new moon at UTC+7.

The eleventh month contains the winter solstice. Of thirteen months between two eleventh ones the first in which the sun
enters no new sign of 30 degrees is the leap month. New moons and the sun's longitude after Meeus, Astronomical
Algorithms, chapters 25 and 49, to about a minute. One rule for all years from 1900 to 2199, also for those in which
official calendars of the time differed (before 1968).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

#: Julian day number of 1 January of the year 1, minus its ordinal
_ORDINAL_TO_JULIAN: Final = 1_721_425
_ZONE_DAYS: Final = 7 / 24
_MEAN_MONTH_DAYS: Final = 29.530588861
_NEW_MOON_OF_2000: Final = 2_451_550.09766
_YEARS: Final = range(1900, 2200)
_WINTER_SIGN: Final = 9

#: coefficient, power of the eccentricity, and multiples of the sun's and the moon's anomaly, the latitude, the node
_NEW_MOON_TERMS: Final = (
    (-0.40720, 0, 0, 1, 0, 0),
    (0.17241, 1, 1, 0, 0, 0),
    (0.01608, 0, 0, 2, 0, 0),
    (0.01039, 0, 0, 0, 2, 0),
    (0.00739, 1, -1, 1, 0, 0),
    (-0.00514, 1, 1, 1, 0, 0),
    (0.00208, 2, 2, 0, 0, 0),
    (-0.00111, 0, 0, 1, -2, 0),
    (-0.00057, 0, 0, 1, 2, 0),
    (0.00056, 1, 1, 2, 0, 0),
    (-0.00042, 0, 0, 3, 0, 0),
    (0.00042, 1, 1, 0, 2, 0),
    (0.00038, 1, 1, 0, -2, 0),
    (-0.00024, 1, -1, 2, 0, 0),
    (-0.00017, 0, 0, 0, 0, 1),
    (-0.00007, 0, 2, 1, 0, 0),
    (0.00004, 0, 0, 2, -2, 0),
    (0.00004, 0, 3, 0, 0, 0),
    (0.00003, 0, 1, 1, -2, 0),
    (0.00003, 0, 0, 2, 2, 0),
    (-0.00003, 0, 1, 1, 2, 0),
    (0.00003, 0, -1, 1, 2, 0),
)


@dataclass(frozen=True, slots=True)
class LunarDay:
    """A day of the lunar calendar. leap: in the second of two months with the same number.

    is_last: the last day of its month, the 29th or the 30th.
    """

    year: int
    month: int
    day: int
    leap: bool = False
    is_last: bool = False


def from_solar(day: date) -> LunarDay:
    """Return a day of the usual calendar in the lunar one. Raises ValueError outside 1900 to 2199."""
    if day.year not in _YEARS:
        raise ValueError(f"no lunar day for the year {day.year}")
    number = day.toordinal() + _ORDINAL_TO_JULIAN
    index = _index_before(number)
    start, following = _new_moon(index), _new_moon(index + 1)
    year = day.year if _eleventh_month(day.year) <= index else day.year - 1
    first = _eleventh_month(year)
    offset, leap_offset = index - first, _leap_offset(first, _eleventh_month(year + 1))
    month = offset + 11 - (leap_offset is not None and offset >= leap_offset)
    return LunarDay(
        year=year + (month > 12),
        month=(month - 1) % 12 + 1,
        day=number - start + 1,
        leap=offset == leap_offset,
        is_last=number + 1 == following,
    )


def to_solar(year: int, month: int, day: int) -> date:
    """Return a day of the lunar calendar, outside leap months, in the usual one.

    Raises ValueError when the month has no such day, and outside 1900 to 2199.
    """
    if year not in _YEARS or not 1 <= month <= 12:
        raise ValueError(f"no lunar month {month} of {year}")
    before = year - (month < 11)
    first = _eleventh_month(before)
    leap_offset = _leap_offset(first, _eleventh_month(before + 1))
    offset = (month - 11) % 12
    index = first + offset + (leap_offset is not None and offset >= leap_offset)
    start = _new_moon(index)
    if not 1 <= day <= _new_moon(index + 1) - start:
        raise ValueError(f"no lunar day {day}/{month}/{year}")
    return date.fromordinal(start + day - 1 - _ORDINAL_TO_JULIAN)


@lru_cache(maxsize=512)
def _eleventh_month(year: int) -> int:
    """Return the index of the month with the winter solstice of a year."""
    index = _index_before(date(year, 12, 31).toordinal() + _ORDINAL_TO_JULIAN)
    return index - 1 if _sign(_new_moon(index)) >= _WINTER_SIGN else index


@lru_cache(maxsize=512)
def _leap_offset(first: int, next_first: int) -> int | None:
    """Return how many months after an eleventh one the leap month is, None in a year of twelve months."""
    if next_first - first == 12:
        return None
    signs = [_sign(_new_moon(first + offset)) for offset in range(14)]
    return next(offset for offset in range(1, 14) if signs[offset] == signs[offset + 1])


def _index_before(number: int) -> int:
    """Return the index of the month that contains a Julian day number."""
    index = math.floor((number - _NEW_MOON_OF_2000) / _MEAN_MONTH_DAYS) + 1
    while _new_moon(index) > number:
        index -= 1
    return index


@lru_cache(maxsize=4096)
def _new_moon(index: int) -> int:
    """Return the Julian day number of the day in Việt Nam with a new moon; index: 0 is 6 January 2000."""
    centuries = index / 1236.85
    instant = _NEW_MOON_OF_2000 + _MEAN_MONTH_DAYS * index + 0.00015437 * centuries**2
    eccentricity = 1 - 0.002516 * centuries - 0.0000074 * centuries**2
    sun = math.radians(2.5534 + 29.10535670 * index - 0.0000014 * centuries**2)
    moon = math.radians(201.5643 + 385.81693528 * index + 0.0107582 * centuries**2)
    latitude = math.radians(160.7108 + 390.67050284 * index - 0.0016118 * centuries**2)
    node = math.radians(124.7746 - 1.56375588 * index + 0.0020672 * centuries**2)
    for coefficient, power, suns, moons, latitudes, nodes in _NEW_MOON_TERMS:
        angle = suns * sun + moons * moon + latitudes * latitude + nodes * node
        instant += coefficient * eccentricity**power * math.sin(angle)
    instant += 0.000325 * math.sin(math.radians(299.77 + 0.107408 * index - 0.009173 * centuries**2))
    return math.floor(instant - _clock_error(2000 + centuries * 100) + 0.5 + _ZONE_DAYS)


def _clock_error(year: float) -> float:
    """Return by how many days even time is ahead of the earth's rotation, after Espenak and Meeus."""
    since = year - 2000
    if since < -50:
        seconds = -2.79 + 0.62 * (year - 1900)
    elif since < 5:
        seconds = 63.86 + 0.3345 * since
    else:
        seconds = 62.92 + 0.32217 * since + 0.005589 * since**2
    return seconds / 86_400


@lru_cache(maxsize=4096)
def _sign(number: int) -> int:
    """Return the sign, 0 to 11 from the spring equinox, in which the sun stands when a day begins in Việt Nam."""
    centuries = (number - 0.5 - _ZONE_DAYS - 2_451_545) / 36_525
    mean = 280.46646 + 36_000.76983 * centuries + 0.0003032 * centuries**2
    anomaly = math.radians(357.52911 + 35_999.05029 * centuries - 0.0001537 * centuries**2)
    centre = (
        (1.914602 - 0.004817 * centuries) * math.sin(anomaly)
        + (0.019993 - 0.000101 * centuries) * math.sin(2 * anomaly)
        + 0.000289 * math.sin(3 * anomaly)
    )
    node = math.radians(125.04 - 1934.136 * centuries)
    longitude = mean + centre - 0.00569 - 0.00478 * math.sin(node)
    return int(longitude % 360 // 30)
