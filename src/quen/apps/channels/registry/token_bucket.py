"""Not faster than agreed."""

from __future__ import annotations


class TokenBucket:
    """A token bucket: so many messages a second on average, at most one second's worth at once.

    The clock comes in as seconds of any monotonic clock; who asks also waits.
    """

    def __init__(self, per_second: float | None, *, now: float) -> None:
        self._per_second = per_second or 0.0
        self._tokens = max(1.0, self._per_second)
        self._updated_at = now

    def take(self, wanted: int, *, now: float) -> tuple[int, float]:
        """Give how many of ``wanted`` may go now, and the seconds to wait when none may."""
        if not self._per_second:
            return wanted, 0.0
        capacity = max(1.0, self._per_second)
        self._tokens = min(capacity, self._tokens + max(0.0, now - self._updated_at) * self._per_second)
        self._updated_at = now
        granted = min(wanted, int(self._tokens + 1e-9))
        self._tokens -= granted
        return granted, 0.0 if granted else (1.0 - self._tokens) / self._per_second
