"""The population of the audience language: every contact that is not deleted."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from quen.apps.audience.types import ContactSummary, Population
from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, ContactQuerySet
from quen.core.phones import display

_MAX_FOUND = 8


def summaries(ids: Sequence[int]) -> list[ContactSummary]:
    """Return summaries of contacts, in the order of their ids."""
    found = {contact.pk: contact for contact in _named().filter(pk__in=ids)}
    return [_summary(found[number], hint_of(found[number])) for number in ids if number in found]


def search(query: str) -> list[ContactSummary]:
    """Return the contacts that match a search text best, each with what matched."""
    found = queries.found_contacts(query, limit=_MAX_FOUND)
    return [_summary(contact, hint_of(contact, match)) for contact, match in found]


def hint_of(contact: Contact, match: queries.Match | None = None) -> str:
    """Return what tells a contact from others of its name: what a search matched, else the phone or email."""
    if match is not None and match.notes:
        return str(match.notes[0])
    return display(contact.phone) if contact.phone else contact.email or ""


def _named() -> ContactQuerySet:
    return Contact.all_objects.alive().only("full_name", "phone", "email")


def _summary(contact: Contact, hint: str) -> ContactSummary:
    url = reverse("contacts:contact", urlconf=settings.WORKSPACE_URLCONF, args=[contact.pk])
    return ContactSummary(contact.pk, str(contact), hint, url)


POPULATION = Population(
    source="contacts_contact contact",
    active_only="contact.deleted_at IS NULL",
    summaries=summaries,
    search=search,
)
