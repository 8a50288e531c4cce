"""Status and consent of one contact, with the consent log that proves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import ConsentEntry, ConsentProofRow, Contact
from quen.apps.contacts.rules import statuses
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import (
    MARKETING,
    Channel,
    Consent,
    ConsentProof,
    ConsentSnapshot,
    ContactIsSaved,
    OptInRequired,
    ProofMissing,
    Status,
)
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core.actors import Actor, ActorKind

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
    contact = lock_contact(contact)
    _change_status(contact, status, proof=proof, actor=actor, now=now)
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
    """Record an answer for one channel: granted (with its proof), withdrawn or blocked. Locks the contact.

    An answer for email changes the status too, except a block. From a contact themselves an agreement also ends a
    refusal or a block and makes them Subscribed again (R-16); a contact saved by the shop stays saved. From staff it
    raises OptInRequired after a refusal, ContactIsSaved, ProofMissing.
    """
    contact = lock_contact(contact)
    if actor.kind == ActorKind.CONTACT and consent == Consent.GRANTED:
        _opt_in(contact, channel, proof=proof, actor=actor, now=now)
    elif contact.consent(channel) == consent:
        return contact
    elif consent == Consent.GRANTED:
        _grant(contact, channel, proof=proof, actor=actor, now=now)
    elif consent == Consent.WITHDRAWN:
        _withdraw(contact, channel, proof=proof, actor=actor, now=now)
    else:
        write_consent(contact, Channel(channel), Consent(consent), proof=proof, actor=actor, now=now)
    return contact


@transaction.atomic
def withdraw_consent(
    *, contact: Contact, channels: Sequence[str], proof: ConsentProof, actor: Actor, now: datetime
) -> ConsentSnapshot:
    """Withdraw consent on channels, and with email the status too. Returns what was valid before.

    Works for deleted contacts: their answer outlasts the deletion. A block is kept. actor: the contact, or the member
    who recorded the answer for them. Locks the contact.
    """
    contact = lock_contact(contact)
    consents = {channel: int(contact.consent(channel)) for channel in channels}
    snapshot = ConsentSnapshot(int(contact.status), contact.status_before_saved, consents)
    for channel in channels:
        _withdraw(contact, channel, proof=proof, actor=actor, now=now)
    return snapshot


@transaction.atomic
def restore_consent(
    *, contact: Contact, before: Mapping[str, Any], proof: ConsentProof, actor: Actor, now: datetime
) -> None:
    """Restore what was valid before ``withdraw_consent``, where the refusal is still in force. Locks the contact.

    before: the value of ``ConsentSnapshot.as_json``.
    """
    contact = lock_contact(contact)
    consents = before["consents"]
    if _EMAIL in consents:
        if contact.status == Status.UNSUBSCRIBED and before["status"] != Status.UNSUBSCRIBED:
            apply_status(contact, Status(before["status"]), proof=proof, actor=actor, now=now)
        elif contact.status == Status.SAVED and before["status"] == Status.SAVED:
            _set_status_before_saved(contact, before["status_before_saved"])
    for channel, consent in consents.items():
        if contact.consent(channel) not in {consent, Consent.BLOCKED}:
            write_consent(contact, Channel(channel), Consent(consent), proof=proof, actor=actor, now=now)


@transaction.atomic
def unblock(
    *, contact: Contact, channel: str, proof: ConsentProof | None = None, actor: Actor, now: datetime
) -> Contact:
    """Remove a block; the consent that was valid before it is valid again (R-15). Locks the contact."""
    contact = lock_contact(contact)
    if contact.consent(channel) == Consent.BLOCKED:
        before = queries.consent_before_block(contact, channel)
        write_consent(contact, Channel(channel), before, proof=proof, actor=actor, now=now)
    return contact


@transaction.atomic
def record_answer(
    *,
    contact: Contact,
    channel: str,
    purpose: str,
    consent: int,
    proof: ConsentProof,
    actor: Actor,
    now: datetime,
) -> None:
    """Write an answer about a purpose of another app into the consent log; that app keeps what is in force.

    channel: "" for a purpose that is about no channel.
    """
    ConsentEntry.objects.create(
        contact=contact,
        channel=Channel(channel).value if channel else "",
        purpose=purpose,
        consent=Consent(consent),
        proof=save_proof(proof, actor=actor, now=now),
        at=now,
    )


def record_answers(
    *,
    contact_ids: Sequence[int],
    purpose: str,
    consent: int,
    change_id: int | None = None,
    proof: ConsentProof | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Write one answer of many contacts about a purpose of another app into the consent log, with one proof.

    change_id: of the import whose file says so; its proof is that of the import.
    """
    if not contact_ids:
        return
    stored = ConsentProofRow.objects.filter(data__change=change_id).first() if change_id else None
    stored = stored or save_proof(proof, actor=actor, now=now)
    ConsentEntry.objects.bulk_create(
        [
            ConsentEntry(
                contact_id=pk,
                channel="",
                purpose=purpose,
                consent=Consent(consent),
                proof=stored,
                at=now,
            )
            for pk in contact_ids
        ],
        batch_size=1_000,
    )


