"""Contacts as messages show them: an entry of the list of changes that the API has, with the contact as it is now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from quen.apps.contacts.queries.documents import documents_by_id
from quen.apps.contacts.queries.feed import ChangeKind, changes_of
from quen.apps.contacts.services.feed import catch_up_with_changes


def contact_entries(ids: Sequence[int], *, now: datetime) -> dict[int, dict[str, Any]]:
    """Return an entry for each contact by its id; of one that is gone, only what became of it.

    First the order of changes takes in what is committed, so that the version is not older than what the entry shows.
    """
    if not ids:
        return {}
    catch_up_with_changes(now=now)
    found, alive = changes_of(ids), documents_by_id(ids)
    entries = {}
    for pk in ids:
        change = found.get(pk)
        kind = change.kind if change is not None else ChangeKind.CHANGED
        entries[pk] = {
            "contact_id": pk,
            "version": change.seq if change is not None else 0,
            "kind": kind.value,
            "survivor_id": change.survivor_id if change is not None else None,
            "contact": alive.get(pk) if kind == ChangeKind.CHANGED else None,
        }
    return entries
