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
    return [_summary(found[number]) for number in ids if number in found]


def search(query: str) -> list[ContactSummary]:
    """Return the contacts that match a search text best."""
    return summaries(queries.best_matches(query, limit=_MAX_FOUND))


def _named() -> ContactQuerySet:
    return Contact.all_objects.alive().only("full_name", "phone", "email")


def _summary(contact: Contact) -> ContactSummary:
    hint = display(contact.phone) if contact.phone else contact.email or ""
    url = reverse("contacts:contact", urlconf=settings.WORKSPACE_URLCONF, args=[contact.pk])
    return ContactSummary(contact.pk, str(contact), hint, url)


POPULATION = Population(
    source="contacts_contact contact",
    active_only="contact.deleted_at IS NULL",
    summaries=summaries,
    search=search,
)
