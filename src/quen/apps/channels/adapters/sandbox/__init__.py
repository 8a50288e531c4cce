"""The sandbox adapter: messages are stored in the workspace, to be viewed and simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.channels import registry, services
from quen.apps.channels.types import Outgoing, SendResult
from quen.core import clock


class SandboxSession:
    """Stores batches in the workspace's own schema."""

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Store a batch with one statement."""
        return services.store_in_sandbox(batch, channel="email", now=clock.now())

    def close(self) -> None:
        """Do nothing: no connection is open."""


def _open(settings: Mapping[str, Any], secret: str, *, parallel: int) -> SandboxSession:
    return SandboxSession()


def register() -> None:
    """Register the adapter."""
    registry.register_adapter(
        registry.ChannelAdapter(
            key="sandbox", channel="email", label=_("Sandbox"), form=None, open=_open, delivers=False
        )
    )