def answers_of_change(*, change_id: int, purpose: str, consent: int) -> dict[int, datetime]:
    """Return when the file of an import answered for whom, of the answers about a purpose of another app."""
    found = ConsentEntry.objects.filter(proof__data__change=change_id, purpose=purpose, consent=consent)
    return dict(found.values_list("contact_id", "at"))


def lock_contact(contact: Contact) -> Contact:
    """Lock a contact, deleted or not, until the transaction ends, and return it as it is now.

    Of one that was merged since it was read, the contact kept: an answer is about the person.
    """
    found = Contact.all_objects.select_for_update().get(pk=contact.pk)
    kept_id = queries.survivor_of(found.pk) if found.deleted_at is not None else found.pk
    return found if kept_id == found.pk else lock_contact(Contact(pk=kept_id))


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
    if actor.kind not in {ActorKind.CONTACT, ActorKind.SYSTEM}:
        team.audit(
            actor, "contacts.status_set", now=now, target=contact, data={"from": before, "to": int(status)}
        )


def save_proof(proof: ConsentProof | None, *, actor: Actor, now: datetime) -> ConsentProofRow:
    """Save the proof of consent log entries; without one, the proof is the change by the actor itself."""
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
    _log(contact, channel, consent, proof=proof, actor=actor, now=now)
    data = {"channel": channel.value, "to": int(consent)} | actor_data(actor)
    events.record("consent_changed", contact_id=contact.pk, at=now, data=data)


def _log(
    contact: Contact,
    channel: Channel,
    consent: Consent,
    *,
    proof: ConsentProof | None,
    actor: Actor,
    now: datetime,
) -> None:
    ConsentEntry.objects.create(
        contact=contact,
        channel=channel.value,
        consent=consent,
        proof=save_proof(proof, actor=actor, now=now),
        at=now,
    )


def _opt_in(
    contact: Contact, channel: str, *, proof: ConsentProof | None, actor: Actor, now: datetime
) -> None:
    if contact.consent(channel) != Consent.GRANTED:
        write_consent(contact, Channel(channel), Consent.GRANTED, proof=proof, actor=actor, now=now)
    if channel == _EMAIL and contact.status == Status.SAVED:
        _set_status_before_saved(contact, Status.NON_SUBSCRIBED)
    elif channel == _EMAIL and contact.status != Status.SUBSCRIBED:
        apply_status(contact, Status.SUBSCRIBED, proof=proof, actor=actor, now=now)


def _grant(
    contact: Contact, channel: str, *, proof: ConsentProof | None, actor: Actor, now: datetime
) -> None:
    if contact.consent(channel) in {Consent.WITHDRAWN, Consent.BLOCKED}:
        raise OptInRequired(name=str(contact))
    if not has_ground(proof):
        raise ProofMissing()
    if channel == _EMAIL and contact.status != Status.SUBSCRIBED:
        _change_status(contact, Status.SUBSCRIBED, proof=proof, actor=actor, now=now)
    else:
        write_consent(contact, Channel(channel), Consent.GRANTED, proof=proof, actor=actor, now=now)


def _withdraw(
    contact: Contact, channel: str, *, proof: ConsentProof | None, actor: Actor, now: datetime
) -> None:
    if channel == _EMAIL and contact.status == Status.SAVED:
        _set_status_before_saved(contact, Status.UNSUBSCRIBED)
    elif channel == _EMAIL and contact.status != Status.UNSUBSCRIBED:
        apply_status(contact, Status.UNSUBSCRIBED, proof=proof, actor=actor, now=now)
    if contact.consent(channel) not in {Consent.WITHDRAWN, Consent.BLOCKED}:
        write_consent(contact, Channel(channel), Consent.WITHDRAWN, proof=proof, actor=actor, now=now)
    elif not _says_so_already(contact, channel, proof):
        _log(contact, Channel(channel), Consent.WITHDRAWN, proof=proof, actor=actor, now=now)


def _says_so_already(contact: Contact, channel: str, proof: ConsentProof | None) -> bool:
    """Return whether the last word in the log is a refusal of the person, or one that came the same way.

    What staff had withdrawn can be undone; once the person says so too, it can't, and the log must know.
    """
    entries = ConsentEntry.objects.filter(contact=contact, channel=channel, purpose=MARKETING)
    last = entries.select_related("proof").first()
    if last is None or last.consent not in {Consent.WITHDRAWN, Consent.BLOCKED}:
        return False
    return last.proof.member_id is None or (proof is not None and last.proof.method == proof.method)


def _change_status(
    contact: Contact, status: int, *, proof: ConsentProof | None, actor: Actor, now: datetime
) -> None:
    after = statuses.next_status(contact.status, status, before_saved=contact.status_before_saved)
    if after == statuses.ALREADY:
        return
    if after == statuses.OPT_IN_REQUIRED:
        raise OptInRequired(name=str(contact))
    if after == statuses.CONTACT_IS_SAVED:
        raise ContactIsSaved(name=str(contact))
    if after == Status.SUBSCRIBED and not has_ground(proof):
        raise ProofMissing()
    apply_status(contact, Status(after), proof=proof, actor=actor, now=now)


def _set_status_before_saved(contact: Contact, status: int | None) -> None:
    contact.status_before_saved = status
    contact.save(update_fields=["status_before_saved"])
