"""The selection of a bulk job: its contacts as rows of a separate change, processed in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.conf import settings

from quen.apps.contacts.models import BulkChange
from quen.core import sql
from quen.core.actors import Actor
from quen.core.sql import Relation


def lock_selected(contacts: Relation) -> list[int]:
    """Lock the contacts of a Relation until the transaction ends, and return those that are not deleted.

    One that is merged meanwhile is waited for and then left out: nothing is written to a record that went into another.
    """
    return [pk for (pk,) in sql.rows(sql.compose(sql.text("contacts/bulk_lock"), contacts=contacts))]


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


def next_batch(change: BulkChange) -> list[int]:
    """Return the next contacts of the selection, none when it is empty."""
    return _rows_after(change.data["selection_id"], 0)


def drop_batch(change: BulkChange, batch: Sequence[int]) -> None:
    """Remove processed contacts from the selection."""
    sql.execute(
        Relation(
            "DELETE FROM contacts_bulkchangerow"
            " WHERE change_id = %(selection)s AND contact_id = ANY(%(batch)s::bigint[])",
            {"selection": change.data["selection_id"], "batch": sql.array(batch)},
        )
    )


def batches_of(change: BulkChange) -> Iterator[list[int]]:
    """Yield the contacts that a change has modified, in order, a batch at a time."""
    last = 0
    while batch := _rows_after(change.pk, last):
        yield batch
        last = batch[-1]


def _rows_after(change_id: int, last: int) -> list[int]:
    """Return a list, not a Relation that others join.

    What the server knows of the table may be from before these rows. It would take them for one, join it by comparing
    all with all, and need minutes for 50,000 contacts.
    """
    params = {"change": change_id, "last": last, "size": settings.BULK_BATCH_CONTACTS}
    return [contact_id for (contact_id,) in sql.rows(Relation(sql.text("contacts/bulk_batch"), params))]
