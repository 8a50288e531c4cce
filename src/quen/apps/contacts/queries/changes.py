"""Consent entries and bulk changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from quen.apps.contacts.models import BulkChange, ConsentEntry, Contact
from quen.apps.contacts.types import MARKETING, BulkAction, Consent
from quen.core.errors import NotFound


def consent_entries(contact: Contact) -> list[ConsentEntry]:
    """Return a contact's consent entries with their proofs, newest first."""
    return list(ConsentEntry.objects.filter(contact=contact).select_related("proof"))


def consent_before_block(contact: Contact, channel: str) -> Consent:
    """Return the consent that was valid before the current block."""
    entry = (
        ConsentEntry.objects.filter(contact=contact, channel=channel, purpose=MARKETING)
        .exclude(consent=Consent.BLOCKED)
        .order_by("-at", "-id")
        .first()
    )
    return Consent(entry.consent) if entry else Consent.NEVER_ASKED


def consents_before_block(contact_ids: Collection[int]) -> dict[tuple[int, str], Consent]:
    """Return the same of many contacts, by contact and channel; what is missing was never asked."""
    entries = (
        ConsentEntry.objects.filter(contact_id__in=set(contact_ids), purpose=MARKETING)
        .exclude(consent=Consent.BLOCKED)
        .order_by("at", "id")
    )
    found = entries.values_list("contact_id", "channel", "consent")
    return {(pk, channel): Consent(consent) for pk, channel, consent in found}


def get_change(change_id: int) -> BulkChange:
    """Return a bulk change. Raises NotFound."""
    change = BulkChange.objects.filter(pk=change_id).first()
    if change is None:
        raise NotFound()
    return change


def latest_bulk_change(member_id: int, *, since: datetime, more_than: int) -> BulkChange | None:
    """Return a member's latest change of more than ``more_than`` contacts that can still be undone."""
    return (
        BulkChange.objects.filter(member_id=member_id, at__gte=since, undone_at=None, count__gt=more_than)
        .exclude(action=BulkAction.IMPORT)
        .order_by("-at", "-id")
        .first()
    )
