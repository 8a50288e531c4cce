"""Making, changing, copying and archiving segments. Who is in them is reckoned by services.reckoning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from quen.apps.audience import queries as audience
from quen.apps.audience.types import Tree
from quen.apps.segments import queries
from quen.apps.segments.models import Segment
from quen.apps.segments.rules.references import named, way_back
from quen.apps.segments.services.reckoning import listen
from quen.apps.segments.types import SegmentInUse, SegmentLoop, SegmentNameTaken
from quen.apps.team import services as team
from quen.core import jobs, text

if TYPE_CHECKING:
    from quen.apps.team.models import Member

NAME_CHARS = 120


@transaction.atomic
def create_segment(
    *, name: str, tree: Any, description: str = "", actor: Member | None, now: datetime
) -> Segment:
    """Save an audience; a job counts its members (``counting`` until then).

    tree: a parsed tree or JSON. Raises SegmentNameTaken, TreeRefused.
    """
    segment = _drafted(name, description, tree, now)
    segment.member_id = actor.pk if actor is not None else None
    _save(segment)
    team.log_action(actor, "segments.created", now=now, target=segment, data={"name": segment.name})
    _count_soon(segment)
    return segment


@transaction.atomic
def begin_with(drafts: Iterable[tuple[str, str, Any]], *, now: datetime) -> None:
    """Save segments (name, description, tree) in a workspace that has nobody yet: there is nothing to count.

    Raises SegmentNameTaken, TreeRefused.
    """
    for name, description, tree in drafts:
        segment = _drafted(name, description, tree, now)
        segment.counting, segment.counted_at = False, now
        _save(segment)
    listen()


@transaction.atomic
def update_segment(
    *, segment: Segment, name: str, tree: Any, description: str = "", actor: Member | None, now: datetime
) -> Segment:
    """Change a segment. With other conditions its version rises and a job reckons who enters and leaves.

    Raises SegmentNameTaken, SegmentLoop, TreeRefused. Locks the segment.
    """
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    parsed = _parsed(tree)
    _refuse_loop(segment, parsed)
    changed = audience.fingerprint(parsed) != audience.fingerprint(queries.tree_of(segment))
    segment.name, segment.description = text.clean(name), text.clean(description)
    segment.updated_at = now
    if changed:
        segment.tree, segment.reads = audience.as_json(parsed), queries.reads_of(parsed)
        segment.version += 1
        segment.counting = True
    _save(segment, ["name", "description", "updated_at", "tree", "reads", "version", "counting"])
    team.log_action(actor, "segments.changed", now=now, target=segment, data={"name": segment.name})
    if changed:
        _count_soon(segment)
    return segment


@transaction.atomic
def copy_segment(*, segment: Segment, actor: Member | None, now: datetime) -> Segment:
    """Make another segment with the same conditions, named "… (copy)". Raises TreeRefused."""
    name = _free_copy_name(segment.name)
    return create_segment(name=name, tree=segment.tree, description=segment.description, actor=actor, now=now)


@transaction.atomic
def archive_segment(*, segment: Segment, actor: Member | None, now: datetime) -> Segment:
    """Put a segment away; it is refreshed no more and can be restored. Raises SegmentInUse. Locks the segment."""
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    if segment.archived_at is not None:
        return segment
    used = queries.uses(segment)
    if used:
        told = ", ".join(f"“{use.name}”" for use in used[:3]) + ("…" if len(used) > 3 else "")
        raise SegmentInUse(name=segment.name, uses=told)
    segment.archived_at = now
    segment.save(update_fields=["archived_at"])
    team.log_action(actor, "segments.archived", now=now, target=segment, data={"name": segment.name})
    return segment


@transaction.atomic
def restore_segment(*, segment: Segment, actor: Member | None, now: datetime) -> Segment:
    """Bring an archived segment back and reckon its members anew. Raises SegmentNameTaken, TreeRefused, SegmentLoop."""
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    if segment.archived_at is None:
        return segment
    _refuse_loop(segment, _parsed(segment.tree))
    segment.archived_at, segment.counting, segment.updated_at = None, True, now
    segment.version += 1
    _save(segment, ["archived_at", "counting", "updated_at", "version"])
    team.log_action(actor, "segments.restored", now=now, target=segment, data={"name": segment.name})
    _count_soon(segment)
    return segment


def _drafted(name: str, description: str, tree: Any, now: datetime) -> Segment:
    parsed = _parsed(tree)
    return Segment(
        name=text.clean(name),
        description=text.clean(description),
        tree=audience.as_json(parsed),
        reads=queries.reads_of(parsed),
        created_at=now,
        updated_at=now,
    )


def _parsed(tree: Any) -> Tree:
    return audience.parse(tree if isinstance(tree, str | bytes | list | Mapping | None) else tree.as_json())


def _refuse_loop(segment: Segment, tree: Tree) -> None:
    known = {pk: (name, numbers) for pk, name, numbers in queries.references()}
    names = {pk: numbers for pk, (_name, numbers) in known.items() if pk != segment.pk}
    for path, numbers in named(tree):
        way = way_back(numbers, segment.pk, names)
        if way is not None:
            through = [known[number][0] for number in way[:-1]]
            raise SegmentLoop(name=segment.name, path=path, through=through)


def _save(segment: Segment, update_fields: list[str] | None = None) -> None:
    # Compared here too: a server with the C locale takes marked letters of both cases for different ones.
    segment.name = segment.name[:NAME_CHARS]
    found = queries.find_segment(segment.name)
    if found is not None and found.pk != segment.pk:
        raise SegmentNameTaken(name=segment.name)
    try:
        with transaction.atomic():
            segment.save(update_fields=update_fields)
    except IntegrityError as clash:
        raise SegmentNameTaken(name=segment.name) from clash


def _free_copy_name(name: str) -> str:
    taken = {each.name.upper() for each in queries.segments()}
    number = 1
    while True:
        mark = _("(copy)") if number == 1 else _("(copy %(number)d)") % {"number": number}
        wanted = f"{name[: NAME_CHARS - len(mark) - 1].rstrip()} {mark}"
        if wanted.upper() not in taken:
            return wanted
        number += 1


def _count_soon(segment: Segment) -> None:
    jobs.enqueue("segments.count", lock=f"segments.count:{segment.pk}", segment_id=segment.pk)
