"""People in the palette: found by the beginning of any word, accents ignored."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from quen.apps.contacts import queries
from quen.apps.team import registry
from quen.apps.team.types import Right
from quen.core import phones, text

_MAX_FOUND = 6


def register() -> None:
    """Register the finder."""
    registry.command_palette("contacts", find)


def find(*, member: Any, query: str) -> list[dict[str, str]]:
    """Give the people that fit, latest active first."""
    if not member.can(Right.VIEW_CONTACTS) or not text.search_terms(query):
        return []
    contacts = queries.search(queries.contacts(), query).order_by("-last_activity_at", "-id")[:_MAX_FOUND]
    return [
        {
            "title": str(contact),
            "hint": phones.display(contact.phone) if contact.phone else contact.email or "",
            "icon": "user",
            "href": reverse("contacts:contact", args=[contact.pk]),
        }
        for contact in contacts
    ]
