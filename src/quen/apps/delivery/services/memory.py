"""What a worker remembers from shift to shift: the pace that was agreed, and providers that need a rest.

Lost with the process, which costs one early try and nothing else.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

from quen.apps.delivery.rules.backoff import pause_after

#: (schema, "launch" or the lane of a connection, id)
Meter = tuple[str, str, int]
#: (schema, connection)
Provider = tuple[str, int]


@dataclass
class Memory:
    """Instants are seconds of the monotonic clock."""

    next_at: dict[Meter, float] = field(default_factory=dict)
    failures: dict[Provider, int] = field(default_factory=dict)
    resting: dict[Provider, float] = field(default_factory=dict)
    #: (schema, launch) → its last answers
    answers: dict[tuple[str, int], deque[bool | None]] = field(default_factory=dict)

    def may_try(self, provider: Provider) -> bool:
        """Say whether a provider has had its rest."""
        return time.monotonic() >= self.resting.get(provider, 0.0)

    def failed(self, provider: Provider) -> int:
        """Let a provider rest, longer each time in a row; give the seconds."""
        self.failures[provider] = self.failures.get(provider, 0) + 1
        pause = pause_after(self.failures[provider])
        self.resting[provider] = time.monotonic() + pause
        return pause

    def worked(self, provider: Provider) -> None:
        """Forget what was wrong with a provider."""
        self.failures.pop(provider, None)
        self.resting.pop(provider, None)

    def put_back(self, meters: dict[Meter, float | None]) -> None:
        """Undo what was reckoned for messages that did not leave."""
        for meter, before in meters.items():
            if before is None:
                self.next_at.pop(meter, None)
            else:
                self.next_at[meter] = before

    def forget(self) -> None:
        """Start afresh."""
        self.next_at.clear()
        self.failures.clear()
        self.resting.clear()
        self.answers.clear()


memory = Memory()
