"""People pinned for a job: rows of a change of their own, worked off in batches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.contacts.models import BulkChange
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Member

BATCH_SIZE = 25_000


def select_contacts(change: BulkChange, contacts: Relation, actor: Member, now: datetime) -> int:
    """Write down who is meant, as rows of a change of their own that goes when the work is done."""
    selection = BulkChange.objects.create(
        action=change.action, member_id=actor.pk, at=now, data={"selection_for": change.pk}
    )
    count = sql.execute(
        sql.compose(
            "INSERT INTO contacts_bulkchangerow (change_id, contact_id)"
            " SELECT %(selection)s, c.id FROM contacts_contact c"
            " WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {contacts} p)",
            contacts=contacts,
            selection=selection.pk,
        )
    )
    change.data |= {"selection_id": selection.pk, "selected_count": count}
    change.save(update_fields=["data"])
    return count


def next_batch(change: BulkChange) -> Relation | None:
    """Give the next people of the list, None when it is empty."""
    selection = change.data["selection_id"]
    last = sql.rows(
        Relation(
            "SELECT max(contact_id) FROM (SELECT contact_id FROM contacts_bulkchangerow WHERE change_id = %(selection)s"
            " ORDER BY contact_id LIMIT %(size)s) b",
            {"selection": selection, "size": BATCH_SIZE},
        )
    )[0][0]
    if last is None:
        return None
    return Relation(
        "SELECT contact_id FROM contacts_bulkchangerow WHERE change_id = %(selection)s AND contact_id <= %(last)s",
        {"selection": selection, "last": last},
        ("contact_id",),
    )


def drop_batch(change: BulkChange, batch: Relation) -> None:
    """Take people who are done off the list."""
    sql.execute(
        Relation(
            "DELETE FROM contacts_bulkchangerow WHERE change_id = %(selection)s AND contact_id <= %(last)s",
            batch.params,
        )
    )
