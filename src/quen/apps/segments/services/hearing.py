"""What a batch of news says: who changed, in what way."""

from __future__ import annotations

import json
from dataclasses import dataclass

from quen.apps.events import registry as events
from quen.core import sql
from quen.core.sql import Relation


@dataclass(frozen=True, slots=True)
class Change:
    """People to whom the same happened; ``people`` None: anybody.

    fields: columns of the contact, None when unknown, empty for anything.
    """

    kind: str
    fields: frozenset[str] | None
    people: frozenset[int] | None


def changes_in(batch: Relation, *, few: int) -> list[Change]:
    """Read a batch; more than ``few`` people with the same change are anybody."""
    found = []
    for code, fields, people in sql.rows(sql.compose(_GROUPED, batch=batch, few=few)):
        kind = events.by_code(code)
        if kind is not None:
            names = json.loads(fields) if isinstance(fields, str) else fields
            chosen = frozenset(people) if people is not None else None
            found.append(Change(kind.key, frozenset(names) if names is not None else None, chosen))
    return found


#: only a change without an event names columns: the fields of an event are written for people
_GROUPED = """
SELECT kind, fields,
       CASE WHEN count(*) <= %(few)s AND bool_and(contact_id IS NOT NULL) THEN array_agg(contact_id) END
  FROM (SELECT DISTINCT contact_id, kind,
               CASE WHEN event_id IS NULL THEN data -> 'fields' END AS fields
          FROM {batch} news) told
 GROUP BY kind, fields
"""
