"""The one place that asks what time it is."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

#: the last that can be reckoned with in every zone
_LAST_DAY = date(9999, 12, 30)


def now() -> datetime:
    """Give the present instant, aware, in UTC. Edges call it; services take it as an argument."""
    return datetime.now(UTC)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Give the calendar day of an instant in a workspace's time zone."""
    return instant.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Give the first instant of a local day."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """Give the instant at which the next local day begins; behind the last day there is, that day itself."""
    return day_start(day + timedelta(days=1) if day < _LAST_DAY else day, zone)
