"""The only module that reads the system clock."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

#: the last day that can be converted to every time zone
_LAST_DAY = date(9999, 12, 30)


def now() -> datetime:
    """Return the current instant, aware, in UTC. Views, tasks and commands call it; services take it as an argument."""
    return datetime.now(UTC)


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    """Return the calendar day of an instant in a workspace's time zone."""
    return instant.astimezone(zone).date()


def day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant of a local day."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which the next local day begins; for the last representable day, the start of that day."""
    return day_start(day + timedelta(days=1) if day < _LAST_DAY else day, zone)
