"""What the room does when a workspace came back from a backup."""

from quen.apps.campaigns import services
from quen.apps.team import registry


def register() -> None:
    """Register it."""
    registry.on_restore("campaigns", services.reset_after_restore)
