"""Facts the campaigns room listens to."""

from __future__ import annotations

from typing import Any

from quen.apps.delivery.signals import launch_changed
from quen.apps.delivery.types import Source
from quen.core import jobs


def connect() -> None:
    """Listen."""
    launch_changed.connect(follow, dispatch_uid="campaigns.follow")


def follow(launch_id: int, source: str, **_signal: Any) -> None:
    """A launch of ours moved: the campaign follows."""
    if source == Source.CAMPAIGN:
        jobs.enqueue("campaigns.settle", launch_id=launch_id)
