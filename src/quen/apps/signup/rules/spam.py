"""Signs of spam. Each counts one, and none is enough: pages are cached for days, and scripts are blocked (trap 17)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from quen.apps.signup.types import SpamSign

#: so many signs hold a submission back
HOLD_AT = 2
#: nobody fills in a form faster
FAST = timedelta(seconds=3)
#: a time older than this says no more than none
OLD = timedelta(hours=12)
#: what is sent again within this time, word for word, is the same
REPEAT = timedelta(minutes=10)


def time_sign(touched_at: datetime | None, *, now: datetime) -> SpamSign | None:
    """Return what the time of the first touch says. None: nothing against it."""
    if touched_at is None or touched_at > now or now - touched_at > OLD:
        return SpamSign.NO_TIME
    return SpamSign.TOO_FAST if now - touched_at < FAST else None


def is_held(signs: Collection[str]) -> bool:
    """Return whether a submission waits for somebody to look at it."""
    return len(set(signs)) >= HOLD_AT
