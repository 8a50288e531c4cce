"""When a message that was not taken is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: after each try in turn; greylisting wants minutes, a full mailbox a night. Six tries within a day
_RETRY_DELAYS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 240, 1140))


def retry_delay(tries: int) -> timedelta | None:
    """Give how long to wait after so many tries; None when it is enough."""
    return _RETRY_DELAYS[tries - 1] if tries <= len(_RETRY_DELAYS) else None


def cooldown_seconds(failures: int) -> int:
    """Give how many seconds to leave a provider alone after so many failures in a row: 5, 10, 20, 40, 60."""
    return int(min(60, 5 * 2 ** min(failures - 1, 10)))
