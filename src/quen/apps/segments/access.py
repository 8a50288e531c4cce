"""Reaching the rows of a segment's pages: load it or 404."""

from __future__ import annotations

from quen.apps.segments import queries
from quen.apps.segments.models import Segment


def segment_for(segment_id: int) -> Segment:
    """Give a segment, archived or not. Raises NotFound."""
    return queries.get_segment(segment_id)
