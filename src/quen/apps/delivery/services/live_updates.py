"""Live updates of open pages."""

from __future__ import annotations

from quen.apps.delivery.models import Dispatch
from quen.core import live


def publish(dispatch: Dispatch) -> None:
    """Update pages that show a dispatch or its source.

    Topics: "dispatch/<id>", and "<source>/<source id>" such as "campaign/7" for pages opened before the dispatch
    existed.
    """
    live.publish(f"dispatch/{dispatch.pk}", id=dispatch.pk)
    live.publish(f"{dispatch.source}/{dispatch.source_id}", id=dispatch.source_id)


def publish_all(dispatch_ids: set[int]) -> None:
    """Update the pages of several dispatches."""
    for dispatch in Dispatch.objects.filter(pk__in=dispatch_ids).order_by("pk"):
        publish(dispatch)
