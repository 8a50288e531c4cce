"""Reads of the segments room."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet, Sum

from quen.apps.audience import queries as audience
from quen.apps.audience.types import Condition, InvalidTree, Tree
from quen.apps.segments import registry
from quen.apps.segments.models import Segment, SegmentDay, SegmentMember
from quen.apps.segments.rules.references import KEY, referenced_ids
from quen.apps.segments.types import Movement, SegmentDayStats, SegmentUse
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.sql import Relation


def segments(*, archived: bool = False) -> QuerySet[Segment]:
    """Give the segments in use by name, or the archived ones, latest first."""
    if archived:
        return Segment.objects.exclude(archived_at=None).order_by("-archived_at", "-id")
    return Segment.objects.filter(archived_at=None).order_by("name", "id")


def get_segment(segment_id: int) -> Segment:
    """Give a segment, an archived one too. Raises NotFound."""
    found = Segment.objects.filter(pk=segment_id).first()
    if found is None:
        raise NotFound()
    return found


def find_segment(name: str) -> Segment | None:
    """Give the segment in use that has a name, whatever the case."""
    normalized_name = name.strip().upper()
    return next((each for each in segments() if each.name.upper() == normalized_name), None)


def tree_of(segment: Segment) -> Tree:
    """Give the conditions as they are kept; they may ask for what is gone since (see trouble)."""
    return audience.tree_from_stored(segment.tree)


def tree_error(segment: Segment) -> str:
    """Say why the conditions can't be followed any more; empty when they can. Membership stands still then."""
    try:
        audience.parse(segment.tree)
    except InvalidTree as refusal:
        return str(refusal)
    return ""


def members(segment_id: int) -> Relation:
    """Give the people who are in a segment now, column contact_id."""
    return Relation(
        "SELECT contact_id FROM segments_segmentmember WHERE segment_id = %(segment)s",
        {"segment": segment_id},
        ("contact_id",),
    )


def members_tree(segment_id: int) -> Tree:
    """Give the condition "in this segment", for lists of people."""
    return Condition.of("field", KEY, "in", {"value": [segment_id]})


def latest_members(segment_id: int, *, n: int = 10) -> list[tuple[int, datetime]]:
    """Give who entered last, with when: contact ids, latest first."""
    found = SegmentMember.objects.filter(segment_id=segment_id).order_by("-entered_at", "-contact_id")
    return list(found.values_list("contact_id", "entered_at")[:n])


def members_after(segment_id: int, *, after: int, limit: int) -> dict[int, datetime]:
    """Give the next members by contact id, with when they entered: to walk a segment of any size in batches."""
    found = SegmentMember.objects.filter(segment_id=segment_id, contact_id__gt=after).order_by("contact_id")
    return dict(found.values_list("contact_id", "entered_at")[:limit])


def segments_of(contact_id: int) -> list[tuple[Segment, datetime]]:
    """Give the segments in use that a person is in, with since when, by name."""
    since = dict(SegmentMember.objects.filter(contact_id=contact_id).values_list("segment_id", "entered_at"))
    return [(segment, since[segment.pk]) for segment in segments().filter(pk__in=since)]


def days(segment: Segment, *, since: date, until: date) -> list[SegmentDayStats]:
    """Give every local day from ``since`` to ``until``, both included.

    A day on which nothing moved has the size of the day before it; days before the segment's first are left out.
    """
    changed_days = {
        each.day: each for each in SegmentDay.objects.filter(segment=segment, day__range=(since, until))
    }
    previous = SegmentDay.objects.filter(segment=segment, day__lt=since).order_by("-day").first()
    size = previous.size if previous is not None else None
    found = []
    for number in range((until - since).days + 1):
        day = since + timedelta(days=number)
        row = changed_days.get(day)
        size = row.size if row is not None else size
        if size is not None:
            found.append(SegmentDayStats(day, size, row.entered if row else 0, row.left if row else 0))
    return found


def changes_since(day: date, *, ids: Collection[int] | None = None) -> dict[int, Movement]:
    """Give how many people entered and left since a local day, itself included, by segment id."""
    changed_days = SegmentDay.objects.filter(day__gte=day)
    if ids is not None:
        changed_days = changed_days.filter(segment_id__in=ids)
    sums = changed_days.values("segment_id").annotate(came=Sum("entered"), went=Sum("left")).order_by()
    return {row["segment_id"]: Movement(row["came"], row["went"]) for row in sums}


def overlap(a: Segment, b: Segment) -> int:
    """Count the people who are in both."""
    statement = Relation(
        "SELECT count(*) FROM segments_segmentmember one JOIN segments_segmentmember other"
        " ON other.contact_id = one.contact_id AND other.segment_id = %(b)s WHERE one.segment_id = %(a)s",
        {"a": a.pk, "b": b.pk},
    )
    return int(sql.rows(statement)[0][0])


def uses(segment: Segment) -> list[SegmentUse]:
    """Give what uses a segment: campaigns, other segments."""
    return registry.uses_of(segment.pk)


def segments_naming(segment_id: int) -> list[Segment]:
    """Give the segments in use whose conditions name a segment."""
    return [each for each in segments() if segment_id in each.dependencies.get("segments", ())]


def dependencies_of(tree: Tree) -> dict[str, Any]:
    """Give what a tree looks at, as it is kept in ``Segment.reads``."""
    found = audience.dependencies(tree)
    return {
        "fields": sorted(name for name in found.fields if name.startswith("contact.")),
        "events": sorted(found.events),
        "time_based": found.time_based,
        "segments": sorted(referenced_ids(tree)),
    }


def references() -> Iterator[tuple[int, str, Collection[int]]]:
    """Give every segment's id, name and the ids of the segments it names."""
    for pk, name, dependencies in Segment.objects.filter(archived_at=None).values_list(
        "pk", "name", "dependencies"
    ):
        yield pk, name, _segment_ids(dependencies)


def _segment_ids(dependencies: Mapping[str, Any]) -> list[int]:
    return list(dependencies.get("segments", ()))
