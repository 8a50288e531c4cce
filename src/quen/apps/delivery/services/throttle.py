"""Cool-downs of connections and latest results, kept in the worker process between runs.

They are lost with the process, which costs one early attempt and nothing else. The pace is channels' (services.pacing).
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from quen.apps.delivery.rules.backoff import cooldown_seconds

#: (schema, connection id)
ConnectionKey = tuple[str, int]


@dataclass
class SendThrottle:
    """Cool-downs and latest results. Instants are seconds of the monotonic clock."""

    failures: dict[ConnectionKey, int] = field(default_factory=dict)
    cooldown_until: dict[ConnectionKey, float] = field(default_factory=dict)
    #: (schema, dispatch id) → latest results, see circuit_breaker
    recent_outcomes: dict[tuple[str, int], deque[bool | None]] = field(default_factory=dict)
    #: how many messages a slow server gets at a time; others get a whole batch
    batch_sizes: dict[ConnectionKey, int] = field(default_factory=dict)

    def cooldown_left(self, connection: ConnectionKey) -> float:
        """Return the seconds until a connection may be tried again, 0 for now."""
        return max(0.0, self.cooldown_until.get(connection, 0.0) - time.monotonic())

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

    def learn_batch_size(self, connection: ConnectionKey, smaller: int | None, *, whole: int) -> None:
        """A server that does not finish a batch in time gets a smaller one, until it is quick again.

        smaller: None when it was in time.
        """
        sizes = self.batch_sizes
        if smaller is not None:
            sizes[connection] = smaller
        elif connection in sizes:
            sizes[connection] *= 2
            if sizes[connection] >= whole:
                del sizes[connection]

    def reset(self) -> None:
        """Clear everything."""
        self.batch_sizes.clear()
        self.failures.clear()
        self.cooldown_until.clear()
        self.recent_outcomes.clear()


send_throttle = SendThrottle()
