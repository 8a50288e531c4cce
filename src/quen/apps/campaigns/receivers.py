"""Facts the campaigns room listens to."""

from __future__ import annotations

from typing import Any

from quen.apps.delivery.signals import dispatch_changed
from quen.apps.delivery.types import DispatchSource
from quen.core import jobs


def connect() -> None:
    """Listen."""
    dispatch_changed.connect(follow_dispatch, dispatch_uid="campaigns.follow_dispatch")


def follow_dispatch(dispatch_id: int, source: str, **_signal: Any) -> None:
    """A launch of ours moved: the campaign follows."""
    if source == DispatchSource.CAMPAIGN:
        jobs.enqueue("campaigns.sync_with_dispatch", dispatch_id=dispatch_id)
