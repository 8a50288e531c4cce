"""What the room does with news of people."""

from quen.apps.events import registry
from quen.apps.events.types import Consumer
from quen.apps.segments import services
from quen.apps.segments.services.membership import CONSUMER


def register() -> None:
    """Register the consumer."""
    registry.register_consumer(Consumer(CONSUMER, services.refresh))
