"""Contacts in the command palette: the best matches, each with what matched."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from quen.apps.contacts import queries
from quen.apps.contacts.conditions.population import hint_of
from quen.apps.contacts.types import ContactRight

_MAX_FOUND = 6


def search(*, member: Any, query: str) -> list[dict[str, str]]:
    """Return the contacts that match best."""
    if not member.can(ContactRight.VIEW):
        return []
    found = queries.found_contacts(query, limit=_MAX_FOUND)
    return [
        {
            "title": str(contact),
            "hint": hint_of(contact, match),
            "icon": "user",
            "href": reverse("contacts:contact", args=[contact.pk]),
        }
        for contact, match in found
    ]
