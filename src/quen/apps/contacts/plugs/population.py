"""Whom the audience language can mean: every person who is not deleted."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse

from quen.apps.audience.types import Person, Population
from quen.apps.contacts.models import Contact, ContactQuerySet
from quen.core.phones import display
from quen.core.text import search_terms

_FOUND_AT_MOST = 8


def people(ids: Sequence[int]) -> list[Person]:
    """Name people, in the order of their ids."""
    found = {contact.pk: contact for contact in _named().filter(pk__in=ids)}
    return [_person(found[number]) for number in ids if number in found]


def search(words: str) -> list[Person]:
    """Find people by the beginnings of words, most recently active first."""
    contacts = _named()
    terms = search_terms(words)
    if not terms:
        return []
    for term in terms:
        contacts = contacts.filter(search__contains=f" {term}")
    return [_person(contact) for contact in contacts.order_by("-last_activity_at", "-id")[:_FOUND_AT_MOST]]


def _named() -> ContactQuerySet:
    return Contact.everyone.alive().only("full_name", "phone", "email")


def _person(contact: Contact) -> Person:
    hint = display(contact.phone) if contact.phone else contact.email or ""
    url = reverse("contacts:contact", urlconf=settings.WORKSPACE_URLCONF, args=[contact.pk])
    return Person(contact.pk, str(contact), hint, url)


POPULATION = Population(
    source="contacts_contact person",
    alive="person.deleted_at IS NULL",
    people=people,
    search=search,
)
