"""Reads of segments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from quen.apps.audience import queries as audience
from quen.apps.audience.types import Condition, Group, InvalidTree, Tree
from quen.apps.groups import queries as groups
from quen.apps.segments import registry
from quen.apps.segments.models import Segment, SegmentDay, SegmentMember
from quen.apps.segments.rules.references import KEY, MEMBERS, referenced_ids
from quen.apps.segments.types import SegmentDayStats, SegmentNotWhole, SegmentUse
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.job_outcomes import unexpected_text
from quen.core.sql import Relation


def segments(*, archived: bool = False) -> QuerySet[Segment]:
    """Return active segments by name, or archived ones, the latest first."""
    if archived:
        return Segment.objects.exclude(archived_at=None).order_by("-archived_at", "-id")
    return Segment.objects.filter(archived_at=None).order_by("name", "id")


def get_segment(segment_id: int) -> Segment:
    """Return a segment, archived or not. Raises NotFound."""
    found = Segment.objects.filter(pk=segment_id).first()
    if found is None:
        raise NotFound()
    return found


def condition_usage() -> Counter[tuple[str, str]]:
    """Return how often the active segments use each condition, by family and key."""
    counts: Counter[tuple[str, str]] = Counter()
    for tree in Segment.objects.filter(archived_at=None).values_list("tree", flat=True):
        counts.update(audience.conditions_in(audience.tree_from_stored(tree)))
    return counts


def tags_asked_for(tag_ids: Collection[int]) -> set[int]:
    """Return which of these tags a segment asks for, archived ones included."""
    trees = Segment.objects.values_list("tree", flat=True)
    return set(tag_ids) & {number for tree in trees for number in audience.referred_to(tree, "tags")}


def segments_with_tag(tag_id: int) -> list[Segment]:
    """Return the segments that ask for a tag, by name, archived ones included."""
    every = Segment.objects.order_by("name", "id")
    return [segment for segment in every if tag_id in audience.referred_to(segment.tree, "tags")]


def segments_with_field(key: str) -> list[Segment]:
    """Return the segments that ask for a custom field, by name, archived ones included."""
    wanted = ("field", f"custom.{key}")
    every = Segment.objects.order_by("name", "id")
    return [segment for segment in every if wanted in audience.conditions_in(tree_of(segment))]


def find_segment(name: str) -> Segment | None:
    """Return the active segment with a name, case-insensitively."""
    normalized_name = name.strip().upper()
    return next((each for each in segments() if each.name.upper() == normalized_name), None)


def tree_of(segment: Segment) -> Tree:
    """Return the stored conditions. They may refer to something that no longer exists, see ``tree_error``."""
    return audience.tree_from_stored(segment.tree)


def tree_error(segment: Segment) -> str:
    """Return why a condition can't be used any more, or "". It matches nobody until it can."""
    try:
        audience.parse(segment.tree)
    except InvalidTree as refusal:
        return str(refusal)
    return ""


def are_whole(segment_ids: Collection[int], *, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether no condition of some active segments, or of those they refer to, asks for something gone."""
    active = {segment.pk: segment for segment in segments()}
    todo, seen = [pk for pk in segment_ids if pk in active], set(segment_ids)
    while todo:
        tree = tree_of(active[todo.pop()])
        below = referenced_ids(tree)
        if not below <= active.keys() or _gone_besides_segments(tree, now, zone):
            return False
        todo += below - seen
        seen |= below
    return True


def ensure_whole(segment_id: int, *, now: datetime, zone: ZoneInfo) -> None:
    """Refuse a segment from which people may be missing, because a condition can't be used. Raises SegmentNotWhole."""
    segment = get_segment(segment_id)
    if segment.archived_at is None and not are_whole([segment_id], now=now, zone=zone):
        raise SegmentNotWhole(name=segment.name, path="")


def failure_text(segment: Segment) -> str:
    """Return why the last computation failed and what to do, or ""."""
    return unexpected_text(segment.failure["reference"]) if segment.failure else ""


def members(segment_id: int) -> Relation:
    """Return the current members, column contact_id."""
    return Relation(
        "SELECT contact_id FROM segments_segmentmember WHERE segment_id = %(segment)s",
        {"segment": segment_id},
        ("contact_id",),
    )


def members_tree(segment_id: int) -> Tree:
    """Return the condition "is in this segment", for contact lists."""
    return Condition.of("field", KEY, "in", {"value": [segment_id]})


def members_after(segment_id: int, *, after: int, limit: int) -> dict[int, datetime]:
    """Return the next members by contact id, with when they entered. For reading segments of any size in batches."""
    found = SegmentMember.objects.filter(segment_id=segment_id, contact_id__gt=after).order_by("contact_id")
    return dict(found.values_list("contact_id", "entered_at")[:limit])


def segments_of(contact_id: int) -> list[tuple[Segment, datetime]]:
    """Return the active segments a contact is in, by name, with when it entered."""
    since = dict(SegmentMember.objects.filter(contact_id=contact_id).values_list("segment_id", "entered_at"))
    return [(segment, since[segment.pk]) for segment in segments().filter(pk__in=since)]


def days(segment: Segment, *, since: date, until: date) -> list[SegmentDayStats]:
    """Return every local day from ``since`` to ``until``, both included.

    A day without changes has the size of the day before; days before the segment's first one are omitted.
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


def overlap(a: Segment, b: Segment) -> int:
    """Return the number of contacts in both segments."""
    statement = Relation(
        "SELECT count(*) FROM segments_segmentmember one JOIN segments_segmentmember other"
        " ON other.contact_id = one.contact_id AND other.segment_id = %(b)s WHERE one.segment_id = %(a)s",
        {"a": a.pk, "b": b.pk},
    )
    return int(sql.rows(statement)[0][0])


def uses(segment: Segment) -> list[SegmentUse]:
    """Return what uses a segment: campaigns, other segments."""
    return registry.uses_of(segment.pk)


def segments_naming(segment_id: int) -> list[Segment]:
    """Return active segments whose conditions refer to a segment."""
    return [each for each in segments() if segment_id in each.dependencies.get("segments", ())]


def segments_with_group(group_id: int) -> list[Segment]:
    """Return active segments whose conditions ask for a group."""
    return [each for each in segments() if groups.asks_for(each.tree, group_id)]


def dependencies_of(tree: Tree) -> dict[str, Any]:
    """Return what a tree depends on, as stored in ``Segment.dependencies``."""
    found = audience.dependencies(tree)
    return {
        "fields": sorted(found.fields - {MEMBERS}),
        "events": sorted(found.events),
        "time_based": found.time_based,
        "segments": sorted(referenced_ids(tree)),
    }


def references() -> Iterator[tuple[int, str, Collection[int]]]:
    """Yield id, name and referenced segment ids of every active segment."""
    for pk, name, dependencies in Segment.objects.filter(archived_at=None).values_list(
        "pk", "name", "dependencies"
    ):
        yield pk, name, _segment_ids(dependencies)


def _gone_besides_segments(tree: Tree, now: datetime, zone: ZoneInfo) -> bool:
    if isinstance(tree, Group):
        return any(_gone_besides_segments(child, now, zone) for child in tree.children)
    return tree.key != KEY and bool(audience.gone_in(tree, now=now, zone=zone))


def _segment_ids(dependencies: Mapping[str, Any]) -> list[int]:
    return list(dependencies.get("segments", ()))
