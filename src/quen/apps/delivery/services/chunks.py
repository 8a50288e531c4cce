"""Where messages wait: ranges of ids that shrink from the front."""

from __future__ import annotations

from collections.abc import Collection

from quen.apps.delivery.models import Chunk


def wait_in(launch_id: int, message_ids: Collection[int]) -> None:
    """Note that messages of a launch wait in the range these ids span."""
    if message_ids:
        Chunk.objects.create(launch_id=launch_id, first_id=min(message_ids), last_id=max(message_ids))
