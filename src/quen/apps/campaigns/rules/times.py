"""Send times: a day and a time in the workspace's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from quen.apps.campaigns.types import SendTimePast, SendTimeSkipped

#: a campaign that could not start within this time fails and waits for a person
MAX_START_DELAY = timedelta(hours=24)
_DISPLAY_FORMAT = "%d/%m/%Y %H:%M"


def to_instant(day: date, clock: time, zone: ZoneInfo, *, now: datetime) -> datetime:
    """Return the instant of a local time. A time that occurs twice (clocks going back) means the first.

    Raises SendTimeSkipped, SendTimePast.
    """
    local = datetime.combine(day, clock.replace(second=0, microsecond=0), tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise SendTimeSkipped(at=local.strftime(_DISPLAY_FORMAT))
    if instant <= now:
        raise SendTimePast(at=local.strftime(_DISPLAY_FORMAT))
    return instant


def zone_label(zone: ZoneInfo, *, now: datetime) -> str:
    """Return a time zone as people call it: "Việt Nam (GMT+7)", "Tokyo (GMT+9)"."""
    place = "Việt Nam" if zone.key == "Asia/Ho_Chi_Minh" else zone.key.rpartition("/")[2].replace("_", " ")
    minutes = int((now.astimezone(zone).utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    sign = "−" if minutes < 0 else "+"
    return f"{place} (GMT{sign}{hours}{f':{rest:02}' if rest else ''})"


def too_late(send_at: datetime, now: datetime) -> bool:
    """Return whether a due campaign is so late that a person has to decide (R-33)."""
    return now - send_at > MAX_START_DELAY
