"""What the room does with news of people."""

from quen.rooms.events import registry
from quen.rooms.events.types import Consumer
from quen.rooms.segments import services
from quen.rooms.segments.services.reckoning import CONSUMER


def register() -> None:
    """Register the consumer."""
    registry.consume(Consumer(CONSUMER, services.refresh))
