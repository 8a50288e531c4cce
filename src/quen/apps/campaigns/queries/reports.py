"""Report data beyond the counts that delivery keeps."""

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
#: up to this length the timeline has hourly buckets
_MAX_HOURS = 48
_MAX_DAYS = 60


@dataclass(frozen=True, slots=True)
class EngagementBucket:
    """First opens and first clicks within an hour or a day."""

    at: datetime
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class EngagementTimeline:
    """First opens and clicks over time. hourly: each bucket is an hour, otherwise a local day."""

    buckets: tuple[EngagementBucket, ...]
    hourly: bool


def engagement_timeline(campaign: Campaign, *, zone: ZoneInfo) -> EngagementTimeline | None:
    """Return when contacts first opened and clicked, or None when the query took too long."""
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
    # Include days without activity: leaving them out would distort the time axis.
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
    """Return the id of the content as it was sent, or of the draft's content."""
    if campaign.dispatch_id is not None:
        return int(delivery.get_dispatch(campaign.dispatch_id).content_id)
    return campaign.content_id


def failure_text(campaign: Campaign) -> str:
    """Return why a campaign failed or was paused; "" when nothing is wrong."""
    failure = campaign.failure
    if not failure:
        return ""
    match failure.get("code"):
        case "too_late":
            return _(
                "The campaign was due more than a day ago, while Quen wasn't running."
                " Check that it's still relevant, then retry."
            )
        case "check_failed":
            text = _(
                "The campaign couldn't start because of these issues. Fix them and retry, or duplicate the campaign:"
            )
            return f"{text} {'; '.join(failure.get('messages') or failure.get('errors', ()))}"
        case "provider_refuses":
            text = _(
                "Sending was paused because the provider keeps rejecting messages: “%(text)s”."
                " Check Settings › Channels, then resume."
            )
            return text % {"text": failure.get("text", "")}
    return str(failure.get("text") or failure.get("code") or "")
