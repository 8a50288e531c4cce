"""Lists of the room: segments with how they grew, and a page of members."""

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
from quen.core.clock import local_day
from quen.core.text import fold

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact

PAGE_SIZE = 50
WEEK, MONTH = 7, 30
USUAL_SORT = "name"
_SORTS = MappingProxyType({"name": False, "size": True, "changed": True})


@dataclass(frozen=True, slots=True)
class Course:
    """How a segment grew: sizes at the ends of days, oldest first, and the change since 7 and 30 days ago.

    A change is None when the segment is younger than that.
    """

    sizes: tuple[int, ...]
    week: int | None
    month: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """A segment in the list."""

    segment: Segment
    sentence: Sentence
    course: Course


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of the list. found: how many there are in all."""

    rows: tuple[Row, ...]
    number: int
    found: int

    @property
    def first(self) -> int:
        """Give the place of the first row."""
        return (self.number - 1) * PAGE_SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Give the place of the last row."""
        return (self.number - 1) * PAGE_SIZE + len(self.rows)


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A person in a segment."""

    contact: Contact
    entered_at: datetime

    @property
    def name(self) -> str:
        """Give what the person is called."""
        return str(self.contact)


@dataclass(frozen=True, slots=True)
class Members:
    """A page of members, the latest customers first; cursors are ids of contacts."""

    rows: tuple[MemberRow, ...]
    before: int | None
    after: int | None


def page_of(
    *, words: str, archived: bool, sort: str, number: int, now: datetime, zone: ZoneInfo, currency: str
) -> Listed:
    """Give a page of the segments whose name or description holds the words, accents ignored."""
    wanted = fold(words.strip())
    kept = [
        segment
        for segment in Segment.objects.filter(archived_at__isnull=not archived)
        if wanted in fold(f"{segment.name} {segment.description}")
    ]
    key, down = read_sort(sort)
    kept.sort(key=lambda segment: (fold(segment.name), segment.pk))
    if key == "size":
        kept.sort(key=lambda segment: segment.size, reverse=down)
    elif key == "changed":
        kept.sort(key=lambda segment: segment.updated_at, reverse=down)
    elif down:
        kept.reverse()
    pages = max(1, -(-len(kept) // PAGE_SIZE))
    number = min(max(1, number), pages)
    shown = kept[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    courses = courses_of(shown, today=local_day(now, zone), zone=zone)
    rows = tuple(
        Row(segment, sentence_of(segment, now=now, zone=zone, currency=currency), courses[segment.pk])
        for segment in shown
    )
    return Listed(rows, number, len(kept))


def read_sort(raw: str) -> tuple[str, bool]:
    """Read what to sort by, and whether downwards; by name when it can't be read."""
    key, down = raw.removeprefix("-"), raw.startswith("-")
    return (key, down) if key in _SORTS else (USUAL_SORT, False)


def sentence_of(segment: Segment, *, now: datetime, zone: ZoneInfo, currency: str) -> Sentence:
    """Say whom a segment means, after the word “Customers”."""
    return audience.sentence(queries.tree_of(segment), now=now, zone=zone, currency=currency)


def courses_of(segments: Sequence[Segment], *, today: date, zone: ZoneInfo) -> dict[int, Course]:
    """Give how segments grew, in one query. A day without a row moved nothing."""
    rows = SegmentDay.objects.filter(
        segment__in=[segment.pk for segment in segments],
        day__gt=today - timedelta(days=MONTH),
        day__lte=today,
    )
    moved: dict[int, dict[date, SegmentDay]] = {}
    for row in rows:
        moved.setdefault(row.segment_id, {})[row.day] = row
    return {
        segment.pk: _course(segment, moved.get(segment.pk, {}), today, local_day(segment.created_at, zone))
        for segment in segments
    }


def _course(segment: Segment, moved: Mapping[date, SegmentDay], today: date, born: date) -> Course:
    """Walk back from the size of now, undoing what each day moved."""
    sizes = [segment.size]
    for back in range(MONTH):
        day = today - timedelta(days=back)
        if day <= born:
            break
        row = moved.get(day)
        sizes.append(sizes[-1] if row is None else row.size - row.entered + row.left)

    def change(back: int) -> int | None:
        return segment.size - sizes[back] if len(sizes) > back else None

    return Course(tuple(reversed(sizes)) if len(sizes) > 1 else (), change(WEEK), change(MONTH))


def members_of(
    segment: Segment, *, after: int | None = None, before: int | None = None, size: int = PAGE_SIZE
) -> Members:
    """Give a page of members by keyset along the primary key, in two queries."""
    found = SegmentMember.objects.filter(segment_id=segment.pk)
    if before is not None:
        back = list(found.filter(contact_id__gt=before).order_by("contact_id")[: size + 1])
        more_before, more_after = len(back) > size, True
        shown = back[:size][::-1]
    else:
        narrowed = found if after is None else found.filter(contact_id__lt=after)
        on = list(narrowed.order_by("-contact_id")[: size + 1])
        more_before, more_after = after is not None, len(on) > size
        shown = on[:size]
    people = contacts.contacts().in_bulk([member.contact_id for member in shown])
    rows = tuple(
        MemberRow(people[member.contact_id], member.entered_at)
        for member in shown
        if member.contact_id in people
    )
    return Members(
        rows,
        before=shown[0].contact_id if shown and more_before else None,
        after=shown[-1].contact_id if shown and more_after else None,
    )


def find_like(words: str, *, most: int) -> list[Segment]:
    """Give living segments in whose name every word begins a word, accents ignored."""
    wanted = fold(words).split()
    return [
        segment
        for segment in Segment.objects.filter(archived_at=None)
        if all(f" {word}" in f" {fold(segment.name)}" for word in wanted)
    ][:most]


def counts() -> Mapping[str, int]:
    """Count the living and the archived segments."""
    living = Segment.objects.filter(archived_at=None).count()
    return {"living": living, "archived": Segment.objects.count() - living}
