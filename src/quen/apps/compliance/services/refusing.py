"""People refuse, think better of it, come back: each their own act, at once, with its line of the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries
from quen.apps.compliance.models import Refusal
from quen.apps.compliance.services.suppressing import BY_MAIL, BY_PHONE, release, suppress
from quen.apps.compliance.signals import refused
from quen.apps.compliance.types import RefusalWay, SuppressionCause, TooLateToUndoRefusal
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Channel, ConsentProof
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.contacts.models import Contact
    from quen.apps.team.models import Member

UNDO_HOURS = 24
#: Art. 11.7 keeps refusals and their confirmations at least a year; two months more, so that no count of days errs
_KEPT = timedelta(days=425)


@transaction.atomic
def refuse(
    *,
    contact_id: int,
    channel: str,
    way: str,
    everything: bool,
    message_id: int | None,
    now: datetime,
    actor: Member | None = None,
) -> Refusal:
    """Take a refusal at once: consent withdrawn, ledger, news, and for everything of the shop the addresses suppressed.

    actor: the colleague who noted it down.  Said again while it holds, nothing happens and the same refusal is given;
    said wider, it is a new one. Announces ``signals.refused`` once a refusal. Locks the person. Raises NotFound.
    """
    channels = list(Channel.values) if everything else [channel]
    proof = ConsentProof(ground="", way=str(way), data={"message": message_id} if message_id else {})
    before = contacts_services.withdraw_by_person(
        contact_id=contact_id, channels=channels, proof=proof, actor=actor, now=now
    )
    held = queries.standing_refusal(contact_id, channel)
    if held is not None and (held.everything or not everything):
        return held
    contact = _person(contact_id)
    # Deleted people say no to whoever has their address by now.
    everywhere = everything or contact.deleted_at is not None
    made = Refusal.objects.create(
        contact_id=contact_id,
        channel=channel,
        address=_address(contact, channel),
        way=way,
        everything=everything,
        message_id=message_id,
        at=now,
        before=before.as_json() | {"suppressed": _suppress(contact, now=now) if everywhere else []},
        member_name=actor.name if actor else "",
    )
    data = {"channel": str(channel), "way": str(way), "everything": everything, "refusal": made.pk}
    events.record(
        "unsubscribed",
        contact_id=contact_id,
        at=now,
        ref=message_id,
        data=data | ({"by": actor.name} if actor else {}),
    )
    if actor is not None:
        team.log_action(
            actor, "compliance.refusal_noted", now=now, target=contact, data={"name": str(contact)}
        )
    refused.send(sender=Refusal, refusal_id=made.pk)
    return made


@transaction.atomic
def undo_refusal(*, refusal: Refusal, now: datetime) -> None:
    """Put back exactly what held before, by the person's own act within 24 hours. Raises TooLateToUndoRefusal."""
    contact = _person(refusal.contact_id)
    taken = Refusal.objects.filter(
        pk=refusal.pk, undone_at=None, ended_at=None, at__gt=now - timedelta(hours=UNDO_HOURS)
    ).update(undone_at=now)
    if not taken:
        raise TooLateToUndoRefusal()
    proof = ConsentProof(ground="", way=RefusalWay.LINK.value, data={"undoes": refusal.pk}, obtained_at=now)
    contacts_services.put_back_by_person(contact_id=contact.pk, before=refusal.before, proof=proof, now=now)
    suppressed = refusal.before.get("suppressed", [])
    if contact.deleted_at is not None:
        suppressed = [*suppressed, (refusal.channel, _address(contact, refusal.channel))]
    for channel, address in suppressed:
        release(channel=channel, addresses=[address], causes=[SuppressionCause.REFUSAL.value])
    events.record(
        "resubscribed",
        contact_id=contact.pk,
        at=now,
        ref=refusal.message_id,
        data={"channel": refusal.channel, "way": RefusalWay.LINK.value, "undoes": refusal.pk},
    )


@transaction.atomic
def come_back(*, contact_id: int, channel: str, wording: str, message_id: int | None, now: datetime) -> None:
    """Record a person's own renewed opt-in with the words they agreed to (R-16). Raises NotFound.

    Lifts what they refused before and what an erasure left of the address; a complaint of spam too, for it was theirs.
    """
    proof = ConsentProof(
        ground=wording,
        wording=wording,
        obtained_at=now,
        way=RefusalWay.LINK.value,
        data={"message": message_id} if message_id else {},
    )
    contact = contacts_services.return_by_person(contact_id=contact_id, channel=channel, proof=proof, now=now)
    queries.refusals_of(contact_id).filter(undone_at=None, ended_at=None).update(ended_at=now)
    theirs = [SuppressionCause.REFUSAL.value, SuppressionCause.ERASED.value, SuppressionCause.COMPLAINT.value]
    release(channel=channel, addresses=[_address(contact, channel)], causes=theirs)
    events.record(
        "resubscribed",
        contact_id=contact_id,
        at=now,
        ref=message_id,
        data={"channel": str(channel), "way": RefusalWay.LINK.value},
    )


@transaction.atomic
def unblock(*, contact_id: int, channel: str, now: datetime) -> None:
    """Lift a person's own block by their own act; what held before holds again. Raises NotFound."""
    proof = ConsentProof(ground="", way=RefusalWay.LINK.value, obtained_at=now)
    contacts_services.unblock_by_person(contact_id=contact_id, channel=channel, proof=proof, now=now)


@transaction.atomic
def correct_details(
    *, contact_id: int, full_name: str, language: str, workspace: Workspace, now: datetime
) -> None:
    """Write what a person corrects about themself (CON-66). Raises NotFound, BadValue, FieldRequired."""
    contacts_services.update_contact(
        workspace=workspace,
        contact=contacts.get_contact(contact_id),
        values={"full_name": full_name, "language": language},
        actor=None,
        now=now,
    )


def confirmation_sent(*, refusal: Refusal, now: datetime) -> bool:
    """Mark the one confirmation as handed over; True for the first who asks, so that it goes out at most once."""
    return bool(Refusal.objects.filter(pk=refusal.pk, confirmed_at=None).update(confirmed_at=now))


def forget_old_refusals(*, now: datetime) -> int:
    """Take the addresses out of refusals that need be proved no longer; give how many."""
    return Refusal.objects.filter(at__lt=now - _KEPT).exclude(address="").update(address="", before={})


def _suppress(contact: Contact, *, now: datetime) -> list[list[str]]:
    """Suppress every address of a person; give those that were not on the list for this cause before."""
    fresh = []
    for address, channels in ((contact.email, BY_MAIL), (contact.phone, BY_PHONE)):
        for channel in channels if address else ():
            added = suppress(
                channel=channel,
                addresses=[str(address)],
                cause=SuppressionCause.REFUSAL.value,
                contact_ids=[contact.pk],
                now=now,
            )
            fresh += [[channel, str(address)]] if added else []
    return fresh


def _address(contact: Contact, channel: str) -> str:
    if channel == Channel.EMAIL:
        return contact.email or ""
    return (contact.phone or "") if channel in BY_PHONE else ""


def _person(contact_id: int) -> Contact:
    contact = contacts.find_anyone(contact_id)
    if contact is None:
        raise NotFound()
    return contact
