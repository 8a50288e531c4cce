"""Accepting the proposed forms of address of many contacts (CON-69)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries
from quen.apps.contacts.models import BulkChange
from quen.apps.contacts.services.bulk_selection import batches_of
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import Certainty
from quen.apps.events import services as events
from quen.core import clock, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.core.actors import Actor


def accept_salutations(
    change: BulkChange, contacts: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    """Address those of the contacts as proposed whose proposal is as certain as the change asks (``at_least``)."""
    at_least = change.data.get("at_least", Certainty.SURE.value)
    today = clock.local_day(now, accounts.current_workspace().zone)
    locked = [pk for (pk,) in sql.rows(contacts)]
    statement = sql.compose(
        sql.text("contacts/accept_salutations", proposals="{proposals}"),
        proposals=queries.proposed_salutations(contacts, today=today),
        at_least=at_least,
        change=change.pk,
        now=now,
    )
    changed = [pk for (pk,) in sql.rows(statement)]
    data = {"fields": ["salutation"]} | actor_data(actor)
    events.record_relation("contact_changed", queries.relation_of_ids(changed), at=now, data=data)
    left = len(locked) - len(changed)
    return len(locked), len(changed), {"already": left} if left else {}


def undo_accepted_salutations(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    """Take back the forms of address that a change accepted, where nobody has corrected them since."""
    undone = 0
    for batch in batches_of(change):
        sql.rows(Relation(sql.text("contacts/undo_status_lock"), {"batch": sql.array(batch)}))
        statement = Relation(
            "WITH undone AS (UPDATE contacts_contact c SET salutation = '', updated_at = %(now)s"
            " FROM contacts_bulkchangerow r WHERE r.change_id = %(change)s AND r.contact_id = c.id"
            " AND c.id = ANY(%(batch)s::bigint[]) AND c.salutation = r.before ->> 'accepted' RETURNING c.id)"
            " SELECT id FROM undone",
            {"change": change.pk, "batch": sql.array(batch), "now": now},
        )
        changed = [pk for (pk,) in sql.rows(statement)]
        data = {"fields": ["salutation"], "undo": True} | actor_data(actor)
        events.record_relation("contact_changed", queries.relation_of_ids(changed), at=now, data=data)
        undone += len(changed)
    left = change.count - undone
    return undone, {"changed_since": left} if left > 0 else {}
