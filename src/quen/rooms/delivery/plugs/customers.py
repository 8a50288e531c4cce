"""What the room tells on a customer's page, and forgets with the customer."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import pgettext_lazy

from quen.core.sql import Relation
from quen.rooms.contacts import registry
from quen.rooms.delivery import services
from quen.rooms.team.access import address
from quen.rooms.team.types import Right


def register() -> None:
    """Register both."""
    registry.person_panel(
        "messages",
        title=pgettext_lazy("to a customer", "Messages"),
        order=10,
        right=Right.VIEW_MESSAGES,
        address=lambda contact_id: address(f"/messages/people/{contact_id}/"),
    )
    registry.before_erasing("delivery", _erase)


def _erase(people: Relation, now: datetime) -> None:
    services.erase_traces(people)
