"""When deferred messages and failing connections are retried."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: after each try; greylisting needs minutes, a full mailbox a night. Six tries within a day
_RETRY_DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 240, 1140))


def retry_delay(tries: int) -> timedelta | None:
    """Return the delay after a number of tries; None when no further try is made."""
    return _RETRY_DELAYS[tries - 1] if tries <= len(_RETRY_DELAYS) else None


def cooldown_seconds(failures: int) -> int:
    """Return the pause of a connection after consecutive failures, in seconds: 5, 10, 20, 40, 60."""
    return int(min(60, 5 * 2 ** min(failures - 1, 10)))
