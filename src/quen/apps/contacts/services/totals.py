"""Totals and last activity of many contacts, supplied by the apps that compute them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from quen.apps.contacts import queries, registry
from quen.apps.events import services as events
from quen.core import sql
from quen.core.sql import Relation


@transaction.atomic
def apply_totals(totals: Relation) -> int:
    """Write totals of the contacts of a Relation, and only those it has a column for. Returns how many changed.

    totals: contact_id, and columns that are registered totals. Raises ValueError for any other column.
    """
    columns = total_columns(totals)
    statement = sql.text(
        "contacts/apply_totals",
        totals="{totals}",
        columns=", ".join(columns),
        current=", ".join(f"c.{column}" for column in columns),
        given=", ".join(f"t.{column}" for column in columns),
    )
    return _update_and_notify(sql.compose(statement, totals=totals), fields=columns)


def total_columns(totals: Relation) -> list[str]:
    """Return the totals that a Relation has. Raises ValueError for a column that is no registered total."""
    columns = [column for column in totals.columns if column != "contact_id"]
    unknown = set(columns) - {total.column for total in registry.totals()}
    if unknown or not columns:
        raise ValueError(f"No registered totals: {', '.join(sorted(unknown)) or 'none given'}.")
    return columns


@transaction.atomic
def touch_activity(activity: Relation) -> int:
    """Move the last activity of contacts forward and return how many changed.

    activity: contact_id, at; activity of contacts only, never of staff.
    """
    statement = sql.compose(sql.text("contacts/touch_activity"), activity=activity)
    return _update_and_notify(statement, fields=["last_activity_at"])


def _update_and_notify(update: Relation, *, fields: Sequence[str]) -> int:
    """Run an UPDATE and notify consumers of the contacts it changed, without events on their timelines."""
    changed = [contact_id for (contact_id,) in sql.rows(update)]
    if changed:
        events.notify_changed(queries.relation_of_ids(changed), fields=fields)
    return len(changed)
