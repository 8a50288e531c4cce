"""Find which contacts enter and leave a segment, write it and record the events."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from quen.apps.accounts import queries as accounts
from quen.apps.audience import queries as audience
from quen.apps.events import services as events
from quen.apps.segments import queries
from quen.apps.segments.models import Segment
from quen.apps.segments.types import MembershipChange
from quen.core import sql
from quen.core.sql import Relation

#: beyond this many, segments that depend on this one are recomputed for all contacts
_MAX_LISTED_IDS = 5_000


class StaleVersion(Exception):
    """The segment's conditions changed, or it was archived, during the computation."""


@dataclass(frozen=True, slots=True)
class MembershipDiff:
    """Contacts that enter and leave a segment.

    entered, left: Relations with the column contact_id.  contact_ids: all of them, None when there are too many.
    complete: computed for all contacts.
    """

    entered: Relation
    left: Relation
    change: MembershipChange
    contact_ids: frozenset[int] | None
    complete: bool = False

    def apply(self, segment: Segment, *, day: date, now: datetime) -> None:
        """Record the events and update the size and the day. Raises StaleVersion."""
        entered, left = self.change.entered, self.change.left
        if entered or left:
            for kind, contacts in (("segment_entered", self.entered), ("segment_left", self.left)):
                records = sql.compose(
                    "SELECT contact_id, %(ref)s::bigint AS ref FROM {contacts} contacts",
                    contacts=contacts,
                    ref=segment.pk,
                )
                records = Relation(records.text, records.params, ("contact_id", "ref"))
                events.record_relation(kind, records, at=now, data={"segment": segment.name})
        size = sql.rows(
            Relation(
                _RECOUNT_SIZE if self.complete else _ADD_TO_SIZE,
                {"segment": segment.pk, "version": segment.version, "now": now, "delta": entered - left},
            )
        )
        if not size:
            raise StaleVersion
        _update_day(segment.pk, day, size=size[0][0], entered=entered, left=left, always=self.complete)


def recompute_contacts(segment: Segment, contact_ids: Collection[int], *, now: datetime) -> MembershipDiff:
    """Write which of the contacts enter and leave, by one statement that reads no other contacts."""
    zone = accounts.current_workspace().zone
    sorted_ids = sorted(contact_ids)
    matching = audience.relation(queries.tree_of(segment), now=now, zone=zone, contact_ids=sorted_ids)
    statement = sql.compose(
        _DIFF_CONTACTS, matching=matching, segment=segment.pk, contact_ids=sorted_ids, now=now
    )
    entered, left = sql.rows(statement)[0]
    return _diff_of(entered, left)


def recompute_all(segment: Segment, *, now: datetime) -> MembershipDiff:
    """Write which of all contacts enter and leave: one statement finds the difference, two write it."""
    zone = accounts.current_workspace().zone
    matching = audience.relation(queries.tree_of(segment), now=now, zone=zone)
    found = sql.compose(_FIND_DIFF, matching=matching, segment=segment.pk)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_membership_diff")
        cursor.execute(
            f"CREATE TEMP TABLE segments_membership_diff ON COMMIT DROP AS {found.text}", dict(found.params)
        )
    entered = sql.execute(Relation(_INSERT_MEMBERS, {"segment": segment.pk, "now": now}))
    left = sql.execute(Relation(_DELETE_MEMBERS, {"segment": segment.pk}))
    contact_ids = None
    if entered + left <= _MAX_LISTED_IDS:
        contact_ids = frozenset(
            pk for (pk,) in sql.rows(Relation("SELECT contact_id FROM segments_membership_diff"))
        )
    return MembershipDiff(
        Relation("SELECT contact_id FROM segments_membership_diff WHERE entered", {}, ("contact_id",)),
        Relation("SELECT contact_id FROM segments_membership_diff WHERE NOT entered", {}, ("contact_id",)),
        MembershipChange(entered, left),
        contact_ids,
        complete=True,
    )


def remove(segment: Segment, contact_ids: Collection[int]) -> MembershipDiff:
    """Remove contacts, whatever the conditions say."""
    left = [
        pk
        for (pk,) in sql.rows(
            Relation(_REMOVE_MEMBERS, {"segment": segment.pk, "contact_ids": sorted(contact_ids)})
        )
    ]
    return _diff_of([], left)


