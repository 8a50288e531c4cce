"""How often one caller may act, kept in this process: enough against a loop or a guesser."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock


class RateLimiter:
    """At most ``times`` within ``seconds`` for each key; remembers the latest ``keys`` of them."""

    def __init__(self, *, limit: int, seconds: int, max_keys: int = 10_000) -> None:
        self._limit, self._window, self._max_keys = limit, timedelta(seconds=seconds), max_keys
        self._seen: OrderedDict[str, tuple[datetime, int]] = OrderedDict()
        self._lock = Lock()

    def allows(self, key: str, *, now: datetime) -> bool:
        """Count one more and say whether it is still within the limit."""
        with self._lock:
            since, count = self._seen.pop(key, (now, 0))
            if now - since >= self._window:
                since, count = now, 0
            self._seen[key] = (since, count + 1)
            if len(self._seen) > self._max_keys:
                self._seen.popitem(last=False)
            return count < self._limit
