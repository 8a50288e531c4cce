"""Addresses nothing is sent to, whatever consent says (CHN-27)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries
from quen.apps.compliance.models import SendingSettings, Suppression
from quen.apps.compliance.types import AddressNotValid, NotRemovableByStaff, SuppressionCause
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts.types import Channel
from quen.apps.team import services as team
from quen.core import emails, phones, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.team.models import Member

#: what staff may take off the list again
REMOVABLE_BY_STAFF = (SuppressionCause.MANUAL.value, SuppressionCause.BOUNCE.value)
#: channels by which an address reaches a person
EMAIL_CHANNELS: tuple[str, ...] = (Channel.EMAIL.value,)
PHONE_CHANNELS: tuple[str, ...] = (Channel.SMS.value, Channel.ZALO.value, Channel.CALL.value)
_BATCH = 5_000


@transaction.atomic
def suppress(
    *,
    channel: str,
    addresses: Sequence[str],
    cause: str,
    note: str = "",
    actor: Member | None = None,
    now: datetime,
    contact_ids: Sequence[int | None] = (),
) -> int:
    """Put addresses on the list; give how many were not on it for this cause.

    contact_ids: whose each is, where known, in the order of the addresses.  Raises AddressNotValid; nothing is
    written then.
    """
    owners = list(contact_ids) or [None] * len(addresses)
    salt = ensure_salt()
    rows = [
        Suppression(
            channel=channel,
            address_hash=queries.address_hash(channel, address, salt=salt),
            address=address,
            cause=cause,
            note=note,
            contact_id=owner,
            member_name=actor.name if actor else "",
            at=now,
        )
        for address, owner in zip((parse_address(channel, raw) for raw in addresses), owners, strict=True)
    ]
    added = _add(rows)
    if actor is not None and added:
        team.audit(
            actor, "compliance.suppressed", now=now, data={"addresses": added, "channel": str(channel)}
        )
    return added


@transaction.atomic
def unsuppress(*, suppression: Suppression, actor: Member, now: datetime) -> None:
    """Take an address off the list. Raises NotOursToLift for what only the person can lift."""
    if suppression.cause not in REMOVABLE_BY_STAFF:
        raise NotRemovableByStaff(cause=SuppressionCause(suppression.cause).label)
    suppression.delete()
    team.audit(
        actor,
        "compliance.suppression_removed",
        now=now,
        data={"address": suppression.address, "cause": suppression.cause},
    )


@transaction.atomic
def suppress_erased(contacts: Relation, *, now: datetime) -> int:
    """Keep the hashes of people's addresses, and nothing else, before they are erased (R-57, CON-68).

    Not of an address that somebody living has by now: they came back by themselves or are somebody else.
    """
    added, salt = 0, ensure_salt()
    for column, channels in (("email", EMAIL_CHANNELS), ("phone", PHONE_CHANNELS)):
        addresses = contact_queries.addresses_to_suppress(contacts, column=column)
        rows = [
            Suppression(
                channel=channel,
                address_hash=queries.address_hash(channel, address, salt=salt),
                cause=SuppressionCause.ERASED.value,
                at=now,
            )
            for address in addresses
            for channel in channels
        ]
        added += _add(rows)
    erase_addresses(contacts)
    return added


@transaction.atomic
def suppress_opted_out(contacts: Relation, *, now: datetime) -> int:
    """Suppress for advertising the addresses of deleted people who had refused (CON-68); give how many.

    Else whoever is imported or entered again under the same address would be written to against their word. Only an
    opt-in of their own lifts it.
    """
    salt = ensure_salt()
    return sum(
        sql.execute(
            sql.compose(
                sql.text("compliance/suppress_opted_out"),
                contacts=contacts,
                channel_status=contact_queries.channel_status(channel),
                channel=channel,
                by_status=channel == Channel.EMAIL,
                cause=SuppressionCause.OPT_OUT.value,
                salt=salt,
                now=now,
            )
        )
        for channel in (*EMAIL_CHANNELS, *PHONE_CHANNELS)
    )


def unsuppress_restored(contacts: Relation) -> int:
    """Take off the list what deletion put there, of people who came back: they speak for themselves again."""
    return sql.execute(
        sql.compose(
            "DELETE FROM compliance_suppression s WHERE cause = %(cause)s"
            " AND contact_id IN (SELECT contact_id FROM {contacts} c)"
            " AND NOT EXISTS (SELECT FROM compliance_unsubscribe u WHERE u.contact_id = s.contact_id"
            "  AND u.all_channels AND u.undone_at IS NULL AND u.resubscribed_at IS NULL)",
            contacts=contacts,
            cause=SuppressionCause.OPT_OUT.value,
        )
    )


def ensure_salt() -> bytes:
    """Give the workspace's salt, made before its first hash is written."""
    settings, _created = SendingSettings.objects.get_or_create(pk=1)
    return bytes(settings.salt)


def erase_addresses(contacts: Relation) -> None:
    """Leave only the hash of every suppressed address of the people who are erased."""
    ids = [row[0] for row in sql.rows(sql.compose("SELECT contact_id FROM {contacts} c", contacts=contacts))]
    Suppression.objects.filter(contact_id__in=ids).update(address="", note="", contact_id=None)


def unsuppress_addresses(*, channel: str, addresses: Collection[str], causes: Collection[str]) -> int:
    """Take addresses off the list because of the person's own act; give how many rows went."""
    salt = queries.hash_salt()
    hashes = [queries.address_hash(channel, address, salt=salt) for address in addresses if address]
    return (
        Suppression.objects.filter(channel=channel, address_hash__in=hashes, cause__in=causes).delete()[0]
        if hashes
        else 0
    )


def parse_address(channel: str, raw: str) -> str:
    """Give an address as it is kept. Raises AddressNotValid."""
    try:
        return emails.read(raw) if channel == Channel.EMAIL else phones.read(raw).e164
    except ValueError as error:
        raise AddressNotValid(address=str(raw).strip()[:80]) from error


def _add(rows: Sequence[Suppression]) -> int:
    before = Suppression.objects.count()
    Suppression.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    return Suppression.objects.count() - before
