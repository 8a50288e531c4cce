"""The selection of a bulk job: its contacts as rows of a separate change, processed in batches."""

from __future__ import annotations

from datetime import datetime

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
    """Return the next contacts of the selection, None when it is empty."""
    selection = change.data["selection_id"]
    statement = Relation(sql.text("contacts/bulk_batch_end"), {"selection": selection, "size": size})
    last = sql.rows(statement)[0][0]
    if last is None:
        return None
    return Relation(
        "SELECT contact_id FROM contacts_bulkchangerow WHERE change_id = %(selection)s AND contact_id <= %(last)s",
        {"selection": selection, "last": last},
        ("contact_id",),
    )


def drop_batch(change: BulkChange, batch: Relation) -> None:
    """Remove processed contacts from the selection."""
    sql.execute(
        Relation(
            "DELETE FROM contacts_bulkchangerow WHERE change_id = %(selection)s AND contact_id <= %(last)s",
            batch.params,
        )
    )
