"""The segment list with its trends, and pages of members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from quen.apps.audience import queries as audience
from quen.apps.audience.types import Sentence
from quen.apps.contacts import queries as contacts
from quen.apps.segments import queries
from quen.apps.segments.models import Segment, SegmentDay, SegmentMember
from quen.core import paging
from quen.core.clock import local_day
from quen.core.paging import Cursor, KeyList, NumberedPage, Page
from quen.core.text import fold

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

PAGE_SIZE = 50
WEEK, MONTH = 7, 30
DEFAULT_SORT = "name"
_SORTS = MappingProxyType({"name": False, "size": True, "changed": True})


@dataclass(frozen=True, slots=True)
class SegmentTrend:
    """How a segment grew: sizes at the ends of days, oldest first, and the change over 7 and 30 days.

    A change is None when the segment is younger than that.
    """

    sizes: tuple[int, ...]
    week: int | None
    month: int | None


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment in the list."""

    segment: Segment
    sentence: Sentence
    trend: SegmentTrend


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A contact in a segment."""

    contact: Contact
    entered_at: datetime

    @property
    def name(self) -> str:
        """Return the contact's display name."""
        return str(self.contact)


def segment_page(
    *, search: str, archived: bool, sort: str, number: int, now: datetime, zone: ZoneInfo, currency: str
) -> NumberedPage[SegmentRow]:
    """Return a page of segments whose name or description contains ``search``, ignoring marks."""
    needle = fold(search.strip())
    matching = [
        segment
        for segment in Segment.objects.filter(archived_at__isnull=not archived)
        if needle in fold(f"{segment.name} {segment.description}")
    ]
    key, descending = read_sort(sort)
    matching.sort(key=lambda segment: (fold(segment.name), segment.pk))
    if key == "size":
        matching.sort(key=lambda segment: segment.size, reverse=descending)
    elif key == "changed":
        matching.sort(key=lambda segment: segment.updated_at, reverse=descending)
    elif descending:
        matching.reverse()

    def rows(shown: Sequence[Segment]) -> list[SegmentRow]:
        trends = trends_of(shown, today=local_day(now, zone), zone=zone)
        return [
            SegmentRow(
                segment, sentence_of(segment, now=now, zone=zone, currency=currency), trends[segment.pk]
            )
            for segment in shown
        ]

    return NumberedPage.of(matching, number, PAGE_SIZE).map(rows)


def read_sort(raw: str) -> tuple[str, bool]:
    """Return the sort key and whether it is descending; by name when ``raw`` is not a known sort."""
    key, descending = raw.removeprefix("-"), raw.startswith("-")
    return (key, descending) if key in _SORTS else (DEFAULT_SORT, False)


def sentence_of(segment: Segment, *, now: datetime, zone: ZoneInfo, currency: str) -> Sentence:
    """Return the conditions as a sentence: “People who agreed to email, not archived”."""
    return audience.describe_people(queries.tree_of(segment), now=now, zone=zone, currency=currency)


def trends_of(segments: Sequence[Segment], *, today: date, zone: ZoneInfo) -> dict[int, SegmentTrend]:
    """Return the trend of each segment, in one query. A day without a row had no change."""
    rows = SegmentDay.objects.filter(
        segment__in=[segment.pk for segment in segments],
        day__gt=today - timedelta(days=MONTH),
        day__lte=today,
    )
    days: dict[int, dict[date, SegmentDay]] = {}
    for row in rows:
        days.setdefault(row.segment_id, {})[row.day] = row
    return {
        segment.pk: _trend(segment, days.get(segment.pk, {}), today, local_day(segment.created_at, zone))
        for segment in segments
    }


def _trend(segment: Segment, days: Mapping[date, SegmentDay], today: date, created_on: date) -> SegmentTrend:
    """Reconstruct past sizes from the current one by undoing the change of each day."""
    sizes = [segment.size]
    for days_ago in range(MONTH):
        day = today - timedelta(days=days_ago)
        if day <= created_on:
            break
        row = days.get(day)
        sizes.append(sizes[-1] if row is None else row.size - row.entered + row.left)

    def change(days_ago: int) -> int | None:
        return segment.size - sizes[days_ago] if len(sizes) > days_ago else None

    return SegmentTrend(tuple(reversed(sizes)) if len(sizes) > 1 else (), change(WEEK), change(MONTH))


def member_page(
    segment: Segment, *, after: str | None = None, before: str | None = None, size: int = PAGE_SIZE
) -> Page[MemberRow]:
    """Return a page of members, the latest contacts first, in three queries."""
    members = KeyList(queries.members(segment.pk))
    sort = members.sort(descending=True)
    page = paging.read_large(
        members, sort=sort, size=size, after=Cursor.read(after, sort), before=Cursor.read(before, sort)
    )
    entered = SegmentMember.objects.filter(segment_id=segment.pk, contact_id__in=page.rows)
    entered_at = dict(entered.values_list("contact_id", "entered_at"))
    contacts_by_id = contacts.contacts().in_bulk(page.rows)
    rows = tuple(
        MemberRow(contacts_by_id[contact_id], entered_at[contact_id])
        for contact_id in page.rows
        if contact_id in contacts_by_id and contact_id in entered_at
    )
    return Page(rows, page.first, page.previous, page.next)


def search_by_name(search: str, *, limit: int) -> list[Segment]:
    """Return active segments whose name has, for each search word, a word that starts with it, ignoring marks."""
    words = fold(search).split()
    return [
        segment
        for segment in Segment.objects.filter(archived_at=None)
        if all(f" {word}" in f" {fold(segment.name)}" for word in words)
    ][:limit]


def counts() -> Mapping[str, int]:
    """Return the number of active and of archived segments."""
    active = Segment.objects.filter(archived_at=None).count()
    return {"active": active, "archived": Segment.objects.count() - active}
