"""Send times: a day and a clock time in the workspace's zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from quen.rooms.campaigns.types import SendTimePast, SendTimeSkipped

#: a campaign that could not start in this time is left for a person to decide
LATEST_START = timedelta(hours=24)
_SHOWN = "%d/%m/%Y %H:%M"


def instant_of(day: date, clock: time, zone: ZoneInfo, *, now: datetime) -> datetime:
    """Give the instant of a local time; of one that comes twice, the first. Raises SendTimeSkipped, SendTimePast."""
    local = datetime.combine(day, clock.replace(second=0, microsecond=0), tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise SendTimeSkipped(at=local.strftime(_SHOWN))
    if instant <= now:
        raise SendTimePast(at=local.strftime(_SHOWN))
    return instant


def too_late(send_at: datetime, now: datetime) -> bool:
    """Say whether a due campaign has waited so long that a person should decide (R-33)."""
    return now - send_at > LATEST_START
