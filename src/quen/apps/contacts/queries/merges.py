"""Merges of contacts: where an old id leads, and what undo would bring back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from quen.apps.contacts.models import Contact, ContactMerge, undo_deadline
from quen.apps.contacts.rules import merging
from quen.apps.contacts.types import Channel, MergePreview
from quen.core.errors import NotFound


def survivor_of(contact_id: int) -> int:
    """Return the id of the contact into whom this one was merged, at the end of the chain; else the id itself."""
    return survivors([contact_id]).get(contact_id, contact_id)


def survivors(ids: Collection[int]) -> dict[int, int]:
    """Return the contact at the end of the chain, by the id of each that was merged. One query for each link of it."""
    ends: dict[int, int] = {}
    links = _links(ids)
    while links:
        ends |= {pk: links.get(end, end) for pk, end in ends.items()} | {
            pk: end for pk, end in links.items() if pk in ids
        }
        links = _links(set(ends.values()))
    return ends


def _links(ids: Collection[int]) -> dict[int, int]:
    merges = ContactMerge.objects.filter(merged_id__in=list(ids), undone_at=None)
    return dict(merges.values_list("merged_id", "kept_id"))


def merged_ids() -> QuerySet[ContactMerge, int]:
    """Return the ids of all contacts that went into another."""
    return ContactMerge.objects.filter(undone_at=None).values_list("merged_id", flat=True)


def get_merge(merge_id: int) -> ContactMerge:
    """Return a merge. Raises NotFound."""
    merge = ContactMerge.objects.filter(pk=merge_id).first()
    if merge is None:
        raise NotFound()
    return merge


def merged_by_merge(merge_ids: Collection[int]) -> dict[int, int]:
    """Return the contact that went into another, by the id of the merge."""
    return dict(ContactMerge.objects.filter(pk__in=list(merge_ids)).values_list("pk", "merged_id"))


def recent_merges(*, now: datetime) -> QuerySet[ContactMerge]:
    """Return the merges that can still be undone, latest first."""
    since = now - (undo_deadline(now) - now)
    merges = ContactMerge.objects.filter(at__gt=since, undone_at=None).exclude(after={})
    return merges.order_by("-at", "-id")


def people_of_merges(merges: Iterable[ContactMerge]) -> dict[int, Contact]:
    """Return the contacts of merges by id, the merged ones too."""
    ids = {pk for merge in merges for pk in (merge.kept_id, merge.merged_id)}
    return Contact.all_objects.defer("search", "note").in_bulk(list(ids))


def undo_until(at: datetime) -> datetime:
    """Return the instant from which a merge of that time can no longer be undone."""
    return undo_deadline(at)


def merges_into(ids: Collection[int]) -> list[int]:
    """Return the ids of all contacts that went into these, over several merges too."""
    found: set[int] = set()
    step = set(ids)
    while step:
        merges = ContactMerge.objects.filter(kept_id__in=step, undone_at=None)
        step = set(merges.values_list("merged_id", flat=True)) - found
        found |= step
    return sorted(found)


def preview_undo(merge: ContactMerge) -> MergePreview:
    """Return what undoing a merge would bring back, as things are now. Raises NotFound once undo is over."""
    found = {each.pk: each for each in Contact.all_objects.filter(pk__in=(merge.kept_id, merge.merged_id))}
    kept, merged = found.get(merge.kept_id), found.get(merge.merged_id)
    if kept is None or merged is None or merge.undone_at is not None or not merge.after:
        raise NotFound()
    now_values = merging.json_columns(kept)
    before, after = merge.before, merge.after
    edited, returning = {}, []
    for group, columns in merging.UNDO_GROUPS.items():
        changed = [column for column in columns if column in before and before[column] != after[column]]
        if not changed:
            continue
        if all(now_values[column] == after[column] for column in changed):
            returning.append(group)
        else:
            edited[group] = {column: before[column] for column in changed}
    for key in merging.changed_attrs(before, after):
        mine = now_values["attrs"].get(key)
        if mine == after["attrs"].get(key):
            returning.append(f"field_{key}")
        else:
            edited[f"field_{key}"] = {"attrs": before["attrs"].get(key)}
    return MergePreview(
        kept=kept,
        merged=merged,
        returning=returning,
        edited=edited,
        refusals=_held_refusals(merge, kept, merged),
    )


def _held_refusals(merge: ContactMerge, kept: Contact, merged: Contact) -> Mapping[str, int]:
    """Return how many of both contacts keep a refusal that they did not have before the merge, by channel."""
    held: dict[str, Any] = {}
    for channel in Channel:
        column = f"consent_{channel.value}"
        current = kept.consent(channel.value)
        if current in merging.REFUSALS:
            both = (merge.before[column], int(merged.consent(channel.value)))
            count = sum(merging.lower_consent(each, current) != each for each in both)
            if count:
                held[channel.value] = count
    return held
