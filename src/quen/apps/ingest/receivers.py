"""Signal receivers of the ingest app."""

from __future__ import annotations

from typing import Any

from quen.apps.accounts.signals import workspace_resumed
from quen.apps.ingest import services


def connect() -> None:
    """Connect the receivers."""
    workspace_resumed.connect(process_stored, dispatch_uid="ingest.process_stored")


def process_stored(workspace_id: int, **_signal: Any) -> None:
    """Enqueue the processing of what was stored during a pause."""
    services.enqueue_processing({workspace_id})
