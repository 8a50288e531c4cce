"""Report data beyond the counts that delivery keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.db import OperationalError
from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils.translation import gettext as _

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.queries.lookup import campaigns
from quen.apps.campaigns.rules import rates
from quen.apps.campaigns.types import CampaignState
from quen.apps.delivery import queries as delivery
from quen.core import job_outcomes, sql

if TYPE_CHECKING:
    from quen.apps.delivery.models import Dispatch
    from quen.apps.delivery.types import DispatchCounts

#: with more messages, what no counter counts is not counted whenever a report is shown
COUNTED_MESSAGES = 100_000
#: with fewer messages that arrived, a difference says nothing
MIN_COMPARED = 30
#: after this, hardly anybody opens a message any more, and campaigns of different age can be compared
_SETTLED = timedelta(days=3)
_TIMEOUT_MS = 4_000
_QUERY_CANCELED = "57014"
#: up to this length the timeline has hourly buckets
_MAX_HOURS = 48
_MAX_DAYS = 60
#: a chart of hours has no fewer
_MIN_HOURS = 24


@dataclass(frozen=True, slots=True)
class EngagementBucket:
    """First opens and first clicks within an hour or a day."""

    at: datetime
    opened: int
    clicked: int


@dataclass(frozen=True, slots=True)
class EngagementTimeline:
    """First opens and clicks over time. hourly: each bucket is an hour, otherwise a local day.

    opened_by_hour: first opens by hour of the local day, 24 numbers.
    """

    buckets: tuple[EngagementBucket, ...]
    hourly: bool
    opened_by_hour: tuple[int, ...] = (0,) * 24


@dataclass(frozen=True, slots=True)
class ListSizes:
    """The sizes of lists that no counter counts; None for those that are not counted."""

    not_opened: int | None
    opened_by_bot_only: int | None
    not_clicked: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Opens compared with the campaign sent before on the same channel.

    other: None if there is none.  points: percentage points more than it had, None if one of them is too small.
    same_age: both are counted at the same time after sending.
    """

    other: Campaign | None
    points: int | None = None
    other_percent: float | None = None
    same_age: bool = False


def list_sizes(dispatch: Dispatch) -> ListSizes | None:
    """Return the sizes of a report's lists, None for a dispatch with too many messages."""
    if dispatch.recipient_count > COUNTED_MESSAGES:
        return None
    return ListSizes(**delivery.list_sizes(dispatch.pk, ("not_opened", "opened_by_bot_only", "not_clicked")))


def compare_opens(campaign: Campaign, counts: DispatchCounts, *, now: datetime) -> Comparison | None:
    """Compare a campaign with the one before. None if its opens are not tracked, or it has not started."""
    started = campaign.started_at
    if not campaign.track_opens or started is None:
        return None
    earlier = campaigns().filter(
        channel=campaign.channel,
        state=CampaignState.SENT,
        track_opens=True,
        dispatch_id__isnull=False,
        started_at__lt=started,
    )
    other = earlier.order_by("-started_at", "-pk").first()
    if other is None or other.started_at is None or other.dispatch_id is None:
        return Comparison(None)
    other_counts = delivery.counts(other.dispatch_id)
    opened, same_age = other_counts.opened, False
    age = now - started
    if age < _SETTLED:
        if other_counts.audience > COUNTED_MESSAGES:
            return Comparison(other)
        opened, same_age = delivery.opened_until(other.dispatch_id, other.started_at + age), True
    mine, theirs = rates.arrived(counts), rates.arrived(other_counts)
    if min(mine, theirs) < MIN_COMPARED:
        return Comparison(other)
    other_percent = opened * 100 / theirs
    points = round((rates.open_percent(counts) or 0) - other_percent)
    return Comparison(other, points, other_percent, same_age)


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
    by_hour = _by_hour_of_day(hours["opened"], zone)
    if last - first < timedelta(hours=_MAX_HOURS):
        length = max(_MIN_HOURS, int((last - first) / timedelta(hours=1)) + 1)
        steps = [first + timedelta(hours=n) for n in range(length)]
        return EngagementTimeline(_buckets(steps, hours), hourly=True, opened_by_hour=by_hour)
    days = {name: _counts_by_day(counts, zone) for name, counts in hours.items()}
    local = sorted({*days["opened"], *days["clicked"]})
    length = min((local[-1].date() - local[0].date()).days + 1, _MAX_DAYS)
    # Include days without activity: leaving them out would distort the time axis.
    midnights = [local[0].replace(tzinfo=None) + timedelta(days=n) for n in range(length)]
    buckets = _buckets([day.replace(tzinfo=zone) for day in midnights], days)
    return EngagementTimeline(buckets, hourly=False, opened_by_hour=by_hour)


def _by_hour_of_day(hours: Mapping[datetime, int], zone: ZoneInfo) -> tuple[int, ...]:
    found = [0] * 24
    for hour, count in hours.items():
        found[hour.astimezone(zone).hour] += count
    return tuple(found)


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
                " Check Settings › Sending channels, then resume."
            )
            return text % {"text": failure.get("text", "")}
        case job_outcomes.UNEXPECTED:
            return job_outcomes.unexpected_text(failure.get("reference", ""))
    return str(failure.get("text") or failure.get("code") or "")
