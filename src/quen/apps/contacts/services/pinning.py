"""People pinned for a job: rows of a change of their own, worked off in batches."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.contacts.models import Change
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Member

BATCH = 25_000


def pin(change: Change, people: Relation, actor: Member, now: datetime) -> int:
    """Write down who is meant, as rows of a change of their own that goes when the work is done."""
    held = Change.objects.create(verb=change.verb, member_id=actor.pk, at=now, data={"pinned_for": change.pk})
    pinned = sql.execute(
        sql.compose(
            "INSERT INTO contacts_changerow (change_id, contact_id)"
            " SELECT %(held)s, c.id FROM contacts_contact c"
            " WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {people} p)",
            people=people,
            held=held.pk,
        )
    )
    change.data |= {"pinned": held.pk, "pinned_people": pinned}
    change.save(update_fields=["data"])
    return pinned


def next_batch(change: Change) -> Relation | None:
    """Give the next people of the list, None when it is empty."""
    pinned = change.data["pinned"]
    last = sql.rows(
        Relation(
            "SELECT max(contact_id) FROM (SELECT contact_id FROM contacts_changerow WHERE change_id = %(pinned)s"
            " ORDER BY contact_id LIMIT %(size)s) b",
            {"pinned": pinned, "size": BATCH},
        )
    )[0][0]
    if last is None:
        return None
    return Relation(
        "SELECT contact_id FROM contacts_changerow WHERE change_id = %(pinned)s AND contact_id <= %(last)s",
        {"pinned": pinned, "last": last},
        ("contact_id",),
    )


def drop_batch(change: Change, batch: Relation) -> None:
    """Take people who are done off the list."""
    sql.execute(
        Relation(
            "DELETE FROM contacts_changerow WHERE change_id = %(pinned)s AND contact_id <= %(last)s",
            batch.params,
        )
    )
