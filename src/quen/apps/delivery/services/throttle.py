"""What a worker remembers from shift to shift: the pace that was agreed, and providers that need a rest.

Lost with the process, which costs one early try and nothing else.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from quen.apps.delivery.rules.backoff import cooldown_seconds

#: (schema, "dispatch" or the lane of a connection, id)
RateKey = tuple[str, str, int]
#: (schema, connection)
ConnectionKey = tuple[str, int]


@dataclass
class SendThrottle:
    """Instants are seconds of the monotonic clock."""

    next_send_at: dict[RateKey, float] = field(default_factory=dict)
    failures: dict[ConnectionKey, int] = field(default_factory=dict)
    cooldown_until: dict[ConnectionKey, float] = field(default_factory=dict)
    #: (schema, dispatch) → its last answers
    recent_outcomes: dict[tuple[str, int], deque[bool | None]] = field(default_factory=dict)

    def may_connect(self, connection: ConnectionKey) -> bool:
        """Say whether a provider has had its rest."""
        return time.monotonic() >= self.cooldown_until.get(connection, 0.0)

    def record_failure(self, connection: ConnectionKey) -> int:
        """Let a provider rest, longer each time in a row; give the seconds."""
        self.failures[connection] = self.failures.get(connection, 0) + 1
        pause = cooldown_seconds(self.failures[connection])
        self.cooldown_until[connection] = time.monotonic() + pause
        return pause

    def record_success(self, connection: ConnectionKey) -> None:
        """Forget what was wrong with a provider."""
        self.failures.pop(connection, None)
        self.cooldown_until.pop(connection, None)

    def refund(self, rate_snapshot: dict[RateKey, float | None]) -> None:
        """Undo what was reckoned for messages that did not leave."""
        for key, previous in rate_snapshot.items():
            if previous is None:
                self.next_send_at.pop(key, None)
            else:
                self.next_send_at[key] = previous

    def reset(self) -> None:
        """Start afresh."""
        self.next_send_at.clear()
        self.failures.clear()
        self.cooldown_until.clear()
        self.recent_outcomes.clear()


send_throttle = SendThrottle()
