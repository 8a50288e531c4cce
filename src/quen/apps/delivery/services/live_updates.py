"""What open pages hear of a dispatch."""

from __future__ import annotations

from quen.apps.delivery.models import Dispatch
from quen.core import live


def publish(dispatch: Dispatch) -> None:
    """Tell pages that show a dispatch, or what it came from, that its numbers moved.

    Topics: "dispatch/<id>", and "<source>/<source id>" ("campaign/7") for pages open since before the dispatch.
    """
    live.publish(f"dispatch/{dispatch.pk}", id=dispatch.pk)
    live.publish(f"{dispatch.source}/{dispatch.source_id}", id=dispatch.source_id)


def publish_all(dispatch_ids: set[int]) -> None:
    """Tell the same of several."""
    for dispatch in Dispatch.objects.filter(pk__in=dispatch_ids).order_by("pk"):
        publish(dispatch)
