"""Conditions on segments, registered with the audience app."""

from quen.apps.audience import registry
from quen.apps.segments import queries
from quen.apps.segments.conditions.in_segment import InSegment
from quen.apps.segments.rules.references import MEMBERS


def register() -> None:
    """Register the condition "in a segment", and which conditions segments use."""
    registry.register_readable(MEMBERS)
    registry.register_condition_types([InSegment()])
    registry.register_usage("segments", queries.condition_usage)
