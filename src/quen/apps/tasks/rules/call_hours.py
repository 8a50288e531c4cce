"""When an advertising call may be made: the hours of the day, and one call to a number in 24 hours.

Decree 91/2020/ND-CP: calls from 8:00 to 17:00 (Art. 13.6), at most one within 24 hours (Art. 13.5). The hours are those
of Việt Nam, wherever the shop is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from quen.core.clock import VIETNAM

LEGAL_FROM: Final = time(8)
LEGAL_UNTIL: Final = time(17)
BETWEEN_CALLS: Final = timedelta(hours=24)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CallHours:
    """The hours of advertising calls: from ``since`` on, before ``until``."""

    since: time = LEGAL_FROM
    until: time = LEGAL_UNTIL

    @property
    def is_legal(self) -> bool:
        """Return whether these are hours at all, and within those of the law."""
        return LEGAL_FROM <= self.since < self.until <= LEGAL_UNTIL

    def include(self, at: datetime) -> bool:
        """Return whether a call may be made at an instant."""
        return self.since <= at.astimezone(VIETNAM).time() < self.until

    def next_from(self, at: datetime) -> datetime:
        """Return the first instant within the hours that is not before ``at``."""
        if self.include(at):
            return at
        local = at.astimezone(VIETNAM)
        opening = local.replace(hour=self.since.hour, minute=self.since.minute, second=0, microsecond=0)
        return opening if local < opening else opening + _DAY


def collides(at: datetime, calls: Iterable[datetime]) -> datetime | None:
    """Return the call, made or planned, that leaves no 24 hours before or after an instant; the nearest one."""
    near = [call for call in calls if abs(call - at) < BETWEEN_CALLS]
    return min(near, key=lambda call: abs(call - at), default=None)


def next_permitted(at: datetime, *, hours: CallHours, calls: Iterable[datetime]) -> datetime:
    """Return the first instant from ``at`` on that is within the hours and 24 hours away from every call."""
    calls = sorted(calls)
    found = hours.next_from(at)
    while (call := collides(found, calls)) is not None:
        found = hours.next_from(call + BETWEEN_CALLS)
    return found
