"""The sandbox adapter: messages of any channel are stored in the workspace, to be viewed and simulated."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.channels import registry, services
from quen.apps.channels.types import Outgoing, Pacer, SendOutcome, SendResult
from quen.core import clock


@dataclass(frozen=True, slots=True)
class SandboxSession:
    """Stores batches in the workspace's own schema."""

    channel: str
    pacer: Pacer | None = None

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Store a batch with one statement, or message by message at the pace of the pacer."""
        if self.pacer is None or not self.pacer.is_limited:
            return services.store_in_sandbox(batch, channel=self.channel, now=clock.now())
        return [self._send_paced(message, self.pacer) for message in batch]

    def _send_paced(self, message: Outgoing, pacer: Pacer) -> SendResult:
        while seconds := pacer.acquire(message.key):
            if pacer.is_over:
                return SendResult(message.key, SendOutcome.NOT_SENT)
            with pacer.waiting():
                time.sleep(seconds)
        (result,) = services.store_in_sandbox([message], channel=self.channel, now=clock.now())
        pacer.release(message.key, accepted=True)
        return result

    def close(self) -> None:
        """Do nothing: no connection is open."""


def sandbox_adapter(channel: str) -> registry.Adapter:
    """Return the sandbox of a channel."""
    return registry.Adapter(
        key="sandbox",
        channel=channel,
        label=_("Sandbox"),
        form=None,
        open=partial(_open, channel),
        delivers=False,
    )


def _open(
    channel: str, settings: Mapping[str, Any], secret: str, *, parallel: int, pacer: Pacer | None = None
) -> SandboxSession:
    return SandboxSession(channel, pacer)
