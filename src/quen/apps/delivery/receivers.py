"""Signals of other apps that delivery receives."""

from __future__ import annotations

from typing import Any

from quen.apps.compliance import signals
from quen.core import jobs


def connect() -> None:
    """Connect the receivers."""
    signals.unsubscribed.connect(_unsubscribed, dispatch_uid="delivery.unsubscribed")


def _unsubscribed(*, unsubscribe_id: int, **_rest: Any) -> None:
    jobs.enqueue("delivery.send_unsubscribe_confirmation", unsubscribe_id=unsubscribe_id)
