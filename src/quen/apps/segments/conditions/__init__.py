"""Conditions on segments, registered with the audience app."""

from quen.apps.audience import registry
from quen.apps.segments.conditions.in_segment import InSegment


def register() -> None:
    """Register the condition "in a segment"."""
    registry.register_readable("segment.members")
    registry.register_condition_types([InSegment()])
