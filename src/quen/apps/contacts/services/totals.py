"""Totals and last activity of many contacts, supplied by the apps that compute them."""

from __future__ import annotations

from django.db import connection, transaction

from quen.apps.events import services as events
from quen.core import sql
from quen.core.sql import Relation

_TOTALS = ("spent", "orders_count", "first_order_at", "last_order_at")


@transaction.atomic
def apply_totals(totals: Relation) -> int:
    """Write the totals of the contacts of a Relation and return how many changed.

    totals: contact_id, spent, orders_count, first_order_at, last_order_at.
    """
    return _update_and_notify(
        sql.compose(
            "UPDATE contacts_contact c SET spent = t.spent, orders_count = t.orders_count,"
            " first_order_at = t.first_order_at, last_order_at = t.last_order_at"
            " FROM {totals} t WHERE c.id = t.contact_id"
            " AND (c.spent, c.orders_count, c.first_order_at, c.last_order_at)"
            " IS DISTINCT FROM (t.spent, t.orders_count, t.first_order_at, t.last_order_at)",
            totals=totals,
        ),
        fields=_TOTALS,
    )


@transaction.atomic
def touch_activity(activity: Relation) -> int:
    """Move the last activity of contacts forward and return how many changed.

    activity: contact_id, at; activity of contacts only, never of staff.
    """
    return _update_and_notify(
        sql.compose(
            "UPDATE contacts_contact c SET last_activity_at = t.at"
            " FROM (SELECT contact_id, max(at) AS at FROM {activity} a GROUP BY contact_id) t"
            " WHERE c.id = t.contact_id AND c.last_activity_at < t.at",
            activity=activity,
        ),
        fields=("last_activity_at",),
    )


def _update_and_notify(update: Relation, *, fields: tuple[str, ...]) -> int:
    """Run an UPDATE and notify consumers of the contacts it changed, without events on their timelines."""
    with connection.cursor() as cursor:
        cursor.execute(f"{update.text} RETURNING c.id", dict(update.params))
        changed = [pk for (pk,) in cursor.fetchall()]
    if changed:
        contacts = Relation(
            "SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": changed}, ("contact_id",)
        )
        events.notify_changed(contacts, fields=fields)
    return len(changed)
