"""Facts the delivery room listens to."""

from __future__ import annotations

from typing import Any

from quen.apps.compliance import signals
from quen.core import jobs


def connect() -> None:
    """Listen."""
    signals.refused.connect(_refused, dispatch_uid="delivery.refused")


def _refused(*, refusal_id: int, **_rest: Any) -> None:
    jobs.enqueue("delivery.confirm_refusal", refusal_id=refusal_id)
