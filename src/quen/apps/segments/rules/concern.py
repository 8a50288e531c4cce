"""Which changes concern which segments, by what a segment's conditions look at (``Segment.reads``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

#: somebody came or went: concerns every segment
COMINGS_AND_GOINGS = frozenset({"contact_created", "contact_imported", "contact_deleted", "contact_restored"})
CHANGED = "contact_changed"
#: kinds that tell of a change of the record itself; what each may have changed, None for anything
_RECORD: Mapping[str, frozenset[str] | None] = {
    CHANGED: None,
    "tag_added": frozenset({"contact.tags"}),
    "tag_removed": frozenset({"contact.tags"}),
    "status_changed": frozenset({"contact.status", "contact.consent_email"}),
    "consent_changed": None,
}


def kinds_read(all_reads: Collection[Mapping[str, Any]]) -> frozenset[str]:
    """Give the kinds of events that some segment must hear of."""
    kinds: set[str] = {*COMINGS_AND_GOINGS, CHANGED} if all_reads else set()
    for reads in all_reads:
        kinds.update(reads["events"])
        kinds.update(kind for kind in _RECORD if concerns(reads, kind, None))
    return frozenset(kinds)


def concerns(reads: Mapping[str, Any], kind: str, fields: Collection[str] | None) -> bool:
    """Say whether a change may move people in or out of a segment.

    fields: columns of the contact that changed, None when unknown; none of them: anything, newcomers too.
    """
    if kind in COMINGS_AND_GOINGS or kind in reads["events"]:
        return True
    if kind == CHANGED and fields is not None and not fields:
        return True
    if kind not in _RECORD:
        return False
    looked_at = frozenset(reads["fields"])
    may_differ = _RECORD[kind]
    if fields:
        may_differ = frozenset(f"contact.{name}" for name in fields)
    return bool(looked_at) if may_differ is None else not looked_at.isdisjoint(may_differ)
