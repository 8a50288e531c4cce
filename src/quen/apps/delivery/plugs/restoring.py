"""What the room does when a workspace came back from a backup."""

from __future__ import annotations

from datetime import datetime

from quen.apps.delivery import services
from quen.apps.team import registry


def register() -> None:
    """Register it."""
    registry.on_restore("delivery", _pause_after_restore)


def _pause_after_restore(*, now: datetime) -> None:
    services.pause_after_restore(now=now)
