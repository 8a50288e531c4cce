"""Signals that campaigns react to."""

from __future__ import annotations

from typing import Any

from quen.apps.delivery.signals import dispatch_changed
from quen.apps.delivery.types import DispatchSource
from quen.core import jobs


def connect() -> None:
    """Connect the receivers."""
    dispatch_changed.connect(follow_dispatch, dispatch_uid="campaigns.follow_dispatch")


def follow_dispatch(dispatch_id: int, source: str, **_signal: Any) -> None:
    """Enqueue the update of a campaign whose dispatch changed state."""
    if source == DispatchSource.CAMPAIGN:
        jobs.enqueue("campaigns.sync_with_dispatch", dispatch_id=dispatch_id)
