"""People enter and leave one segment: found, written, told."""

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
from quen.apps.segments.types import Difference
from quen.core import sql
from quen.core.sql import Relation

#: of a larger difference whoever builds on the segment is told "anybody"
_NAMED_AT_MOST = 5_000


class Outdated(Exception):
    """The segment's conditions changed, or it was archived, while it was reckoned."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Who moves in a segment. ``people``: their ids, None when there are too many to name.

    entered, left: Relations with the column contact_id.  counted: for everybody.
    """

    entered: Relation
    left: Relation
    difference: Difference
    people: frozenset[int] | None
    counted: bool = False

    def write(self, segment: Segment, *, day: date, now: datetime) -> None:
        """Tell the stream, move the size and the day. Raises Outdated."""
        entered, left = self.difference.entered, self.difference.left
        if entered or left:
            for kind, people in (("segment_entered", self.entered), ("segment_left", self.left)):
                told = sql.compose(
                    "SELECT contact_id, %(ref)s::bigint AS ref FROM {people} p", people=people, ref=segment.pk
                )
                told = Relation(told.text, told.params, ("contact_id", "ref"))
                events.record_relation(kind, told, at=now, data={"segment": segment.name})
        size = sql.rows(
            Relation(
                _SIZE_COUNTED if self.counted else _SIZE_MOVED,
                {"segment": segment.pk, "version": segment.version, "now": now, "by": entered - left},
            )
        )
        if not size:
            raise Outdated
        _move_day(segment.pk, day, size=size[0][0], entered=entered, left=left, always=self.counted)


def reckon_few(segment: Segment, people: Collection[int], *, now: datetime) -> Moved:
    """Write who of some people enters and leaves, by one statement that looks at nobody else."""
    zone = accounts.current_workspace().zone
    asked = sorted(people)
    inside = audience.relation(queries.tree_of(segment), now=now, zone=zone, few=asked)
    statement = sql.compose(_FEW, inside=inside, segment=segment.pk, people=asked, now=now)
    entered, left = sql.rows(statement)[0]
    return _named(entered, left)


def reckon_everybody(segment: Segment, *, now: datetime) -> Moved:
    """Write who of all enters and leaves: one statement finds the difference, two write it."""
    zone = accounts.current_workspace().zone
    inside = audience.relation(queries.tree_of(segment), now=now, zone=zone)
    found = sql.compose(_EVERYBODY, inside=inside, segment=segment.pk)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS segments_moved")
        cursor.execute(f"CREATE TEMP TABLE segments_moved ON COMMIT DROP AS {found.text}", dict(found.params))
    entered = sql.execute(Relation(_ENTER, {"segment": segment.pk, "now": now}))
    left = sql.execute(Relation(_LEAVE, {"segment": segment.pk}))
    people = None
    if entered + left <= _NAMED_AT_MOST:
        people = frozenset(pk for (pk,) in sql.rows(Relation("SELECT contact_id FROM segments_moved")))
    return Moved(
        Relation("SELECT contact_id FROM segments_moved WHERE entered", {}, ("contact_id",)),
        Relation("SELECT contact_id FROM segments_moved WHERE NOT entered", {}, ("contact_id",)),
        Difference(entered, left),
        people,
        counted=True,
    )


def leave(segment: Segment, people: Collection[int]) -> Moved:
    """Take people out, whatever the conditions say."""
    left = [pk for (pk,) in sql.rows(Relation(_OUT, {"segment": segment.pk, "people": sorted(people)}))]
    return _named([], left)


def forget(people: Relation, *, day: date) -> None:
    """Take erased people out of every segment; nothing is told of them."""
    for segment_id, size, left in sql.rows(sql.compose(_FORGET, people=people)):
        _move_day(segment_id, day, size=size, entered=0, left=left, always=False)


def _named(entered: list[int] | None, left: list[int] | None) -> Moved:
    came, went = entered or [], left or []
    return Moved(
        _people(came), _people(went), Difference(len(came), len(went)), frozenset(came) | frozenset(went)
    )


def _people(ids: list[int]) -> Relation:
    return Relation("SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": ids}, ("contact_id",))


def _move_day(segment_id: int, day: date, *, size: int, entered: int, left: int, always: bool) -> None:
    if always or entered or left:
        params = {"segment": segment_id, "day": day, "size": size, "entered": entered, "left": left}
        sql.execute(Relation(_DAY, params))


_FEW = """
WITH inside AS MATERIALIZED {inside}, entered AS (
    INSERT INTO segments_segmentmember (segment_id, contact_id, entered_at)
    SELECT %(segment)s, contact_id, %(now)s FROM inside
    ON CONFLICT DO NOTHING RETURNING contact_id
), gone AS (
    DELETE FROM segments_segmentmember m
     WHERE m.segment_id = %(segment)s AND m.contact_id = ANY(%(people)s::bigint[])
       AND NOT EXISTS (SELECT FROM inside i WHERE i.contact_id = m.contact_id)
    RETURNING m.contact_id
)
SELECT (SELECT array_agg(contact_id) FROM entered), (SELECT array_agg(contact_id) FROM gone)
"""

_EVERYBODY = """
SELECT coalesce(i.contact_id, m.contact_id) AS contact_id, m.contact_id IS NULL AS entered
  FROM {inside} i
  FULL JOIN (SELECT contact_id FROM segments_segmentmember WHERE segment_id = %(segment)s) m
    ON m.contact_id = i.contact_id
 WHERE i.contact_id IS NULL OR m.contact_id IS NULL
"""

_ENTER = """
INSERT INTO segments_segmentmember (segment_id, contact_id, entered_at)
SELECT %(segment)s, contact_id, %(now)s FROM segments_moved WHERE entered ORDER BY contact_id
"""

_LEAVE = """
DELETE FROM segments_segmentmember m USING segments_moved x
 WHERE m.segment_id = %(segment)s AND m.contact_id = x.contact_id AND NOT x.entered
"""

_OUT = """
DELETE FROM segments_segmentmember WHERE segment_id = %(segment)s AND contact_id = ANY(%(people)s::bigint[])
RETURNING contact_id
"""

_SIZE_MOVED = """
UPDATE segments_segment SET size = size + %(by)s WHERE id = %(segment)s AND version = %(version)s RETURNING size
"""

_SIZE_COUNTED = """
UPDATE segments_segment s
   SET counting = false, counted_at = %(now)s,
       size = (SELECT count(*) FROM segments_segmentmember m WHERE m.segment_id = s.id)
 WHERE id = %(segment)s AND version = %(version)s AND archived_at IS NULL RETURNING size
"""

_DAY = """
INSERT INTO segments_segmentday AS d (segment_id, day, size, entered, "left")
VALUES (%(segment)s, %(day)s, %(size)s, %(entered)s, %(left)s)
ON CONFLICT (segment_id, day) DO UPDATE
   SET size = excluded.size, entered = d.entered + excluded.entered, "left" = d."left" + excluded."left"
"""

_FORGET = """
WITH gone AS (
    DELETE FROM segments_segmentmember WHERE contact_id IN (SELECT contact_id FROM {people} p) RETURNING segment_id
), counts AS (
    SELECT segment_id, count(*) AS n FROM gone GROUP BY segment_id
)
UPDATE segments_segment s SET size = s.size - c.n FROM counts c WHERE s.id = c.segment_id RETURNING s.id, s.size, c.n
"""
