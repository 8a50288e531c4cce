"""Contacts unsubscribe, undo it and sign up again: their own actions, effective at once, each in the consent log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries, registry
from quen.apps.compliance.models import Unsubscribe
from quen.apps.compliance.services.purposes import refuse_purposes
from quen.apps.compliance.services.sharing import record_refusals, record_undone
from quen.apps.compliance.services.suppressions import suppress, unsuppress_addresses
from quen.apps.compliance.signals import unsubscribed
from quen.apps.compliance.types import SuppressionCause, TooLateToUndoUnsubscribe, UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Channel, Consent, ConsentProof
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core.actors import SYSTEM, Actor
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.contacts.models import Contact

UNDO_HOURS = 24
#: suppressions that a person's own opt-in ends
OWN_REFUSALS = (
    SuppressionCause.OPT_OUT.value,
    SuppressionCause.ERASED.value,
    SuppressionCause.COMPLAINT.value,
    SuppressionCause.ADVERTISER.value,
)
#: Art. 11.7 requires refusals and their confirmations for at least a year; two months more leave no doubt about days
_RETENTION = timedelta(days=425)


@transaction.atomic
def unsubscribe(
    *,
    contact_id: int,
    channel: str,
    method: str,
    all_channels: bool,
    message_id: int | None,
    now: datetime,
    actor: Actor = SYSTEM,
) -> Unsubscribe:
    """Unsubscribe a contact from a channel or from all channels, and return the unsubscribe.

    Withdraws the consent, writes the consent log and an event; for all channels the addresses are suppressed too, and
    every other use of their data is refused.
    actor: the member who recorded it.  Returns the active unsubscribe unchanged if it covers this one already.
    Sends ``signals.unsubscribed`` once per unsubscribe. Locks the contact. Raises NotFound.
    """
    channels = list(Channel.values) if all_channels else [channel]
    proof = ConsentProof(ground="", method=str(method), data={"message": message_id} if message_id else {})
    contact = _get_contact(contact_id)
    contact_id = contact.pk  # a link that was sent before the contact was merged leads to the one kept
    before = contacts_services.withdraw_consent(
        contact=contact, channels=channels, proof=proof, actor=actor, now=now
    )
    if all_channels:
        refuse_purposes(contact_id=contact_id, proof=proof, actor=actor, now=now)
    active = queries.active_unsubscribe(contact_id, channel)
    if active is not None and (active.all_channels or not all_channels):
        return active
    # The unsubscribe of a deleted contact must also hold for a new record with the same address.
    suppress_all = all_channels or contact.deleted_at is not None
    created = Unsubscribe.objects.create(
        contact_id=contact_id,
        channel=channel,
        address=_address(contact, channel),
        method=method,
        all_channels=all_channels,
        message_id=message_id,
        at=now,
        snapshot=before.as_json()
        | {"suppressed": _suppress_addresses(contact, now=now) if suppress_all else []},
        member_name=actor.name,
    )
    data = {
        "channel": str(channel),
        "method": str(method),
        "all_channels": all_channels,
        "unsubscribe_id": created.pk,
    }
    events.record(
        "unsubscribed",
        contact_id=contact_id,
        at=now,
        ref=message_id,
        data=data | (actor.as_data()),
    )
    if not actor.is_system:
        team.audit(
            actor, "compliance.contact_unsubscribed", now=now, target=contact, data={"name": str(contact)}
        )
    record_refusals(contacts.relation_of_ids([contact_id]), now=now)
    unsubscribed.send(sender=Unsubscribe, unsubscribe_id=created.pk)
    return created


@transaction.atomic
def undo_unsubscribe(*, unsubscribe: Unsubscribe, now: datetime) -> None:
    """Restore the status and consent of before, by the contact's own action within 24 hours.

    Raises TooLateToUndoUnsubscribe, also when it was undone already.
    """
    contact = _get_contact(unsubscribe.contact_id)
    undone = Unsubscribe.objects.filter(
        pk=unsubscribe.pk, undone_at=None, resubscribed_at=None, at__gt=now - timedelta(hours=UNDO_HOURS)
    ).update(undone_at=now)
    if not undone:
        raise TooLateToUndoUnsubscribe()
    proof = ConsentProof(
        ground="", method=UnsubscribeMethod.LINK.value, data={"undoes": unsubscribe.pk}, obtained_at=now
    )
    contacts_services.restore_consent(
        contact=contact,
        before=unsubscribe.snapshot,
        proof=proof,
        actor=Actor.contact(contact.pk),
        now=now,
    )
    suppressed = unsubscribe.snapshot.get("suppressed", [])
    if contact.deleted_at is not None:
        suppressed = [*suppressed, (unsubscribe.channel, _address(contact, unsubscribe.channel))]
    for channel, address in suppressed:
        unsuppress_addresses(channel=channel, addresses=[address], causes=[SuppressionCause.OPT_OUT.value])
    # The consents that were withdrawn; an address without one of them has nothing recorded.
    undone_channels = unsubscribe.snapshot.get("consents", {})
    record_undone(
        [(channel, address) for channel in undone_channels if (address := _address(contact, channel))]
    )
    events.record(
        "resubscribed",
        contact_id=contact.pk,
        at=now,
        ref=unsubscribe.message_id,
        data={
            "channel": unsubscribe.channel,
            "method": UnsubscribeMethod.LINK.value,
            "undoes": unsubscribe.pk,
        },
    )


@transaction.atomic
def resubscribe(
    *, contact_id: int, channel: str, wording: str, message_id: int | None, now: datetime
) -> None:
    """Record a contact's own new opt-in with the wording they agreed to (R-16). Raises NotFound.

    Ends the active unsubscribes and unsuppresses the address where the cause was an opt-out, an erasure or the
    contact's own spam complaint.
    """
    proof = ConsentProof(
        ground=wording,
        wording=wording,
        obtained_at=now,
        method=UnsubscribeMethod.LINK.value,
        data={"message": message_id} if message_id else {},
    )
    contact = _get_contact(contact_id)
    contact_id = contact.pk
    contact = contacts_services.set_consent(
        contact=contact,
        channel=channel,
        consent=Consent.GRANTED,
        proof=proof,
        actor=Actor.contact(contact_id),
        now=now,
    )
    active = queries.contact_unsubscribes(contact_id).filter(undone_at=None, resubscribed_at=None)
    active.update(resubscribed_at=now)
    unsuppress_addresses(channel=channel, addresses=[_address(contact, channel)], causes=OWN_REFUSALS)
    record_refusals(contacts.relation_of_ids([contact_id]), now=now)
    events.record(
        "resubscribed",
        contact_id=contact_id,
        at=now,
        ref=message_id,
        data={"channel": str(channel), "method": UnsubscribeMethod.LINK.value},
    )


@transaction.atomic
def correct_details(*, contact_id: int, workspace: Workspace, now: datetime, **values: str) -> None:
    """Save what a contact corrected: name, language, or an address that they proved to be theirs (CON-66).

    Raises NotFound, BadValue, FieldRequired, EmailInUse, PhoneInUse.
    """
    contacts_services.update_contact(
        workspace=workspace,
        contact=contacts.get_contact(contact_id),
        values=values,
        actor=Actor.contact(contact_id),
        now=now,
    )


def claim_confirmation(*, unsubscribe: Unsubscribe, now: datetime) -> bool:
    """Mark the confirmation as sent. True only for the first caller, so that it is sent at most once."""
    return bool(Unsubscribe.objects.filter(pk=unsubscribe.pk, confirmed_at=None).update(confirmed_at=now))


def erase_old_unsubscribes(*, now: datetime) -> int:
    """Erase the addresses of unsubscribes past their retention period. Return how many."""
    old = Unsubscribe.objects.filter(at__lt=now - _RETENTION).exclude(address="")
    return old.update(address="", snapshot={})


def _suppress_addresses(contact: Contact, *, now: datetime) -> list[list[str]]:
    """Suppress every address of a contact. Return the (channel, address) pairs that are new for this cause."""
    added: list[list[str]] = []
    for policy in registry.policies():
        address, channel = _address(contact, policy.channel), policy.channel
        if address:
            count = suppress(
                channel=channel,
                addresses=[address],
                cause=SuppressionCause.OPT_OUT.value,
                contact_ids=[contact.pk],
                now=now,
            )
            added += [[channel, address]] if count else []
    return added


def _address(contact: Contact, channel: str) -> str:
    column = registry.policy(channel).address
    return str(getattr(contact, column) or "") if column else ""


def _get_contact(contact_id: int) -> Contact:
    """Lock a contact and return it. Raises NotFound."""
    contact = contacts.find_including_deleted(contact_id)
    if contact is None:
        raise NotFound()
    return contacts_services.lock_contact(contact)
