"""Ready-made values for the charts and bars on the pages of a segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from quen.apps.contacts.queries import AGE_BANDS, Demographics
from quen.apps.contacts.types import Channel, Gender
from quen.apps.segments.types import SegmentDayStats
from quen.core import provinces

#: units of the chart; the page stretches it
WIDTH, HEIGHT = 1000, 200
_PADDING_BOTTOM, _PADDING_TOP = 10, 10
_MAX_PROVINCES = 6
CHANNEL_ICONS: Mapping[Channel, str] = {
    Channel.EMAIL: "mail",
    Channel.SMS: "message-square-text",
    Channel.ZALO: "message-circle",
}


@dataclass(frozen=True, slots=True)
class GrowthChart:
    """A line over days. points and area: SVG coordinates; low and high: the sizes at the bottom and top."""

    points: str
    area: str
    low: int
    high: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A part of the contacts. percent: of all of them, 0 to 100."""

    label: str | Promise
    count: int
    percent: Decimal
    icon: str = ""


def growth_chart(days: Sequence[SegmentDayStats]) -> GrowthChart | None:
    """Return the sizes as a line, or None when there is only one day."""
    if len(days) < 2:
        return None
    sizes = [each.size for each in days]
    low, high = min(sizes), max(sizes)
    if low == high:  # draw a constant size in the middle
        low, high = max(0, low - 1), high + 1
    first, span = days[0].day, (days[-1].day - days[0].day).days or 1
    plot_height = HEIGHT - _PADDING_BOTTOM - _PADDING_TOP
    places = [
        (
            (each.day - first).days * WIDTH / span,
            HEIGHT - _PADDING_BOTTOM - (each.size - low) * plot_height / (high - low),
        )
        for each in days
    ]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    area = f"0,{HEIGHT} {points} {WIDTH},{HEIGHT}"
    return GrowthChart(points, area, low, high, first, days[-1].day)


def share_bars(pairs: Iterable[tuple[str | Promise, int, str]], total: int) -> list[ShareBar]:
    """Return the parts of a total, from (label, count, icon)."""
    return [ShareBar(label, count, share(count, total), icon) for label, count, icon in pairs]


def reach_bars(reached: Mapping[Channel, int], total: int) -> list[ShareBar]:
    """Return how many contacts consented to each channel."""
    return share_bars(
        ((channel.label, count, CHANNEL_ICONS[channel]) for channel, count in reached.items()), total
    )


def gender_bars(found: Demographics) -> list[ShareBar]:
    """Return the genders that occur, the unknown last."""
    occurring = [each for each in Gender if each != Gender.UNKNOWN]
    order = [*occurring, Gender.UNKNOWN]
    return share_bars(
        ((each.label, found.genders[each], "") for each in order if found.genders.get(each)), found.contacts
    )


def age_bars(found: Demographics) -> list[ShareBar]:
    """Return the age bands up to the last that occurs, the unknown last."""
    labels = [_("Under %(age)d") % {"age": AGE_BANDS[0]}]
    labels += [f"{low}–{high - 1}" for low, high in pairwise(AGE_BANDS)]
    labels.append(_("%(age)d and over") % {"age": AGE_BANDS[-1]})
    pairs = [(label, found.age_bands.get(place, 0), "") for place, label in enumerate(labels)]
    if not any(count for _label, count, _icon in pairs):
        pairs = []
    if found.age_bands.get(None):
        pairs.append((_("Unknown"), found.age_bands[None], ""))
    return share_bars(pairs, found.contacts)


def province_bars(found: Demographics) -> list[ShareBar]:
    """Return the most frequent provinces, then all others together, then the unknown."""
    occurring = sorted(
        ((code, count) for code, count in found.provinces.items() if code in provinces.NEW),
        key=lambda pair: (-pair[1], pair[0]),
    )
    pairs = [(provinces.NEW[code].name, count, "") for code, count in occurring[:_MAX_PROVINCES]]
    if others := sum(count for _code, count in occurring[_MAX_PROVINCES:]):
        pairs.append((_("Other provinces"), others, ""))
    if unknown := sum(count for code, count in found.provinces.items() if code not in provinces.NEW):
        pairs.append((_("Unknown"), unknown, ""))
    return share_bars(pairs, found.contacts)


def share(part: int, total: int) -> Decimal:
    """Return a part of a total in percent with one decimal; 0 of 0 is 0."""
    return Decimal(part * 1000 // total) / 10 if total else Decimal(0)
