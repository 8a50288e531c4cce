"""Signals that segments react to."""

from __future__ import annotations

from typing import Any

from quen.apps.team.signals import workspace_changed
from quen.core import jobs


def connect() -> None:
    """Connect the receivers."""
    workspace_changed.connect(recompute_all_windowed, dispatch_uid="segments.recompute_all_windowed")


def recompute_all_windowed(fields: list[str], **_signal: Any) -> None:
    """Enqueue the recomputation of segments with time windows when the time zone changes."""
    if "time_zone" in fields:
        jobs.enqueue("segments.recompute_all_windowed", lock="segments.recompute_all_windowed")
