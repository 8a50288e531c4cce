"""What the segments room listens to."""

from __future__ import annotations

from typing import Any

from quen.apps.team.signals import workspace_changed
from quen.core import jobs


def connect() -> None:
    """Listen."""
    workspace_changed.connect(recompute_all_windowed, dispatch_uid="segments.recompute_all_windowed")


def recompute_all_windowed(fields: list[str], **_signal: Any) -> None:
    """Days begin at another instant: recount what moves with them."""
    if "time_zone" in fields:
        jobs.enqueue("segments.recompute_all_windowed", lock="segments.recompute_all_windowed")
