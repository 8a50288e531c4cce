"""People erased for good leave every segment, and nothing is told of it."""

from quen.apps.contacts import registry
from quen.apps.segments import services


def register() -> None:
    """Register what is done."""
    registry.on_erase("segments", services.remove_erased_contacts)
