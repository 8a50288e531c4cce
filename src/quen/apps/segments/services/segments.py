"""Create, change, duplicate, archive and restore segments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from quen.apps.audience import queries as audience
from quen.apps.audience.types import Tree
from quen.apps.segments import queries
from quen.apps.segments.models import Segment
from quen.apps.segments.rules.references import find_path, reachable, segment_conditions
from quen.apps.segments.services.membership import subscribe
from quen.apps.segments.types import SegmentInUse, SegmentLoop, SegmentNameTaken
from quen.apps.team import services as team
from quen.core import jobs, text
from quen.core.actors import Actor

MAX_NAME_CHARS = 120


@transaction.atomic
def create_segment(*, name: str, tree: Any, description: str = "", actor: Actor, now: datetime) -> Segment:
    """Create a segment; a job computes its members (``computing`` until then).

    tree: a parsed tree or JSON. Raises SegmentNameTaken, InvalidTree.
    """
    segment = _build(name, description, tree, now)
    segment.member_id = actor.member_id if not actor.is_system else None
    _save(segment)
    team.audit(actor, "segments.created", now=now, target=segment, data={"name": segment.name})
    _enqueue_compute(segment)
    return segment


@transaction.atomic
def create_defaults(drafts: Iterable[tuple[str, str, Any]], *, now: datetime) -> None:
    """Create segments (name, description, tree) in a workspace without contacts, where there is nothing to compute.

    Raises SegmentNameTaken, InvalidTree.
    """
    for name, description, tree in drafts:
        segment = _build(name, description, tree, now)
        segment.computing, segment.computed_at = False, now
        _save(segment)
    subscribe()


@transaction.atomic
def update_segment(
    *, segment: Segment, name: str, tree: Any, description: str = "", actor: Actor, now: datetime
) -> Segment:
    """Change a segment. New conditions increment its version, and a job computes who enters and leaves.

    Raises SegmentNameTaken, SegmentLoop, InvalidTree. Locks the segment.
    """
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    parsed = _parse(tree)
    _refuse_loop(segment, parsed)
    changed = audience.fingerprint(parsed) != audience.fingerprint(queries.tree_of(segment))
    segment.name, segment.description = text.clean(name), text.clean(description)
    segment.updated_at = now
    # Conditions in another order are the same members, and shown in that order.
    segment.tree = audience.as_json(parsed)
    if changed:
        segment.dependencies = queries.dependencies_of(parsed)
        segment.version += 1
        segment.computing, segment.failure = True, {}
    columns = ["name", "description", "updated_at", "tree", "dependencies", "version", "computing", "failure"]
    _save(segment, columns)
    team.audit(actor, "segments.changed", now=now, target=segment, data={"name": segment.name})
    if changed:
        _enqueue_compute(segment)
    return segment


@transaction.atomic
def duplicate_segment(*, segment: Segment, actor: Actor, now: datetime) -> Segment:
    """Create a segment with the same conditions, named "… (copy)". Raises InvalidTree."""
    name = _free_copy_name(segment.name)
    return create_segment(name=name, tree=segment.tree, description=segment.description, actor=actor, now=now)


@transaction.atomic
def archive_segment(*, segment: Segment, actor: Actor, now: datetime) -> Segment:
    """Archive a segment: it is not refreshed any more and can be restored. Raises SegmentInUse. Locks the segment."""
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    if segment.archived_at is not None:
        return segment
    uses = queries.uses(segment)
    if uses:
        names = ", ".join(f"“{use.name}”" for use in uses[:3]) + ("…" if len(uses) > 3 else "")
        raise SegmentInUse(name=segment.name, uses=names)
    segment.archived_at = now
    segment.save(update_fields=["archived_at"])
    team.audit(actor, "segments.archived", now=now, target=segment, data={"name": segment.name})
    return segment


@transaction.atomic
def restore_segment(*, segment: Segment, actor: Actor, now: datetime) -> Segment:
    """Restore an archived segment and recompute its members.

    Raises SegmentNameTaken, InvalidTree, SegmentLoop. Locks the segment.
    """
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    if segment.archived_at is None:
        return segment
    _refuse_loop(segment, _parse(segment.tree))
    segment.archived_at, segment.computing, segment.updated_at = None, True, now
    segment.version += 1
    _save(segment, ["archived_at", "computing", "updated_at", "version"])
    team.audit(actor, "segments.restored", now=now, target=segment, data={"name": segment.name})
    _enqueue_compute(segment)
    return segment


@transaction.atomic
def replace_tag(old: int, new: int, now: datetime) -> None:
    """Make the segments that ask for a tag ask for another one; jobs compute their members again."""
    for segment in queries.segments_with_tag(old):
        locked = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
        locked.tree = audience.with_reference_replaced(locked.tree, "tags", old, new)
        locked.version += 1
        locked.computing = locked.archived_at is None
        locked.updated_at, locked.failure = now, {}
        locked.save(update_fields=["tree", "version", "computing", "updated_at", "failure"])
        if locked.computing:
            _enqueue_compute(locked)


@transaction.atomic
def recompute_with_field(key: str, now: datetime) -> None:
    """Compute the segments again that ask for a custom field which was changed; jobs do it.

    Those that refer to them, too: whom they may match depends on whether all conditions below them can be used.
    """
    referring: dict[int, set[int]] = {}
    for pk, _name, numbers in queries.references():
        for number in numbers:
            referring.setdefault(number, set()).add(pk)
    affected = reachable([each.pk for each in queries.segments_with_field(key)], referring)
    for segment in queries.segments().filter(pk__in=affected):
        recompute_later(segment=segment)


@transaction.atomic
def recompute_later(*, segment: Segment) -> Segment:
    """Compute a segment again whose computation failed; a job does it. Locks the segment."""
    segment = Segment.objects.select_for_update(no_key=True).get(pk=segment.pk)
    if segment.archived_at is None and not segment.computing:
        segment.computing, segment.failure = True, {}
        segment.save(update_fields=["computing", "failure"])
        _enqueue_compute(segment)
    return segment


def _build(name: str, description: str, tree: Any, now: datetime) -> Segment:
    parsed = _parse(tree)
    return Segment(
        name=text.clean(name),
        description=text.clean(description),
        tree=audience.as_json(parsed),
        dependencies=queries.dependencies_of(parsed),
        created_at=now,
        updated_at=now,
    )


def _parse(tree: Any) -> Tree:
    return audience.parse(tree if isinstance(tree, str | bytes | list | Mapping | None) else tree.as_json())


def _refuse_loop(segment: Segment, tree: Tree) -> None:
    known = {pk: (name, numbers) for pk, name, numbers in queries.references()}
    references = {pk: numbers for pk, (_name, numbers) in known.items() if pk != segment.pk}
    for path, numbers in segment_conditions(tree):
        cycle = find_path(numbers, segment.pk, references)
        if cycle is not None:
            via = [known[number][0] for number in cycle[:-1]]
            raise SegmentLoop(name=segment.name, path=path, via=via)


def _save(segment: Segment, update_fields: list[str] | None = None) -> None:
    # Compared in Python, too: with the C locale the database does not fold the case of letters with marks.
    segment.name = segment.name[:MAX_NAME_CHARS]
    found = queries.find_segment(segment.name)
    if found is not None and found.pk != segment.pk:
        raise SegmentNameTaken(name=segment.name)
    try:
        with transaction.atomic():
            segment.save(update_fields=update_fields)
    except IntegrityError as error:
        raise SegmentNameTaken(name=segment.name) from error


def _free_copy_name(name: str) -> str:
    taken = {each.name.upper() for each in queries.segments()}
    number = 1
    while True:
        suffix = _("(copy)") if number == 1 else _("(copy %(number)d)") % {"number": number}
        candidate = f"{name[: MAX_NAME_CHARS - len(suffix) - 1].rstrip()} {suffix}"
        if candidate.upper() not in taken:
            return candidate
        number += 1


def _enqueue_compute(segment: Segment) -> None:
    jobs.enqueue("segments.compute", lock=f"segments.compute:{segment.pk}", segment_id=segment.pk)
