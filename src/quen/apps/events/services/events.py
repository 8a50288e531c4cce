"""Record events: one, a few, or a set, each with the queue rows of its consumers in one statement."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from quen.apps.events import registry
from quen.apps.events.models import Event
from quen.apps.events.services.consumers import schedule_drain
from quen.apps.events.services.partitions import ensure_partitions
from quen.apps.events.types import ANY_CONTACT_THRESHOLD, BULK_THRESHOLD, NewEvent
from quen.core import clock, sql
from quen.core.sql import Relation

_CHANGED = "contact_changed"


def record(
    kind: str,
    *,
    contact_id: int,
    at: datetime,
    value: Any = None,
    ref: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Record one event."""
    record_many([NewEvent(kind, contact_id, at, value, ref, data)])


def record_many(events: Sequence[NewEvent]) -> None:
    """Record some events in one statement."""
    if not events:
        return
    instants = [event.at for event in events]
    ensure_partitions(since=min(instants), until=max(instants))
    record_rows(
        Relation(
            "SELECT * FROM unnest(%(contact_ids)s::bigint[], %(instants)s::timestamptz[], %(kinds)s::smallint[],"
            " %(values)s::numeric[], %(refs)s::bigint[], %(data)s::jsonb[])"
            " AS e (contact_id, at, kind, value, ref, data)",
            {
                "contact_ids": [event.contact_id for event in events],
                "instants": instants,
                "kinds": [registry.get(event.kind).code for event in events],
                "values": [event.value for event in events],
                "refs": [event.ref for event in events],
                "data": [Jsonb(event.data) if event.data is not None else None for event in events],
            },
        )
    )


def record_relation(
    kind: str, contacts: Relation, *, at: datetime, data: dict[str, Any] | None = None
) -> int:
    """Record the same event for every contact of a Relation with the column ``contact_id``. Return their number.

    If the Relation has a column ``ref``, it is stored with each event.
    """
    ensure_partitions(since=at, until=at)
    ref = "ref" if "ref" in contacts.columns else "NULL::bigint"
    return record_rows(
        sql.compose(
            "SELECT contact_id, %(at)s::timestamptz AS at, %(kind)s::smallint AS kind, NULL::numeric AS value,"
            f" {ref} AS ref, %(data)s::jsonb AS data FROM {{contacts}} contacts",
            contacts=contacts,
            at=at,
            kind=registry.get(kind).code,
            data=Jsonb(data) if data is not None else None,
        )
    )


def record_rows(rows: Relation) -> int:
    """Record the events of a Relation: contact_id, at, kind (code), value, ref, data. Return their number.

    The partitions of their months must exist (ensure_partitions). All record_* functions end here: the same statement
    queues one row per event and subscribed consumer or, above BULK_THRESHOLD, one bulk marker per kind.
    """
    statement = sql.compose(sql.text("events/record"), rows=rows, bulk_threshold=BULK_THRESHOLD)
    recorded, consumers = sql.rows(statement)[0]
    schedule_drain(consumers or ())
    return int(recorded)


def notify_changed(contacts: Relation, *, fields: Collection[str], at: datetime | None = None) -> None:
    """Notify consumers that the contacts of a Relation changed without an event on their timeline.

    fields: names of the changed data, in full ("loyalty.points"), or columns of the contact ("spent", "tags",
    "attrs.12"); empty if any may have changed or contacts are new.  at: by default the start of the transaction.
    Above ANY_CONTACT_THRESHOLD contacts, consumers get one row without a contact: any contact may have changed.
    """
    statement = sql.compose(
        sql.text("events/notify_changed"),
        contacts=contacts,
        kind=registry.get(_CHANGED).code,
        at=at,
        data=Jsonb({"fields": sorted(fields)}),
        any_contact_threshold=ANY_CONTACT_THRESHOLD,
    )
    schedule_drain(sql.rows(statement)[0][0] or ())


def notify_consumer(consumer: str, contacts: Relation) -> None:
    """Queue contacts for one consumer, as changed without an event: also people who are not there any more."""
    sql.execute(
        sql.compose(
            "INSERT INTO events_consumerqueue (consumer, kind, at, contact_id)"
            " SELECT %(consumer)s, %(kind)s::smallint, %(at)s, c.contact_id FROM {contacts} c",
            contacts=contacts,
            consumer=consumer,
            kind=registry.get(_CHANGED).code,
            at=clock.now(),
        )
    )
    schedule_drain([consumer])


def move_events(pairs: Relation) -> None:
    """Give the events of contacts that were merged, and their queue rows, to those that were kept.

    pairs: kept_id, merged_id.
    """
    for table in ("events_consumerqueue", "events_event"):
        sql.execute(
            sql.compose(
                f"UPDATE {table} e SET contact_id = p.kept_id FROM {{pairs}} p WHERE e.contact_id = p.merged_id",
                pairs=pairs,
            )
        )


def return_events(moved: Relation) -> None:
    """Give events back to the contacts they were moved from.

    moved: event_id, kept_id, merged_id.
    """
    sql.execute(
        sql.compose(
            "UPDATE events_event e SET contact_id = m.merged_id FROM {moved} m"
            " WHERE e.contact_id = m.kept_id AND e.id = m.event_id",
            moved=moved,
        )
    )


def delete_event(*, at: datetime, event_id: int) -> None:
    """Delete one event its author takes back, such as a note."""
    Event.objects.filter(at=at, id=event_id).delete()


def change_data(*, at: datetime, event_id: int, data: dict[str, Any]) -> None:
    """Replace the data of one event that its author corrects, such as a note."""
    Event.objects.filter(at=at, id=event_id).update(data=data)


def erase_events(contacts: Relation) -> int:
    """Erase the events and the queue rows of the contacts of a Relation. Return how many events were erased."""
    for table in ("events_consumerqueue", "events_event"):
        erased = sql.execute(
            sql.compose(
                f"DELETE FROM {table} WHERE contact_id IN (SELECT contact_id FROM {{contacts}} c)",
                contacts=contacts,
            )
        )
    return erased
