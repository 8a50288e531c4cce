"""What a batch of news says: who changed, in what way."""

from __future__ import annotations

import json
from dataclasses import dataclass

from quen.apps.events import registry as events
from quen.core import sql
from quen.core.sql import Relation


@dataclass(frozen=True, slots=True)
class ContactChanges:
    """People to whom the same happened; ``contact_ids`` None: anybody.

    fields: columns of the contact, None when unknown, empty for anything.
    """

    kind: str
    fields: frozenset[str] | None
    contact_ids: frozenset[int] | None


def parse_changes(batch: Relation, *, max_ids: int) -> list[ContactChanges]:
    """Read a batch; more than ``max_ids`` contacts with the same change are anybody."""
    found = []
    for code, fields, contact_ids in sql.rows(sql.compose(_GROUP_CHANGES, batch=batch, max_ids=max_ids)):
        kind = events.by_code(code)
        if kind is not None:
            names = json.loads(fields) if isinstance(fields, str) else fields
            ids = frozenset(contact_ids) if contact_ids is not None else None
            found.append(ContactChanges(kind.key, frozenset(names) if names is not None else None, ids))
    return found


#: only a change without an event names columns: the fields of an event are written for people
_GROUP_CHANGES = """
SELECT kind, fields,
       CASE WHEN count(*) <= %(max_ids)s AND bool_and(contact_id IS NOT NULL) THEN array_agg(contact_id) END
  FROM (SELECT DISTINCT contact_id, kind,
               CASE WHEN event_id IS NULL THEN data -> 'fields' END AS fields
          FROM {batch} batch) changes
 GROUP BY kind, fields
"""
