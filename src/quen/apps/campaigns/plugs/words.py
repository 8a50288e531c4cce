"""What a campaign's words are sent for: previews show its class and its own reminder."""

from quen.apps.campaigns import queries
from quen.apps.content import registry
from quen.apps.content.types import Occasion


def register() -> None:
    """Register it."""
    registry.plug_occasion(occasion)


def occasion(content_id: int) -> Occasion | None:
    """Give it, if a campaign says these words."""
    found = queries.saying(content_id)
    return None if found is None else Occasion(found.message_class, found.reminders)
