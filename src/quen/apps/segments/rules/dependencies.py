"""Which changes concern which segments, by what a segment's conditions look at (``Segment.reads``)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

#: somebody came or went: concerns every segment
MEMBERSHIP_EVENTS = frozenset({"contact_created", "contact_imported", "contact_deleted", "contact_restored"})
CHANGED = "contact_changed"
#: kinds that tell of a change of the record itself; what each may have changed, None for anything
_RECORD_EVENTS: Mapping[str, frozenset[str] | None] = {
    CHANGED: None,
    "tag_added": frozenset({"contact.tags"}),
    "tag_removed": frozenset({"contact.tags"}),
    "status_changed": frozenset({"contact.status", "contact.consent_email"}),
    "consent_changed": None,
}


def subscribed_kinds(all_dependencies: Collection[Mapping[str, Any]]) -> frozenset[str]:
    """Give the kinds of events that some segment must hear of."""
    kinds: set[str] = {*MEMBERSHIP_EVENTS, CHANGED} if all_dependencies else set()
    for dependencies in all_dependencies:
        kinds.update(dependencies["events"])
        kinds.update(kind for kind in _RECORD_EVENTS if affects(dependencies, kind, None))
    return frozenset(kinds)


def affects(dependencies: Mapping[str, Any], kind: str, fields: Collection[str] | None) -> bool:
    """Say whether a change may move people in or out of a segment.

    fields: columns of the contact that changed, None when unknown; none of them: anything, newcomers too.
    """
    if kind in MEMBERSHIP_EVENTS or kind in dependencies["events"]:
        return True
    if kind == CHANGED and fields is not None and not fields:
        return True
    if kind not in _RECORD_EVENTS:
        return False
    read_fields = frozenset(dependencies["fields"])
    changed_fields = _RECORD_EVENTS[kind]
    if fields:
        changed_fields = frozenset(f"contact.{name}" for name in fields)
    return bool(read_fields) if changed_fields is None else not read_fields.isdisjoint(changed_fields)
