"""What the room tells on a customer's page, and forgets with the customer."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import pgettext_lazy

from quen.apps.contacts import registry
from quen.apps.delivery import services
from quen.apps.team.access import address
from quen.apps.team.types import Right
from quen.core.sql import Relation


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
