"""Read a batch of change notifications: which contacts changed, and how."""

from __future__ import annotations

import json
from dataclasses import dataclass

from quen.apps.events import registry as events
from quen.core import sql
from quen.core.sql import Relation


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """Contacts with the same kind of change. contact_ids: None means any contact.

    fields: changed columns of the contact; None: unknown; empty: anything.
    """

    kind: str
    fields: frozenset[str] | None
    contact_ids: frozenset[int] | None


def parse_changes(batch: Relation, *, max_ids: int) -> list[ContactChanges]:
    """Return the changes of a batch. More than ``max_ids`` contacts with the same change become "any contact"."""
    found = []
    for code, fields, contact_ids in sql.rows(sql.compose(_GROUP_CHANGES, batch=batch, max_ids=max_ids)):
        kind = events.by_code(code)
        if kind is not None:
            names = json.loads(fields) if isinstance(fields, str) else fields
            ids = frozenset(contact_ids) if contact_ids is not None else None
            found.append(ContactChanges(kind.key, frozenset(names) if names is not None else None, ids))
    return found


#: Only changes without an event name columns; an event's "fields" are texts for the timeline.
_GROUP_CHANGES = """
SELECT kind, fields,
       CASE WHEN count(*) <= %(max_ids)s AND bool_and(contact_id IS NOT NULL) THEN array_agg(contact_id) END
  FROM (SELECT DISTINCT contact_id, kind,
               CASE WHEN event_id IS NULL THEN data -> 'fields' END AS fields
          FROM {batch} batch) changes
 GROUP BY kind, fields
"""
