"""What the room tells on a customer's page, and forgets with the customer."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import pgettext_lazy

from quen.apps.contacts import registry
from quen.apps.delivery import services
from quen.apps.team.access import workspace_path
from quen.apps.team.types import Right
from quen.core.sql import Relation


def register() -> None:
    """Register both."""
    registry.register_contact_panel(
        "messages",
        title=pgettext_lazy("to a customer", "Messages"),
        order=10,
        right=Right.VIEW_MESSAGES,
        url=lambda contact_id: workspace_path(f"/messages/contacts/{contact_id}/"),
    )
    registry.on_erase("delivery", _erase)


def _erase(contacts: Relation, now: datetime) -> None:
    services.anonymize_messages(contacts)
