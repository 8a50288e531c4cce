"""Suppressions: addresses that get no messages, whatever their consent (CHN-27)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries, registry
from quen.apps.compliance.models import SendingSettings, Suppression
from quen.apps.compliance.services.sharing import record_refusals
from quen.apps.compliance.types import ADDRESS_COLUMNS, AddressNotValid, NotRemovableByStaff, SuppressionCause
from quen.apps.contacts import queries as contact_queries
from quen.apps.team import services as team
from quen.core import emails, phones, sql
from quen.core.actors import SYSTEM, Actor
from quen.core.privacy import mask_address
from quen.core.sql import Relation

if TYPE_CHECKING:
    from datetime import datetime


#: causes of suppressions that staff may remove
REMOVABLE_BY_STAFF = (
    SuppressionCause.MANUAL.value,
    SuppressionCause.BOUNCE.value,
    SuppressionCause.REGISTER.value,
)
_BATCH = 5_000


@transaction.atomic
def suppress(
    *,
    channel: str,
    addresses: Sequence[str],
    cause: str,
    note: str = "",
    actor: Actor = SYSTEM,
    now: datetime,
    contact_ids: Sequence[int | None] = (),
) -> int:
    """Add addresses to the suppression list. Return how many are new for this cause.

    contact_ids: the contact of each address, where known, in the same order.  Raises AddressNotValid before anything
    is written.
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
            member_name=actor.name,
            at=now,
        )
        for address, owner in zip((parse_address(channel, raw) for raw in addresses), owners, strict=True)
    ]
    added = _add(rows)
    if not actor.is_system and added:
        team.audit(
            actor, "compliance.suppressed", now=now, data={"addresses": added, "channel": str(channel)}
        )
    return added


@transaction.atomic
def unsuppress(*, suppression: Suppression, actor: Actor, now: datetime) -> None:
    """Remove an address from the suppression list. Raises NotRemovableByStaff."""
    if suppression.cause not in REMOVABLE_BY_STAFF:
        raise NotRemovableByStaff(cause=SuppressionCause(suppression.cause).label)
    suppression.delete()
    team.audit(
        actor,
        "compliance.suppression_removed",
        now=now,
        data={"address": mask_address(suppression.address), "cause": suppression.cause},
    )


@transaction.atomic
def suppress_erased(contacts: Relation, *, now: datetime) -> int:
    """Suppress the addresses of contacts about to be erased, as hashes only (R-57, CON-68). Return how many are new.

    Skips addresses an active contact has by now: that is the same person signed up again, or someone else.
    """
    record_refusals(contacts, now=now)
    added, salt = 0, ensure_salt()
    for column in ADDRESS_COLUMNS:
        addresses = contact_queries.addresses_to_suppress(contacts, column=column)
        rows = [
            Suppression(
                channel=channel,
                address_hash=queries.address_hash(channel, address, salt=salt),
                cause=SuppressionCause.ERASED.value,
                at=now,
            )
            for address in addresses
            for channel in registry.channels_with_address(column)
        ]
        added += _add(rows)
    erase_addresses(contacts)
    return added


@transaction.atomic
def suppress_opted_out(contacts: Relation, *, now: datetime) -> int:
    """Suppress for advertising the addresses of deleted contacts that had opted out (CON-68). Return how many are new.

    Otherwise a contact imported or added again with the same address would get advertising against their will. Only
    their own opt-in ends it.
    """
    salt = ensure_salt()
    return sum(
        sql.execute(
            sql.compose(
                sql.text("compliance/suppress_opted_out"),
                contacts=contacts,
                channel_status=contact_queries.channel_status(channel),
                channel=channel,
                by_status=registry.policy(channel).needs_subscribed_status,
                cause=SuppressionCause.OPT_OUT.value,
                salt=salt,
                now=now,
            )
        )
        for column in ADDRESS_COLUMNS
        for channel in registry.channels_with_address(column)
    )


def unsuppress_restored(contacts: Relation) -> int:
    """Remove the suppressions added when these contacts were deleted: their own consent applies again."""
    return sql.execute(
        sql.compose(
            "DELETE FROM compliance_suppression s WHERE cause = %(cause)s"
            " AND contact_id IN (SELECT contact_id FROM {contacts} c)"
            " AND NOT EXISTS (SELECT 1 FROM compliance_unsubscribe u WHERE u.contact_id = s.contact_id"
            "  AND u.all_channels AND u.undone_at IS NULL AND u.resubscribed_at IS NULL)",
            contacts=contacts,
            cause=SuppressionCause.OPT_OUT.value,
        )
    )


def ensure_salt() -> bytes:
    """Return the workspace's salt; creates it before the first hash is written."""
    settings, _created = SendingSettings.objects.get_or_create(pk=1)
    return bytes(settings.salt)


def erase_addresses(contacts: Relation) -> None:
    """Erase everything but the hash from the suppressions of these contacts."""
    ids = [row[0] for row in sql.rows(sql.compose("SELECT contact_id FROM {contacts} c", contacts=contacts))]
    Suppression.objects.filter(contact_id__in=ids).update(address="", note="", contact_id=None)


def unsuppress_addresses(*, channel: str, addresses: Collection[str], causes: Collection[str]) -> int:
    """Remove suppressions because of the contact's own action. Return how many were removed."""
    salt = queries.hash_salt()
    hashes = [queries.address_hash(channel, address, salt=salt) for address in addresses if address]
    if SuppressionCause.ADVERTISER.value in causes:
        hashes += [
            each for address in addresses if address for each in queries.shared_hashes(channel, address)
        ]
    return (
        Suppression.objects.filter(channel=channel, address_hash__in=hashes, cause__in=causes).delete()[0]
        if hashes
        else 0
    )


def parse_address(channel: str, raw: str) -> str:
    """Return an address in its stored form. Raises AddressNotValid."""
    try:
        match registry.policy(channel).address:
            case "email":
                return emails.read(raw)
            case "phone":
                return phones.read(raw).e164
            case None:
                raise AddressNotValid(address=str(raw).strip()[:80])
    except ValueError as error:
        raise AddressNotValid(address=str(raw).strip()[:80]) from error


def _add(rows: Sequence[Suppression]) -> int:
    before = Suppression.objects.count()
    Suppression.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    return Suppression.objects.count() - before
