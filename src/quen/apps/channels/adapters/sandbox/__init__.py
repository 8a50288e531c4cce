"""The sandbox adapter: messages of any channel are stored in the workspace, to be viewed and simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.channels import registry, services
from quen.apps.channels.types import Outgoing, SendResult
from quen.core import clock


@dataclass(frozen=True, slots=True)
class SandboxSession:
    """Stores batches in the workspace's own schema."""

    channel: str

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Store a batch with one statement."""
        return services.store_in_sandbox(batch, channel=self.channel, now=clock.now())

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


def _open(channel: str, settings: Mapping[str, Any], secret: str, *, parallel: int) -> SandboxSession:
    return SandboxSession(channel)
