"""Further addresses of contacts."""

from __future__ import annotations

from django.db.models import QuerySet

from quen.apps.contacts.models import ContactAddress
from quen.core.errors import NotFound


def addresses_of(contact_id: int) -> QuerySet[ContactAddress]:
    """Return the further addresses of a contact, oldest first."""
    return ContactAddress.objects.filter(contact_id=contact_id).order_by("created_at", "pk")


def get_address(*, contact_id: int, address_id: int) -> ContactAddress:
    """Return a further address of a contact. Raises NotFound."""
    found = addresses_of(contact_id).filter(pk=address_id).select_related("contact").first()
    if found is None:
        raise NotFound()
    return found
