"""Signal receivers of the contacts app."""

from __future__ import annotations

from typing import Any

from quen.apps.team.signals import workspace_changed
from quen.core import jobs


def connect() -> None:
    """Connect the receivers."""
    workspace_changed.connect(enqueue_completeness_check, dispatch_uid="contacts.enqueue_completeness_check")


def enqueue_completeness_check(fields: list[str], **_signal: Any) -> None:
    """Enqueue a check of all contacts when the workspace requires other fields."""
    if "required_fields" in fields:
        jobs.enqueue("contacts.recheck_completeness", lock="contacts.recheck_completeness")
