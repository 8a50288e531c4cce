"""Contacts in the command palette: found by the beginning of any word, accents ignored."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from quen.apps.contacts import queries
from quen.apps.contacts.types import ContactRight
from quen.core import phones

_MAX_FOUND = 6


def search(*, member: Any, query: str) -> list[dict[str, str]]:
    """Return the contacts that match best."""
    if not member.can(ContactRight.VIEW):
        return []
    contacts = queries.contacts_in_order(queries.best_matches(query, limit=_MAX_FOUND))
    return [
        {
            "title": str(contact),
            "hint": phones.display(contact.phone) if contact.phone else contact.email or "",
            "icon": "user",
            "href": reverse("contacts:contact", args=[contact.pk]),
        }
        for contact in contacts
    ]
