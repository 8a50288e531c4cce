"""Segments that name a segment use it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from quen.apps.segments import queries, registry
from quen.apps.segments.types import SegmentUse


def register() -> None:
    """Register them."""
    registry.register_uses(find)


def find(segment_id: int) -> list[SegmentUse]:
    """Give the segments in use whose conditions name a segment."""
    return [
        SegmentUse(_("segment"), segment.name, f"/segments/{segment.pk}/")
        for segment in queries.segments_naming(segment_id)
    ]
