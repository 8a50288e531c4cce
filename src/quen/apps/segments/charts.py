"""Ready-made values for the charts and bars on the pages of a segment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from quen.apps.contacts.queries import AGE_BANDS, Demographics
from quen.apps.contacts.types import Channel, Gender
from quen.apps.segments.rules.shares import share
from quen.apps.segments.types import SegmentDayStats
from quen.core import provinces
from quen.ui.charts import Chart, ChartKind, Series
from quen.ui.tags import filters

#: a line needs two days
_MIN_DAYS = 2
_MAX_PROVINCES = 6
CHANNEL_ICONS: Mapping[Channel, str] = {
    Channel.EMAIL: "mail",
    Channel.SMS: "message-square-text",
    Channel.ZALO: "message-circle",
}


@dataclass(frozen=True, slots=True)
class ShareBar:
    """A part of the contacts. percent: of all of them, 0 to 100."""

    label: str | Promise
    count: int
    percent: Decimal
    icon: str = ""


def growth_chart(days: Sequence[SegmentDayStats]) -> Chart | None:
    """Return the sizes at the ends of days, or None when there is only one day."""
    if len(days) < _MIN_DAYS:
        return None
    return Chart(
        ChartKind.AREA,
        _("Growth"),
        _("Day"),
        [filters.day(each.day) for each in days],
        [Series(_("Customers"), [each.size for each in days])],
        _("No members yet."),
        hide_title=True,
        low=True,
    )


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
