"""What contacts change themselves through a link in an email: unsubscribe, undo it, subscribe again, unblock.

An unsubscribed status ends only here (R-16). Every change is recorded in the consent log with the method used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact
from quen.apps.contacts.services.consent import apply_status, write_consent
from quen.apps.contacts.types import Channel, Consent, ConsentProof, Status
from quen.core.actors import SYSTEM, Actor
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class ConsentSnapshot:
    """Status and consents of a contact at one moment, by value, for ``restore_consent_by_contact``."""

    status: int
    status_before_saved: int | None
    consents: dict[str, int] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "status": self.status,
            "status_before_saved": self.status_before_saved,
            "consents": self.consents,
        }


@transaction.atomic
def withdraw_consent_by_contact(
    *,
    contact_id: int,
    channels: Sequence[str],
    proof: ConsentProof,
    actor: Actor = SYSTEM,
    now: datetime,
) -> ConsentSnapshot:
    """Withdraw consent on channels, and with email the status too. Returns what was valid before.

    Works for deleted contacts: their answer outlasts the deletion. A block is kept. ``actor``: the member who recorded
    the answer for them. Locks the contact. Raises NotFound.
    """
    contact = _lock_contact(contact_id)
    snapshot = _snapshot(contact, channels)
    for channel in channels:
        if channel == Channel.EMAIL:
            _withdraw_email(contact, proof=proof, actor=actor, now=now)
        elif contact.consent(channel) not in {Consent.WITHDRAWN, Consent.BLOCKED}:
            write_consent(contact, Channel(channel), Consent.WITHDRAWN, proof=proof, actor=actor, now=now)
    return snapshot


@transaction.atomic
def restore_consent_by_contact(
    *, contact_id: int, before: Mapping[str, Any], proof: ConsentProof, now: datetime
) -> None:
    """Restore what was valid before a refusal, where the refusal is still in force. Locks the contact. Raises NotFound.

    before: the value of ``ConsentSnapshot.as_json``.
    """
    contact = _lock_contact(contact_id)
    consents = before["consents"]
    if Channel.EMAIL.value in consents:
        if contact.status == Status.UNSUBSCRIBED and before["status"] != Status.UNSUBSCRIBED:
            apply_status(contact, Status(before["status"]), proof=proof, actor=SYSTEM, now=now)
        elif contact.status == Status.SAVED and before["status"] == Status.SAVED:
            contact.status_before_saved = before["status_before_saved"]
            contact.save(update_fields=["status_before_saved"])
    for channel, consent in consents.items():
        if contact.consent(channel) not in {consent, Consent.BLOCKED}:
            write_consent(contact, Channel(channel), Consent(consent), proof=proof, actor=SYSTEM, now=now)


@transaction.atomic
def renew_consent_by_contact(*, contact_id: int, channel: str, proof: ConsentProof, now: datetime) -> Contact:
    """Record the contact's own new opt-in on a channel (R-16); by email it makes them Subscribed again.

    It removes a block. A contact saved by the shop stays saved. Locks the contact. Raises NotFound.
    """
    contact = _lock_contact(contact_id)
    if contact.consent(channel) != Consent.GRANTED:
        write_consent(contact, Channel(channel), Consent.GRANTED, proof=proof, actor=SYSTEM, now=now)
    if channel == Channel.EMAIL and contact.status == Status.SAVED:
        contact.status_before_saved = Status.NON_SUBSCRIBED
        contact.save(update_fields=["status_before_saved"])
    elif channel == Channel.EMAIL and contact.status != Status.SUBSCRIBED:
        apply_status(contact, Status.SUBSCRIBED, proof=proof, actor=SYSTEM, now=now)
    return contact


@transaction.atomic
def unblock_by_contact(*, contact_id: int, channel: str, proof: ConsentProof, now: datetime) -> Contact:
    """Remove the contact's own block; the consent before it is valid again (R-15). Locks. Raises NotFound."""
    contact = _lock_contact(contact_id)
    if contact.consent(channel) == Consent.BLOCKED:
        before = queries.consent_before_block(contact, channel)
        write_consent(contact, Channel(channel), before, proof=proof, actor=SYSTEM, now=now)
    return contact


def _withdraw_email(contact: Contact, *, proof: ConsentProof, actor: Actor, now: datetime) -> None:
    if contact.status == Status.SAVED:
        contact.status_before_saved = Status.UNSUBSCRIBED
        contact.save(update_fields=["status_before_saved"])
    elif contact.status != Status.UNSUBSCRIBED:
        apply_status(contact, Status.UNSUBSCRIBED, proof=proof, actor=actor, now=now)
    if contact.consent_email not in {Consent.WITHDRAWN, Consent.BLOCKED}:
        write_consent(contact, Channel.EMAIL, Consent.WITHDRAWN, proof=proof, actor=actor, now=now)


def _snapshot(contact: Contact, channels: Sequence[str]) -> ConsentSnapshot:
    consents = {channel: int(contact.consent(channel)) for channel in channels}
    return ConsentSnapshot(int(contact.status), contact.status_before_saved, consents)


def _lock_contact(contact_id: int) -> Contact:
    contact = Contact.all_objects.select_for_update().filter(pk=contact_id).first()
    if contact is None:
        raise NotFound()
    return contact
