"""Helpers to run imports in tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.cast import NOW

from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import IssueKind
from quen.core.actors import SYSTEM, Actor


def draft_import(
    text: str,
    *,
    targets: Mapping[str, Any] | None = None,
    actor: Actor = SYSTEM,
    now: datetime = NOW,
    **settings: Any,
) -> Import:
    """Return an import of pasted rows, ready to run; "|" separates cells. targets: by header, override the matching."""
    pasted = "\n".join(
        "\t".join(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()
    )
    import_ = services.create_from_paste(text=pasted, actor=actor, now=now, kind="contacts")
    services.auto_match(import_=import_)
    entries = [
        ({"target": targets[header]} if isinstance(targets[header], str | None) else targets[header])
        if targets and header in targets
        else entry
        for header, entry in zip(import_.headers, import_.matching, strict=True)
    ]
    services.set_matching(import_=import_, entries=entries, actor=actor, now=now)
    return services.set_settings(import_=import_, settings=settings)


def import_rows(text: str, *, now: datetime = NOW, actor: Actor = SYSTEM, **changes: Any) -> Import:
    """Return the same import after its run."""
    return run_draft(draft_import(text, now=now, actor=actor, **changes), now=now, actor=actor)


def run_draft(import_: Import, *, now: datetime = NOW, actor: Actor = SYSTEM) -> Import:
    """Run a draft and return the import."""
    services.validate_for_run(import_=import_, actor=actor, now=now)
    services.run_import(import_id=import_.pk, clock=lambda: now)
    return queries.get_import(import_.pk)


def counts(import_: Import) -> dict[str, int]:
    """Return the counts that are not zero."""
    names = ("created", "updated", "unchanged", "repeated", "refused", "warned")
    return {name: getattr(import_, name) for name in names if getattr(import_, name)}


def refused_rows(import_: Import) -> list[tuple[int, str]]:
    """Return (row, code) of refused rows."""
    return [(issue.row_number, issue.code) for issue in queries.issues(import_, IssueKind.REFUSED)]


def warnings(import_: Import) -> list[tuple[int, str, str]]:
    """Return (row, field, code) of warnings."""
    return [
        (issue.row_number, issue.field, issue.code) for issue in queries.issues(import_, IssueKind.WARNING)
    ]
