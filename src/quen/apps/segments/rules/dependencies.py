"""Which changes affect which segments, by ``Segment.dependencies``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

#: a contact was added or removed: affects every segment
MEMBERSHIP_EVENTS = frozenset({"contact_created", "contact_imported", "contact_deleted", "contact_restored"})
CHANGED = "contact_changed"
_CONTACT = "contact."
#: kinds of events about the contact's record, and the columns each may have changed; None: any column
_RECORD_EVENTS: Mapping[str, frozenset[str] | None] = {
    CHANGED: None,
    "tag_added": frozenset({"contact.tags"}),
    "tag_removed": frozenset({"contact.tags"}),
    "status_changed": frozenset({"contact.status", "contact.consent_email"}),
    "consent_changed": None,
}


def subscribed_kinds(all_dependencies: Collection[Mapping[str, Any]]) -> frozenset[str]:
    """Return the kinds of events that any of the segments depends on."""
    kinds: set[str] = {*MEMBERSHIP_EVENTS, CHANGED} if all_dependencies else set()
    for dependencies in all_dependencies:
        kinds.update(dependencies["events"])
        kinds.update(kind for kind in _RECORD_EVENTS if affects(dependencies, kind, None))
    return frozenset(kinds)


def affects(dependencies: Mapping[str, Any], kind: str, fields: Collection[str] | None) -> bool:
    """Return whether a change may move contacts into or out of a segment.

    fields: names of the changed data, in full ("loyalty.points"), or columns of the contact ("spent", "attrs.12").
    None: unknown. Empty: anything may have changed, the contact may be new.
    """
    if kind in MEMBERSHIP_EVENTS or kind in dependencies["events"]:
        return True
    if kind == CHANGED and fields is not None and not fields:
        return True
    if kind not in _RECORD_EVENTS:
        return False
    read = frozenset(dependencies["fields"])
    if fields:
        return any(name in read or f"{_CONTACT}{name}" in read for name in fields)
    if kind == CHANGED:
        return bool(read)
    columns = _RECORD_EVENTS[kind]
    if columns is None:
        return any(name.startswith(_CONTACT) for name in read)
    return not read.isdisjoint(columns)
