"""What the room does when a workspace came back from a backup."""

from __future__ import annotations

from datetime import datetime

from quen.apps.delivery import services
from quen.apps.team import registry


def register() -> None:
    """Register it."""
    registry.on_restored("delivery", _calm)


def _calm(*, now: datetime) -> None:
    services.calm(now=now)
