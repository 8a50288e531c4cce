"""What a person chooses on their own page: topics by channel, nothing at all, everything blocked (CON-61, CON-66)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries, registry
from quen.apps.compliance.services.purposes import refuse_purposes
from quen.apps.compliance.services.topics import choose_topics
from quen.apps.compliance.services.unsubscribes import OWN_REFUSALS, resubscribe, unsubscribe
from quen.apps.compliance.types import UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Channel, Consent, ConsentProof, Status
from quen.core.actors import Actor
from quen.core.errors import NotFound

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

#: the topic of a workspace without topics: all news and offers
EVERYTHING = 0


@dataclass(slots=True)
class ChosenPreferences:
    """What came of a choice. left, joined: channels.  to_confirm: channels on which the person has to confirm first."""

    left: list[str] = field(default_factory=list)
    joined: list[str] = field(default_factory=list)
    to_confirm: list[str] = field(default_factory=list)
    topics: int = 0


def gets_advertising(contact: Contact, channel: str) -> bool:
    """Return whether consent and, where the channel asks for it, status allow advertising."""
    by_status = registry.policy(channel).needs_subscribed_status
    granted = contact.consent(channel) == Consent.GRANTED
    return granted and (not by_status or contact.status == Status.SUBSCRIBED)


def has_refused(contact: Contact, channel: str) -> bool:
    """Return whether the person said no on a channel, so that only they themselves can say yes again (R-16)."""
    by_status = registry.policy(channel).needs_subscribed_status
    withdrawn = contact.consent(channel) == Consent.WITHDRAWN
    return withdrawn or (by_status and contact.status == Status.UNSUBSCRIBED)


@transaction.atomic
def save_preferences(
    *,
    contact_id: int,
    link_channel: str,
    wanted: Mapping[tuple[int, str], bool],
    shown_on: Collection[str],
    wordings: Mapping[str, str],
    message_id: int | None,
    now: datetime,
) -> ChosenPreferences:
    """Record what a person wants, by topic (or EVERYTHING) and channel, and return what came of it.

    link_channel: of the message whose link they used, which proves that the address is theirs.  shown_on: the channels
    on which the page showed advertising as on; one that was left since stays left.  wordings: what they agree to, by
    channel.  A channel that they refused, other than that of the link, is to be confirmed there (R-16). Locks the
    contact. Raises NotFound.
    """
    contact = contacts.find_including_deleted(contact_id)
    if contact is None or contact.deleted_at is not None:
        raise NotFound()
    contact = contacts_services.lock_contact(contact)
    contact_id = contact.pk
    outcome = ChosenPreferences()
    for channel in dict.fromkeys(channel for _topic, channel in wanted):
        ticked = any(wants for (_topic, on), wants in wanted.items() if on == channel)
        gets = gets_advertising(contact, channel)
        if contact.consent(channel) == Consent.BLOCKED or (not gets and (not ticked or channel in shown_on)):
            continue
        if gets and not ticked:
            unsubscribe(
                contact_id=contact_id,
                channel=channel,
                method=UnsubscribeMethod.LINK.value,
                all_channels=False,
                message_id=message_id,
                now=now,
            )
            outcome.left.append(channel)
            continue
        if not gets and channel != link_channel and has_said_no(contact, channel):
            outcome.to_confirm.append(channel)
        elif not gets:
            resubscribe(
                contact_id=contact_id,
                channel=channel,
                wording=wordings[channel],
                message_id=message_id,
                now=now,
            )
            outcome.joined.append(channel)
        outcome.topics += choose_topics(
            contact_id=contact_id,
            wanted={
                key: wants for key, wants in wanted.items() if key[1] == channel and key[0] != EVERYTHING
            },
            proof=_proof(now, message_id, wording=wordings[channel] if not gets else ""),
            actor=Actor.contact(contact_id),
            now=now,
        )
    return outcome


@transaction.atomic
def block_everything(*, contact_id: int, message_id: int | None, now: datetime) -> None:
    """Block every message on every channel, also those about orders (R-15). Locks the contact. Raises NotFound."""
    contact = _contact(contact_id)
    refuse_purposes(
        contact_id=contact_id, proof=_proof(now, message_id), actor=Actor.contact(contact_id), now=now
    )
    for channel in Channel.values:
        if contact.consent(channel) != Consent.BLOCKED:
            contact = contacts_services.set_consent(
                contact=contact,
                channel=channel,
                consent=Consent.BLOCKED,
                proof=_proof(now, message_id),
                actor=Actor.contact(contact_id),
                now=now,
            )


@transaction.atomic
def unblock_everything(*, contact_id: int, message_id: int | None, now: datetime) -> None:
    """Remove the blocks; on each channel holds what held before (R-15). Raises NotFound."""
    contact = _contact(contact_id)
    for channel in Channel.values:
        contact = contacts_services.unblock(
            contact=contact,
            channel=channel,
            proof=_proof(now, message_id),
            actor=Actor.contact(contact_id),
            now=now,
        )


def has_said_no(contact: Contact, channel: str) -> bool:
    """Return whether the person refused, or whoever has their address on the channel did, under another record too."""
    if has_refused(contact, channel):
        return True
    found = queries.suppressions_for(email=contact.email, phone=contact.phone)
    return any(each.channel == channel and each.cause in OWN_REFUSALS for each in found)


def _proof(now: datetime, message_id: int | None, *, wording: str = "") -> ConsentProof:
    return ConsentProof(
        ground=wording,
        wording=wording,
        obtained_at=now,
        method=UnsubscribeMethod.LINK.value,
        data={"message": message_id} if message_id else {},
    )


def _contact(contact_id: int) -> Contact:
    contact = contacts.find_including_deleted(contact_id)
    if contact is None:
        raise NotFound()
    return contact
