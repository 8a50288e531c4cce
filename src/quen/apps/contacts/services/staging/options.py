"""How a writer treats its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quen.core.actors import SYSTEM, Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class UpsertOptions:
    """How a writer treats its rows.

    required: the fields of a complete contact.  unique_fields: custom fields whose values are unique.
    all_tags: ids of tags for every row.  all_labels: names of labels of other apps for every row, by key.
    source_id: the source of the contacts.  actor: who gives the labels.
    change_id: the bulk change for undo, None when nothing is undone.  proof_id: the proof of consent in the rows.
    created_event, changed_event: event kinds, recorded with their data; with_row: with the row number as their ref.
    consent_data: recorded with each change of consent.
    """

    policy: str
    required: Sequence[str] = ()
    unique_fields: Sequence[int] = ()
    all_tags: Sequence[int] = ()
    all_labels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    actor: Actor = SYSTEM
    source_id: int | None = None
    change_id: int | None = None
    proof_id: int | None = None
    created_event: str
    changed_event: str
    created_data: Mapping[str, Any] = field(default_factory=dict)
    changed_data: Mapping[str, Any] = field(default_factory=dict)
    consent_data: Mapping[str, Any] = field(default_factory=dict)
    with_row: bool = False
