"""What came of a campaign, beyond the numbers delivery keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import OperationalError
from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils.translation import gettext as _

from quen.apps.campaigns.models import Campaign
from quen.apps.delivery import queries as delivery
from quen.core import sql

_TIMEOUT_MS = 4_000
_TIME_IS_UP = "57014"
#: as long as it is worth counting by the hour
_HOURS = 48
_DAYS = 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """An hour or a day: how many opened and clicked for the first time in it."""

    at: datetime
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class Course:
    """First opens and clicks over time. hourly: the stretches are hours, else local days."""

    stretches: tuple[Stretch, ...]
    hourly: bool

    @property
    def most(self) -> int:
        """Give the highest bar."""
        return max((max(each.opened, each.clicked) for each in self.stretches), default=0)


def course(campaign: Campaign, *, zone: ZoneInfo) -> Course | None:
    """Give when people opened and clicked first; None when the time is up."""
    try:
        with sql.read_only(timeout_ms=_TIMEOUT_MS):
            hours = {name: _by_hour(campaign, name, zone) for name in ("opened", "clicked")}
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _TIME_IS_UP:
            raise
        return None
    found = sorted({*hours["opened"], *hours["clicked"]})
    if not found:
        return Course((), hourly=True)
    first, last = found[0], found[-1]
    if last - first < timedelta(hours=_HOURS):
        steps = [first + timedelta(hours=n) for n in range(int((last - first) / timedelta(hours=1)) + 1)]
        return Course(_stretches(steps, hours), hourly=True)
    days = {name: _by_day(counts, zone) for name, counts in hours.items()}
    local = sorted({*days["opened"], *days["clicked"]})
    length = min((local[-1].date() - local[0].date()).days + 1, _DAYS)
    # Days on which nothing happened, too: a chart that leaves them out lies about time.
    midnights = [local[0].replace(tzinfo=None) + timedelta(days=n) for n in range(length)]
    return Course(_stretches([day.replace(tzinfo=zone) for day in midnights], days), hourly=False)


def _by_hour(campaign: Campaign, figure: str, zone: ZoneInfo) -> dict[datetime, int]:
    column = f"{figure}_at"
    found = (
        delivery.people_at(campaign.launch_id or 0, figure)
        .order_by()
        .annotate(hour=TruncHour(column, tzinfo=zone))
        .values("hour")
        .annotate(people=Count("pk"))
    )
    return {row["hour"]: row["people"] for row in found}


def _by_day(hours: Mapping[datetime, int], zone: ZoneInfo) -> dict[datetime, int]:
    days: dict[datetime, int] = {}
    for hour, people in hours.items():
        day = hour.astimezone(zone).replace(hour=0)
        days[day] = days.get(day, 0) + people
    return days


def _stretches(steps: list[datetime], counts: Mapping[str, Mapping[datetime, int]]) -> tuple[Stretch, ...]:
    return tuple(
        Stretch(step, counts["opened"].get(step, 0), counts["clicked"].get(step, 0)) for step in steps
    )


def content_shown(campaign: Campaign) -> int:
    """Give the words as they were sent, else as they are written."""
    if campaign.launch_id is not None:
        return int(delivery.get_launch(campaign.launch_id).content_id)
    return campaign.content_id


def trouble_words(campaign: Campaign) -> str:
    """Say why it failed or stands still; empty when nothing is wrong."""
    trouble = campaign.trouble
    if not trouble:
        return ""
    match trouble.get("code"):
        case "too_late":
            return _(
                "It was due more than a day ago, while nothing was running. Look whether it still fits, then try again."
            )
        case "check_failed":
            text = _(
                "When it was to start, the check list held it back. Copy it, or mend this and try again:"
            )
            return f"{text} {'; '.join(trouble.get('said') or trouble.get('faults', ()))}"
        case "provider_refuses":
            text = _(
                "The mail server refuses one message after another: “%(text)s”."
                " Look into Settings › Channels, then let it go on."
            )
            return text % {"text": trouble.get("text", "")}
    return str(trouble.get("text") or trouble.get("code") or "")
