"""What open pages hear of a launch."""

from __future__ import annotations

from quen.apps.delivery.models import Launch
from quen.core import live


def show(launch: Launch) -> None:
    """Tell pages that show a launch, or what it came from, that its numbers moved.

    Topics: "launch/<id>", and "<source>/<source id>" ("campaign/7") for pages that stand open since before the launch.
    """
    live.announce(f"launch/{launch.pk}", id=launch.pk)
    live.announce(f"{launch.source}/{launch.source_id}", id=launch.source_id)


def show_all(launch_ids: set[int]) -> None:
    """Tell the same of several."""
    for launch in Launch.objects.filter(pk__in=launch_ids).order_by("pk"):
        show(launch)
