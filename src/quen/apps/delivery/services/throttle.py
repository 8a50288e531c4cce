"""Rate limits and cool-downs, kept in the worker process between runs.

They are lost with the process, which costs one early attempt and nothing else.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from quen.apps.delivery.rules.backoff import cooldown_seconds

#: (schema, "dispatch" or "connection:<priority>", id)
RateKey = tuple[str, str, int]
#: (schema, connection id)
ConnectionKey = tuple[str, int]


@dataclass
class SendThrottle:
    """Rate limits and cool-downs. Instants are seconds of the monotonic clock."""

    next_send_at: dict[RateKey, float] = field(default_factory=dict)
    failures: dict[ConnectionKey, int] = field(default_factory=dict)
    cooldown_until: dict[ConnectionKey, float] = field(default_factory=dict)
    #: (schema, dispatch id) → latest results, see circuit_breaker
    recent_outcomes: dict[tuple[str, int], deque[bool | None]] = field(default_factory=dict)

    def may_connect(self, connection: ConnectionKey) -> bool:
        """Return whether the cool-down of a connection is over."""
        return time.monotonic() >= self.cooldown_until.get(connection, 0.0)

    def record_failure(self, connection: ConnectionKey) -> int:
        """Start a cool-down, longer with each consecutive failure, and return its seconds."""
        self.failures[connection] = self.failures.get(connection, 0) + 1
        pause = cooldown_seconds(self.failures[connection])
        self.cooldown_until[connection] = time.monotonic() + pause
        return pause

    def record_success(self, connection: ConnectionKey) -> None:
        """Clear the failures and the cool-down of a connection."""
        self.failures.pop(connection, None)
        self.cooldown_until.pop(connection, None)

    def refund(self, rate_snapshot: dict[RateKey, float | None]) -> None:
        """Undo the rate reservation of messages that were not sent."""
        for key, previous in rate_snapshot.items():
            if previous is None:
                self.next_send_at.pop(key, None)
            else:
                self.next_send_at[key] = previous

    def reset(self) -> None:
        """Clear everything."""
        self.next_send_at.clear()
        self.failures.clear()
        self.cooldown_until.clear()
        self.recent_outcomes.clear()


send_throttle = SendThrottle()
