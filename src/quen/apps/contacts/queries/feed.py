"""What changed, in the order of commit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from quen.apps.contacts.models import ContactChange
from quen.apps.contacts.queries.merges import survivors
from quen.core import sql
from quen.core.sql import Relation


class ChangeKind(StrEnum):
    """What a contact is after its latest change."""

    CHANGED = "changed"
    DELETED = "deleted"
    MERGED = "merged"
    ERASED = "erased"


@dataclass(frozen=True, slots=True)
class ContactChangeEntry:
    """The latest change of a contact. survivor_id: of a merged one, the contact it went into."""

    contact_id: int
    seq: int
    at: datetime
    kind: ChangeKind
    survivor_id: int | None = None


def changes(*, after: int = 0, since: datetime | None = None, limit: int) -> list[ContactChangeEntry]:
    """Return the contacts whose latest change follows ``after``, in the order of commit.

    since: leaves out changes entered before. ``services.feed.catch_up_with_changes`` enters what is committed.
    """
    found = sql.rows(
        Relation(
            "SELECT ch.contact_id, ch.seq, ch.at, c.id IS NOT NULL, c.deleted_at IS NOT NULL"
            " FROM contacts_contactchange ch LEFT JOIN contacts_contact c ON c.id = ch.contact_id"
            f" WHERE ch.seq > %(after)s{' AND ch.at >= %(since)s' if since else ''}"
            " ORDER BY ch.seq LIMIT %(limit)s",
            {"after": after, "limit": limit} | ({"since": since} if since else {}),
        )
    )
    gone = [pk for pk, _seq, _at, exists, deleted in found if not exists or deleted]
    ends = survivors(gone) if gone else {}
    return [
        ContactChangeEntry(pk, seq, at, _kind(exists, deleted, ends.get(pk)), ends.get(pk) if gone else None)
        for pk, seq, at, exists, deleted in found
    ]


def changes_of(contact_ids: Collection[int]) -> dict[int, ContactChangeEntry]:
    """Return the latest change of each of these contacts by id; nothing of one that has not changed for long."""
    found = sql.rows(
        Relation(
            "SELECT ch.contact_id, ch.seq, ch.at, c.id IS NOT NULL, c.deleted_at IS NOT NULL"
            " FROM contacts_contactchange ch LEFT JOIN contacts_contact c ON c.id = ch.contact_id"
            " WHERE ch.contact_id = ANY(%(ids)s::bigint[])",
            {"ids": list(contact_ids)},
        )
    )
    gone = [pk for pk, _seq, _at, exists, deleted in found if not exists or deleted]
    ends = survivors(gone) if gone else {}
    return {
        pk: ContactChangeEntry(
            pk, seq, at, _kind(exists, deleted, ends.get(pk)), ends.get(pk) if gone else None
        )
        for pk, seq, at, exists, deleted in found
    }


def versions_of(contact_ids: Collection[int]) -> dict[int, int]:
    """Return the version of contacts by id: the place of their latest change. It rises with each."""
    found = ContactChange.objects.filter(contact_id__in=list(contact_ids))
    return dict(found.values_list("contact_id", "seq"))


def _kind(exists: bool, deleted: bool, survivor_id: int | None) -> ChangeKind:
    if exists and not deleted:
        return ChangeKind.CHANGED
    if survivor_id is not None:
        return ChangeKind.MERGED
    return ChangeKind.DELETED if exists else ChangeKind.ERASED
