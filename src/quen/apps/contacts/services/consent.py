"""Status and consent of one contact, with the consent log that proves them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import ConsentEntry, ConsentProofRow, Contact
from quen.apps.contacts.rules import statuses
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import (
    Channel,
    Consent,
    ConsentProof,
    ContactIsSaved,
    OptInRequired,
    ProofMissing,
    Status,
)
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core.actors import Actor

if TYPE_CHECKING:
    from datetime import datetime


_EMAIL = Channel.EMAIL.value


@transaction.atomic
def set_status(
    *, contact: Contact, status: int, proof: ConsentProof | None = None, actor: Actor, now: datetime
) -> Contact:
    """Change the status of a contact on behalf of staff, and the email consent with it (R-15, R-16, R-19).

    Raises OptInRequired, ContactIsSaved, ProofMissing. Locks the contact.
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    after = statuses.next_status(contact.status, status, before_saved=contact.status_before_saved)
    if after == statuses.ALREADY:
        return contact
    if after == statuses.OPT_IN_REQUIRED:
        raise OptInRequired(name=str(contact))
    if after == statuses.CONTACT_IS_SAVED:
        raise ContactIsSaved(name=str(contact))
    if after == Status.SUBSCRIBED and not has_ground(proof):
        raise ProofMissing()
    apply_status(contact, Status(after), proof=proof, actor=actor, now=now)
    return contact


@transaction.atomic
def set_consent(
    *,
    contact: Contact,
    channel: str,
    consent: int,
    proof: ConsentProof | None = None,
    actor: Actor,
    now: datetime,
) -> Contact:
    """Record the contact's answer for one channel: granted (with its proof), withdrawn or blocked.

    An answer for email changes the status too, except a block. Raises OptInRequired, ContactIsSaved, ProofMissing.
    Locks the contact.
    """
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    current = contact.consent(channel)
    if current == consent:
        return contact
    if consent == Consent.GRANTED:
        if current in {Consent.WITHDRAWN, Consent.BLOCKED}:
            raise OptInRequired(name=str(contact))
        if not has_ground(proof):
            raise ProofMissing()
    if channel == _EMAIL and consent == Consent.WITHDRAWN and contact.status == Status.SAVED:
        contact.status_before_saved = Status.UNSUBSCRIBED
        contact.save(update_fields=["status_before_saved"])
    elif channel == _EMAIL and consent in {Consent.GRANTED, Consent.WITHDRAWN} and current != Consent.BLOCKED:
        status = Status.SUBSCRIBED if consent == Consent.GRANTED else Status.UNSUBSCRIBED
        if contact.status != status:
            return set_status(contact=contact, status=status, proof=proof, actor=actor, now=now)
    write_consent(contact, Channel(channel), Consent(consent), proof=proof, actor=actor, now=now)
    return contact


@transaction.atomic
def unblock(*, contact: Contact, channel: str, actor: Actor, now: datetime) -> Contact:
    """Remove a block; the consent that was valid before it is valid again (R-15). Locks the contact."""
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if contact.consent(channel) == Consent.BLOCKED:
        before = queries.consent_before_block(contact, channel)
        write_consent(contact, Channel(channel), before, proof=None, actor=actor, now=now)
    return contact


def has_ground(proof: ConsentProof | None) -> bool:
    """Return whether a proof states how and when consent was given."""
    return proof is not None and bool(proof.ground.strip()) and proof.obtained_at is not None


def apply_status(
    contact: Contact, status: Status, *, proof: ConsentProof | None, actor: Actor, now: datetime
) -> None:
    """Write an allowed status, its email consent, the consent log entry and the event."""
    before = contact.status
    contact.status_before_saved = before if status == Status.SAVED else None
    contact.status = status
    contact.updated_at = now
    contact.save(update_fields=["status", "status_before_saved", "updated_at"])
    events.record(
        "status_changed",
        contact_id=contact.pk,
        at=now,
        data={"from": before, "to": int(status)} | actor_data(actor),
    )
    consent = statuses.email_consent_for(status, contact.consent_email)
    if consent != contact.consent_email:
        write_consent(contact, Channel.EMAIL, consent, proof=proof, actor=actor, now=now)
    if not actor.is_system:
        team.audit(
            actor, "contacts.status_set", now=now, target=contact, data={"from": before, "to": int(status)}
        )


def save_proof(proof: ConsentProof | None, *, actor: Actor, now: datetime) -> ConsentProofRow:
    """Save the proof of consent log entries; without one, the proof is the change by staff itself."""
    values = asdict(proof or ConsentProof(ground=""))
    return ConsentProofRow.objects.create(
        **values,
        member_id=actor.member_id,
        member_name=actor.name,
        created_at=now,
    )


def write_consent(
    contact: Contact,
    channel: Channel,
    consent: Consent,
    *,
    proof: ConsentProof | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Write one channel's consent, its consent log entry and the event, in the caller's transaction."""
    column = f"consent_{channel.value}"
    setattr(contact, column, consent)
    contact.updated_at = now
    contact.save(update_fields=[column, "updated_at"])
    ConsentEntry.objects.create(
        contact=contact,
        channel=channel.value,
        consent=consent,
        proof=save_proof(proof, actor=actor, now=now),
        at=now,
    )
    data = {"channel": channel.value, "to": int(consent)} | actor_data(actor)
    events.record("consent_changed", contact_id=contact.pk, at=now, data=data)
