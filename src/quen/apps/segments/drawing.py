"""What the pages of a segment draw, ready-made: the chart of its growth, bars of its portrait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from quen.apps.contacts.queries import AGE_BANDS, Portrait
from quen.apps.contacts.types import Channel, Gender
from quen.apps.segments.types import DayFigure
from quen.core import provinces

#: the chart's own measure; the page stretches it
WIDTH, HEIGHT = 1000, 200
_FOOT, _HEAD = 10, 10
_MOST_PROVINCES = 6
CHANNEL_ICONS: Mapping[Channel, str] = {
    Channel.EMAIL: "mail",
    Channel.SMS: "message-square-text",
    Channel.ZALO: "message-circle",
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A line over days. points and area: for SVG; low and high: what its foot and head stand for."""

    points: str
    area: str
    low: int
    high: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of the people. percent: of them all, 0 to 100."""

    label: str | Promise
    people: int
    percent: Decimal
    icon: str = ""


def chart_of(days: Sequence[DayFigure]) -> Chart | None:
    """Draw the sizes; None when there is only one day."""
    if len(days) < 2:
        return None
    sizes = [each.size for each in days]
    low, high = min(sizes), max(sizes)
    if low == high:  # a calm line in the middle
        low, high = max(0, low - 1), high + 1
    first, span = days[0].day, (days[-1].day - days[0].day).days or 1
    tall = HEIGHT - _FOOT - _HEAD
    places = [
        (
            (each.day - first).days * WIDTH / span,
            HEIGHT - _FOOT - (each.size - low) * tall / (high - low),
        )
        for each in days
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    area = f"0,{HEIGHT} {points} {WIDTH},{HEIGHT}"
    return Chart(points, area, low, high, first, days[-1].day)


def bars(pairs: Iterable[tuple[str | Promise, int, str]], whole: int) -> list[Bar]:
    """Give parts of a whole."""
    return [Bar(label, people, share(people, whole), icon) for label, people, icon in pairs]


def reach_bars(reached: Mapping[Channel, int], whole: int) -> list[Bar]:
    """Give who consented to each channel."""
    return bars(
        ((channel.label, people, CHANNEL_ICONS[channel]) for channel, people in reached.items()), whole
    )


def gender_bars(found: Portrait) -> list[Bar]:
    """Give the genders that occur, the unknown last."""
    known = [each for each in Gender if each != Gender.UNKNOWN]
    order = [*known, Gender.UNKNOWN]
    return bars(
        ((each.label, found.genders[each], "") for each in order if found.genders.get(each)), found.people
    )


def age_bars(found: Portrait) -> list[Bar]:
    """Give the age bands from the first to the last that occurs, the unknown last."""
    labels = [_("Under %(age)d") % {"age": AGE_BANDS[0]}]
    labels += [f"{low}–{high - 1}" for low, high in pairwise(AGE_BANDS)]
    labels.append(_("%(age)d and over") % {"age": AGE_BANDS[-1]})
    pairs = [(label, found.bands.get(place, 0), "") for place, label in enumerate(labels)]
    if not any(people for _label, people, _icon in pairs):
        pairs = []
    if found.bands.get(None):
        pairs.append((_("Unknown"), found.bands[None], ""))
    return bars(pairs, found.people)


def province_bars(found: Portrait) -> list[Bar]:
    """Give the provinces with most people, then all others together, then those nobody knows."""
    known = sorted(
        ((code, people) for code, people in found.provinces.items() if code in provinces.NEW),
        key=lambda pair: (-pair[1], pair[0]),
    )
    pairs = [(provinces.NEW[code].name, people, "") for code, people in known[:_MOST_PROVINCES]]
    if others := sum(people for _code, people in known[_MOST_PROVINCES:]):
        pairs.append((_("Other provinces"), others, ""))
    if unknown := sum(people for code, people in found.provinces.items() if code not in provinces.NEW):
        pairs.append((_("Unknown"), unknown, ""))
    return bars(pairs, found.people)


def share(part: int, whole: int) -> Decimal:
    """Give a part in percent with one decimal, 0 of nothing."""
    return Decimal(part * 1000 // whole) / 10 if whole else Decimal(0)
