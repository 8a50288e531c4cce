"""The charts of campaigns as data."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from quen.apps.campaigns import queries
from quen.ui.charts import Chart, ChartKind, Colour, Series
from quen.ui.tags import filters


def engagement_chart(timeline: queries.EngagementTimeline, *, zone: ZoneInfo) -> Chart:
    """Return first opens and clicks, by hour or by local day."""
    instants = [bucket.at.astimezone(zone) for bucket in timeline.buckets]
    return Chart(
        ChartKind.BARS,
        _("Opens and clicks by hour") if timeline.hourly else _("Opens and clicks by day"),
        _("Time"),
        [f"{at:%H:%M} {filters.day(at)}" if timeline.hourly else filters.day(at) for at in instants],
        [
            Series(_("Opened"), [bucket.opened for bucket in timeline.buckets], Colour.MARK),
            Series(_("Clicked"), [bucket.clicked for bucket in timeline.buckets], Colour.REST),
        ],
        _("No opens or clicks yet."),
    )


def opens_by_hour_chart(timeline: queries.EngagementTimeline) -> Chart | None:
    """Return first opens by hour of the day, None without any."""
    opened = timeline.opened_by_hour
    if not any(opened):
        return None
    return Chart(
        ChartKind.BARS,
        _("When people open, by hour of the day"),
        _("Hour"),
        [f"{hour:02}:00" for hour in range(24)],
        [Series(_("Opened"), list(opened), Colour.MARK)],
        _("No opens or clicks yet."),
    )
