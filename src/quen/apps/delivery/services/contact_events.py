"""Record what happened to messages as events of their contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from psycopg.types.json import Jsonb

from quen.apps.events import registry as kinds
from quen.apps.events import services as events
from quen.core.sql import Relation


@dataclass(frozen=True, slots=True)
class ContactEvent:
    """An event of a contact about a message. kind: key of an EventKind."""

    kind: str
    contact_id: int
    at: datetime
    message_id: int
    data: Mapping[str, str] = field(default_factory=dict)


def record_contact_events(to_record: Sequence[ContactEvent]) -> None:
    """Record events in one statement."""
    if not to_record:
        return
    instants = [each.at for each in to_record]
    events.ensure_partitions(since=min(instants), until=max(instants))
    events.record_rows(
        Relation(
            "SELECT contact_id, at, kind, NULL::numeric AS value, message_id AS ref, data"
            " FROM unnest(%(contacts)s::bigint[], %(ats)s::timestamptz[], %(kinds)s::smallint[],"
            "  %(messages)s::bigint[], %(data)s::jsonb[])"
            "  AS r (contact_id, at, kind, message_id, data)",
            {
                "contacts": [each.contact_id for each in to_record],
                "ats": instants,
                "kinds": [kinds.get(each.kind).code for each in to_record],
                "messages": [each.message_id for each in to_record],
                "data": [Jsonb(dict(each.data)) for each in to_record],
            },
            ("contact_id", "at", "kind", "value", "ref", "data"),
        )
    )
