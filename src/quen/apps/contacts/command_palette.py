"""Contacts in the command palette: found by the beginning of any word, accents ignored."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from quen.apps.contacts import queries
from quen.apps.contacts.types import ContactRight
from quen.core import phones, text

_MAX_FOUND = 6


def search(*, member: Any, query: str) -> list[dict[str, str]]:
    """Return the matching contacts, most recently active first."""
    if not member.can(ContactRight.VIEW) or not text.search_terms(query):
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
