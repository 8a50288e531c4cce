"""When a message that was not taken is tried again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

#: after each try in turn; greylisting wants minutes, a full mailbox a night. Six tries within a day
_WAITS: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 240, 1140))


def wait_after(tries: int) -> timedelta | None:
    """Give how long to wait after so many tries; None when it is enough."""
    return _WAITS[tries - 1] if tries <= len(_WAITS) else None


def pause_after(failures: int) -> int:
    """Give how many seconds to leave a provider alone after so many failures in a row: 5, 10, 20, 40, 60."""
    return int(min(60, 5 * 2 ** min(failures - 1, 10)))
