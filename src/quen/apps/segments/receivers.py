"""What the segments room listens to."""

from __future__ import annotations

from typing import Any

from quen.apps.team.signals import workspace_changed
from quen.core import jobs


def connect() -> None:
    """Listen."""
    workspace_changed.connect(recount_windows, dispatch_uid="segments.recount_windows")


def recount_windows(fields: list[str], **_signal: Any) -> None:
    """Days begin at another instant: recount what moves with them."""
    if "time_zone" in fields:
        jobs.enqueue("segments.recount_windows", lock="segments.recount_windows")
