"""Load the segment a view works on, or answer 404."""

from __future__ import annotations

from quen.apps.segments import queries
from quen.apps.segments.models import Segment


def segment_for(segment_id: int) -> Segment:
    """Return a segment, archived or not. Raises NotFound."""
    return queries.get_segment(segment_id)