def remove_everywhere(contacts: Relation, *, day: date) -> None:
    """Remove erased contacts from every segment without recording events."""
    for segment_id, size, left in sql.rows(sql.compose(_REMOVE_EVERYWHERE, contacts=contacts)):
        _update_day(segment_id, day, size=size, entered=0, left=left, always=False)


def _diff_of(entered: list[int] | None, left: list[int] | None) -> MembershipDiff:
    entered_ids, left_ids = entered or [], left or []
    return MembershipDiff(
        _ids_relation(entered_ids),
        _ids_relation(left_ids),
        MembershipChange(len(entered_ids), len(left_ids)),
        frozenset(entered_ids) | frozenset(left_ids),
    )


def _ids_relation(ids: list[int]) -> Relation:
    return Relation("SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": ids}, ("contact_id",))


def _update_day(segment_id: int, day: date, *, size: int, entered: int, left: int, always: bool) -> None:
    if always or entered or left:
        params = {"segment": segment_id, "day": day, "size": size, "entered": entered, "left": left}
        sql.execute(Relation(_UPSERT_DAY, params))


_DIFF_CONTACTS = """
WITH matching AS MATERIALIZED {matching}, entered AS (
    INSERT INTO segments_segmentmember (segment_id, contact_id, entered_at)
    SELECT s.id, m.contact_id, %(now)s FROM matching m JOIN segments_segment s ON s.id = %(segment)s
    ON CONFLICT DO NOTHING RETURNING contact_id
), removed AS (
    DELETE FROM segments_segmentmember m
     WHERE m.segment_id = %(segment)s AND m.contact_id = ANY(%(contact_ids)s::bigint[])
       AND NOT EXISTS (SELECT 1 FROM matching WHERE matching.contact_id = m.contact_id)
    RETURNING m.contact_id
)
SELECT (SELECT array_agg(contact_id) FROM entered), (SELECT array_agg(contact_id) FROM removed)
"""

_FIND_DIFF = """
SELECT coalesce(matching.contact_id, member.contact_id) AS contact_id, member.contact_id IS NULL AS entered
  FROM {matching} matching
  FULL JOIN (SELECT contact_id FROM segments_segmentmember WHERE segment_id = %(segment)s) member
    ON member.contact_id = matching.contact_id
 WHERE matching.contact_id IS NULL OR member.contact_id IS NULL
"""

_INSERT_MEMBERS = """
INSERT INTO segments_segmentmember (segment_id, contact_id, entered_at)
SELECT %(segment)s, contact_id, %(now)s FROM segments_membership_diff WHERE entered ORDER BY contact_id
"""

_DELETE_MEMBERS = """
DELETE FROM segments_segmentmember member USING segments_membership_diff diff
 WHERE member.segment_id = %(segment)s AND member.contact_id = diff.contact_id AND NOT diff.entered
"""

_REMOVE_MEMBERS = """
DELETE FROM segments_segmentmember WHERE segment_id = %(segment)s AND contact_id = ANY(%(contact_ids)s::bigint[])
RETURNING contact_id
"""

_ADD_TO_SIZE = """
UPDATE segments_segment SET size = size + %(delta)s WHERE id = %(segment)s AND version = %(version)s RETURNING size
"""

_RECOUNT_SIZE = """
UPDATE segments_segment s
   SET computing = false, computed_at = %(now)s,
       size = (SELECT count(*) FROM segments_segmentmember m WHERE m.segment_id = s.id)
 WHERE id = %(segment)s AND version = %(version)s AND archived_at IS NULL RETURNING size
"""

_UPSERT_DAY = """
INSERT INTO segments_segmentday AS d (segment_id, day, size, entered, "left")
VALUES (%(segment)s, %(day)s, %(size)s, %(entered)s, %(left)s)
ON CONFLICT (segment_id, day) DO UPDATE
   SET size = excluded.size, entered = d.entered + excluded.entered, "left" = d."left" + excluded."left"
"""

_REMOVE_EVERYWHERE = """
WITH removed AS (
    DELETE FROM segments_segmentmember WHERE contact_id IN (SELECT contact_id FROM {contacts} contacts)
    RETURNING segment_id
), counts AS (
    SELECT segment_id, count(*) AS n FROM removed GROUP BY segment_id
)
UPDATE segments_segment s SET size = s.size - c.n FROM counts c WHERE s.id = c.segment_id RETURNING s.id, s.size, c.n
"""
