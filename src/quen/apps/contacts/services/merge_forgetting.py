"""What undo of merges keeps of people, and its end."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from quen.apps.contacts.models import ContactMerge, MergeMove


def forget_merges(merge_ids: Collection[int]) -> None:
    """Delete what undo of these merges needs; an old id still leads to the contact that was kept."""
    MergeMove.objects.filter(merge_id__in=merge_ids).delete()
    ContactMerge.objects.filter(pk__in=merge_ids).update(before={}, after={})


def forget_merges_of(contact_ids: Collection[int]) -> None:
    """Do the same for all merges of some contacts, undone ones too."""
    ids = list(contact_ids)
    merges = ContactMerge.objects.filter(Q(kept_id__in=ids) | Q(merged_id__in=ids))
    forget_merges(list(merges.values_list("pk", flat=True)))
