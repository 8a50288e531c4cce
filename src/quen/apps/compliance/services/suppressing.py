"""Addresses nothing is sent to, whatever consent says (CHN-27)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.db import transaction

from quen.apps.compliance import queries
from quen.apps.compliance.models import SendingRules, Suppression
from quen.apps.compliance.types import AddressNotValid, NotOursToLift, SuppressionCause
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.apps.team import services as team
from quen.core import emails, phones, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.team.models import Member

#: what staff may take off the list again
LIFTABLE = (SuppressionCause.MANUAL.value, SuppressionCause.BOUNCE.value)
#: channels by which an address reaches a person
BY_MAIL: tuple[str, ...] = (Channel.EMAIL.value,)
BY_PHONE: tuple[str, ...] = (Channel.SMS.value, Channel.ZALO.value, Channel.CALL.value)
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
        for address, owner in zip((read_address(channel, raw) for raw in addresses), owners, strict=True)
    ]
    added = _add(rows)
    if actor is not None and added:
        team.log_action(
            actor, "compliance.suppressed", now=now, data={"addresses": added, "channel": str(channel)}
        )
    return added


@transaction.atomic
def lift_suppression(*, suppression: Suppression, actor: Member, now: datetime) -> None:
    """Take an address off the list. Raises NotOursToLift for what only the person can lift."""
    if suppression.cause not in LIFTABLE:
        raise NotOursToLift(cause=SuppressionCause(suppression.cause).label)
    suppression.delete()
    team.log_action(
        actor,
        "compliance.suppression_lifted",
        now=now,
        data={"address": suppression.address, "cause": suppression.cause},
    )


@transaction.atomic
def remember_erased(people: Relation, *, now: datetime) -> int:
    """Keep the hashes of people's addresses, and nothing else, before they are erased (R-57, CON-68).

    Not of an address that somebody living has by now: they came back by themselves or are somebody else.
    """
    kept, salt = 0, ensure_salt()
    for column, channels in (("email", BY_MAIL), ("phone", BY_PHONE)):
        addresses = contacts.addresses_to_forget(people, column=column)
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
        kept += _add(rows)
    forget_addresses(people)
    return kept


@transaction.atomic
def remember_refused(people: Relation, *, now: datetime) -> int:
    """Suppress for advertising the addresses of deleted people who had refused (CON-68); give how many.

    Else whoever is imported or entered again under the same address would be written to against their word. Only an
    opt-in of their own lifts it.
    """
    salt = ensure_salt()
    return sum(
        sql.execute(
            sql.compose(
                sql.text("compliance/remember_refused"),
                people=people,
                standing=contacts.standing(channel),
                channel=channel,
                by_status=channel == Channel.EMAIL,
                refusal=SuppressionCause.REFUSAL.value,
                salt=salt,
                now=now,
            )
        )
        for channel in (*BY_MAIL, *BY_PHONE)
    )


def forget_refused(people: Relation) -> int:
    """Take off the list what deletion put there, of people who came back: they speak for themselves again."""
    return sql.execute(
        sql.compose(
            "DELETE FROM compliance_suppression s WHERE cause = %(refusal)s"
            " AND contact_id IN (SELECT contact_id FROM {people} p)"
            " AND NOT EXISTS (SELECT FROM compliance_refusal r WHERE r.contact_id = s.contact_id AND r.everything"
            "  AND r.undone_at IS NULL AND r.ended_at IS NULL)",
            people=people,
            refusal=SuppressionCause.REFUSAL.value,
        )
    )


def ensure_salt() -> bytes:
    """Give the workspace's salt, made before its first hash is written."""
    held, _made = SendingRules.objects.get_or_create(pk=1)
    return bytes(held.salt)


def forget_addresses(people: Relation) -> None:
    """Leave only the hash of every suppressed address of the people who are erased."""
    ids = [row[0] for row in sql.rows(sql.compose("SELECT contact_id FROM {people} p", people=people))]
    Suppression.objects.filter(contact_id__in=ids).update(address="", note="", contact_id=None)


def release(*, channel: str, addresses: Collection[str], causes: Collection[str]) -> int:
    """Take addresses off the list because of the person's own act; give how many rows went."""
    salt = queries.hash_salt()
    hashes = [queries.address_hash(channel, address, salt=salt) for address in addresses if address]
    return (
        Suppression.objects.filter(channel=channel, address_hash__in=hashes, cause__in=causes).delete()[0]
        if hashes
        else 0
    )


def read_address(channel: str, raw: str) -> str:
    """Give an address as it is kept. Raises AddressNotValid."""
    try:
        return emails.read(raw) if channel == Channel.EMAIL else phones.read(raw).e164
    except ValueError as error:
        raise AddressNotValid(address=str(raw).strip()[:80]) from error


def _add(rows: Sequence[Suppression]) -> int:
    before = Suppression.objects.count()
    Suppression.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    return Suppression.objects.count() - before
