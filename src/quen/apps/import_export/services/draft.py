"""The matching while the user edits it: stored on each change, validated when they continue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState, ImportStep, InvalidImportState


@transaction.atomic
def save_draft_matching(*, import_: Import, entries: Sequence[Mapping[str, Any]]) -> Import:
    """Store the matching so far; nothing is validated and no field is created.

    entries: as set_matching takes them, one per column, with "answered" where the user decided. Raises
    InvalidImportState.
    """
    if import_.state not in (ImportState.DRAFT, ImportState.FAILED) or import_.position:
        raise InvalidImportState(state=str(ImportState(import_.state).label))
    new_matching = [dict(entry) for entry in entries]
    if new_matching == import_.matching:
        return import_
    import_.matching, import_.step, import_.dry_run_report = new_matching, ImportStep.MATCH, None
    import_.save(update_fields=["matching", "step", "dry_run_report"])
    return import_
