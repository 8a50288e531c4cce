"""The selection of a bulk job: its contacts as rows of a separate change, processed in batches."""

from __future__ import annotations

from datetime import datetime

from quen.apps.contacts import queries
from quen.apps.contacts.models import BulkChange
from quen.core import sql
from quen.core.actors import Actor
from quen.core.sql import Relation

BATCH_SIZE = 25_000


def select_contacts(change: BulkChange, contacts: Relation, actor: Actor, now: datetime) -> int:
    """Store the selection as rows of a separate change, deleted when the job ends. Returns the number of contacts."""
    selection = BulkChange.objects.create(
        action=change.action, member_id=actor.member_id, at=now, data={"selection_for": change.pk}
    )
    count = sql.execute(
        sql.compose(
            sql.text("contacts/bulk_select"),
            contacts=contacts,
            selection=selection.pk,
        )
    )
    change.data |= {"selection_id": selection.pk, "selected_count": count}
    change.save(update_fields=["data"])
    return count


def next_batch(change: BulkChange, *, size: int = BATCH_SIZE) -> Relation | None:
    """Return the next contacts of the selection, None when it is empty.

    As a list: what the server knows of the table is from before the selection, and joins of what it takes for one row
    with itself would compare all with all.
    """
    params = {"selection": change.data["selection_id"], "size": size}
    found = sql.rows(Relation(sql.text("contacts/bulk_batch"), params))
    return queries.relation_of_ids(contact_id for (contact_id,) in found) if found else None


def drop_batch(change: BulkChange, batch: Relation) -> None:
    """Remove processed contacts from the selection."""
    sql.execute(
        sql.compose(
            "DELETE FROM contacts_bulkchangerow WHERE change_id = %(selection)s"
            " AND contact_id IN (SELECT contact_id FROM {batch} p)",
            selection=change.data["selection_id"],
            batch=batch,
        )
    )
