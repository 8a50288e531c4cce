"""The sandbox adapter: messages stay in the system, to be looked at and played with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from quen.apps.channels import registry, services
from quen.apps.channels.types import Outgoing, SendResult
from quen.core import clock


class SandboxSession:
    """Keeps windows in the workspace's own schema."""

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Keep a window by one statement."""
        return services.store_in_sandbox(batch, channel="email", now=clock.now())

    def close(self) -> None:
        """Nothing is open."""


def _open(settings: Mapping[str, Any], secret: str, *, parallel: int) -> SandboxSession:
    return SandboxSession()


def register() -> None:
    """Plug it in."""
    registry.register_adapter(
        registry.ChannelAdapter(
            key="sandbox", channel="email", label=_("Sandbox"), form=None, open=_open, delivers=False
        )
    )
