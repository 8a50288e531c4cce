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
_QUERY_CANCELED = "57014"
#: as long as it is worth counting by the hour
_MAX_HOURS = 48
_MAX_DAYS = 60


@dataclass(frozen=True, slots=True)
class EngagementBucket:
    """An hour or a day: how many opened and clicked for the first time in it."""

    at: datetime
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class EngagementTimeline:
    """First opens and clicks over time. hourly: the stretches are hours, else local days."""

    buckets: tuple[EngagementBucket, ...]
    hourly: bool

    @property
    def highest(self) -> int:
        """Give the highest bar."""
        return max((max(each.opened, each.clicked) for each in self.buckets), default=0)


def engagement_timeline(campaign: Campaign, *, zone: ZoneInfo) -> EngagementTimeline | None:
    """Give when people opened and clicked first; None when the time is up."""
    try:
        with sql.read_only(timeout_ms=_TIMEOUT_MS):
            hours = {name: _counts_by_hour(campaign, name, zone) for name in ("opened", "clicked")}
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _QUERY_CANCELED:
            raise
        return None
    found = sorted({*hours["opened"], *hours["clicked"]})
    if not found:
        return EngagementTimeline((), hourly=True)
    first, last = found[0], found[-1]
    if last - first < timedelta(hours=_MAX_HOURS):
        steps = [first + timedelta(hours=n) for n in range(int((last - first) / timedelta(hours=1)) + 1)]
        return EngagementTimeline(_buckets(steps, hours), hourly=True)
    days = {name: _counts_by_day(counts, zone) for name, counts in hours.items()}
    local = sorted({*days["opened"], *days["clicked"]})
    length = min((local[-1].date() - local[0].date()).days + 1, _MAX_DAYS)
    # Days on which nothing happened, too: a chart that leaves them out lies about time.
    midnights = [local[0].replace(tzinfo=None) + timedelta(days=n) for n in range(length)]
    return EngagementTimeline(_buckets([day.replace(tzinfo=zone) for day in midnights], days), hourly=False)


def _counts_by_hour(campaign: Campaign, metric: str, zone: ZoneInfo) -> dict[datetime, int]:
    column = f"{metric}_at"
    found = (
        delivery.messages_counted(campaign.dispatch_id or 0, metric)
        .order_by()
        .annotate(hour=TruncHour(column, tzinfo=zone))
        .values("hour")
        .annotate(contacts=Count("pk"))
    )
    return {row["hour"]: row["contacts"] for row in found}


def _counts_by_day(hours: Mapping[datetime, int], zone: ZoneInfo) -> dict[datetime, int]:
    days: dict[datetime, int] = {}
    for hour, count in hours.items():
        day = hour.astimezone(zone).replace(hour=0)
        days[day] = days.get(day, 0) + count
    return days


def _buckets(
    steps: list[datetime], counts: Mapping[str, Mapping[datetime, int]]
) -> tuple[EngagementBucket, ...]:
    return tuple(
        EngagementBucket(step, counts["opened"].get(step, 0), counts["clicked"].get(step, 0))
        for step in steps
    )


def shown_content_id(campaign: Campaign) -> int:
    """Give the words as they were sent, else as they are written."""
    if campaign.dispatch_id is not None:
        return int(delivery.get_dispatch(campaign.dispatch_id).content_id)
    return campaign.content_id


def failure_text(campaign: Campaign) -> str:
    """Say why it failed or stands still; empty when nothing is wrong."""
    failure = campaign.failure
    if not failure:
        return ""
    match failure.get("code"):
        case "too_late":
            return _(
                "It was due more than a day ago, while nothing was running. Look whether it still fits, then try again."
            )
        case "check_failed":
            text = _(
                "When it was to start, the check list held it back. Copy it, or mend this and try again:"
            )
            return f"{text} {'; '.join(failure.get('messages') or failure.get('errors', ()))}"
        case "provider_refuses":
            text = _(
                "The mail server refuses one message after another: “%(text)s”."
                " Look into Settings › Channels, then let it go on."
            )
            return text % {"text": failure.get("text", "")}
    return str(failure.get("text") or failure.get("code") or "")
