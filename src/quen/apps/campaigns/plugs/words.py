"""What a campaign's words are sent for: previews show its class and its own reminder."""

from quen.apps.campaigns import queries
from quen.apps.content import registry
from quen.apps.content.types import ContentPurpose


def register() -> None:
    """Register it."""
    registry.register_purpose(occasion)


def occasion(content_id: int) -> ContentPurpose | None:
    """Give it, if a campaign says these words."""
    found = queries.find_by_content(content_id)
    return None if found is None else ContentPurpose(found.message_class, found.permission_reminders)
