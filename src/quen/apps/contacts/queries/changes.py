"""Consent entries and bulk changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from quen.apps.contacts.models import BulkChange, ConsentEntry, ConsentProofRow, Contact
from quen.apps.contacts.types import MARKETING, BulkAction, Channel, Consent
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.sql import Relation


def consent_entries(contact: Contact) -> list[ConsentEntry]:
    """Return a contact's consent entries with their proofs, newest first."""
    return list(ConsentEntry.objects.filter(contact=contact).select_related("proof"))


def consent_before_block(contact: Contact, channel: str) -> Consent:
    """Return the consent that was valid before the current block."""
    entry = (
        ConsentEntry.objects.filter(contact=contact, channel=channel, purpose=MARKETING)
        .exclude(consent=Consent.BLOCKED)
        .order_by("-at", "-id")
        .first()
    )
    return Consent(entry.consent) if entry else Consent.NEVER_ASKED


def consents_before_block(contact_ids: Collection[int]) -> dict[tuple[int, str], Consent]:
    """Return the same of many contacts, by contact and channel; what is missing was never asked."""
    entries = (
        ConsentEntry.objects.filter(contact_id__in=set(contact_ids), purpose=MARKETING)
        .exclude(consent=Consent.BLOCKED)
        .order_by("at", "id")
    )
    found = entries.values_list("contact_id", "channel", "consent")
    return {(pk, channel): Consent(consent) for pk, channel, consent in found}


def refusals_since(change: BulkChange, contacts: Relation | None = None) -> Relation:
    """Return the contacts of a change who have refused advertising since and still do, as contact_id.

    contacts: only these.  What the change wrote itself was not said since.
    """
    if contacts is None:
        contacts = _contacts_of(change)
    own = list(ConsentProofRow.objects.filter(data__change=change.pk).values_list("pk", flat=True))
    if "proof_id" in change.data:
        own.append(change.data["proof_id"])
    cases = " ".join(f"WHEN '{channel}' THEN c.consent_{channel}" for channel in Channel.values)
    return sql.compose(
        sql.text("contacts/refusals_since", contacts="{contacts}", current=f"CASE e.channel {cases} END"),
        contacts=contacts,
        since=change.at,
        refusals=[int(Consent.WITHDRAWN), int(Consent.BLOCKED)],
        own=sql.array(own),
    )


def count_refusals_since(change: BulkChange) -> int:
    """Return how many contacts of a change have refused advertising since, deleted ones included."""
    said = sql.compose("SELECT count(*) FROM {said} s", said=refusals_since(change))
    return int(sql.rows(said)[0][0])


def _contacts_of(change: BulkChange) -> Relation:
    if change.action == BulkAction.MERGE:
        return Relation(
            "SELECT unnest(ARRAY[kept_id, merged_id]) AS contact_id FROM contacts_merge"
            " WHERE change_id = %(change)s AND undone_at IS NULL",
            {"change": change.pk},
            ("contact_id",),
        )
    return Relation(
        "SELECT contact_id FROM contacts_bulkchangerow WHERE change_id = %(change)s",
        {"change": change.pk},
        ("contact_id",),
    )


def count_undo_of_tags(change: BulkChange) -> int:
    """Return how many contacts undo of a change of tags would change."""
    undone = Relation(sql.text("contacts/undone_tags"), {"change": change.pk, "batch": None})
    return int(
        sql.rows(sql.compose("SELECT count(DISTINCT contact_id) FROM {undone} u", undone=undone))[0][0]
    )


def count_undo_of_status(change: BulkChange) -> int:
    """Return how many contacts undo of a change of status would change."""
    counted = sql.compose(
        "SELECT count(*) FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id"
        " WHERE r.change_id = %(change)s AND c.status = (r.before->>'to')::smallint"
        " AND r.contact_id NOT IN (SELECT contact_id FROM {refused} f)",
        change=change.pk,
        refused=refusals_since(change),
    )
    return int(sql.rows(counted)[0][0])


def count_undo_of_deletion(change: BulkChange) -> int:
    """Return how many contacts undo of a deletion would restore: those whose phone and email are still free."""
    counted = Relation(
        "SELECT count(*) FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id"
        " WHERE r.change_id = %(change)s AND c.deleted_at >= %(since)s"
        " AND NOT EXISTS (SELECT 1 FROM contacts_merge g WHERE g.merged_id = c.id AND g.undone_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM contacts_contact o WHERE o.email = c.email AND o.deleted_at IS NULL)"
        " AND NOT EXISTS (SELECT 1 FROM contacts_contact o WHERE o.phone = c.phone AND o.deleted_at IS NULL)",
        {"change": change.pk, "since": change.at},
    )
    return int(sql.rows(counted)[0][0])


def get_change(change_id: int) -> BulkChange:
    """Return a bulk change. Raises NotFound."""
    change = BulkChange.objects.filter(pk=change_id).first()
    if change is None:
        raise NotFound()
    return change


def latest_bulk_change(member_id: int, *, since: datetime, more_than: int) -> BulkChange | None:
    """Return a member's latest change of more than ``more_than`` contacts that can still be undone."""
    return (
        BulkChange.objects.filter(member_id=member_id, at__gte=since, undone_at=None, count__gt=more_than)
        .exclude(action=BulkAction.IMPORT)
        .order_by("-at", "-id")
        .first()
    )
