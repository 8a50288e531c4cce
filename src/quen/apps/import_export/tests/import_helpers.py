"""Short ways to import in tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.cast import NOW

from quen.apps.import_export import queries, services
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import IssueKind


def draft_import(
    text: str,
    *,
    targets: Mapping[str, Any] | None = None,
    member: Any = None,
    now: datetime = NOW,
    **settings: Any,
) -> Import:
    """An import of pasted rows, cells between bars, ready to be started. targets: by heading, over the matching."""
    pasted = "\n".join(
        "\t".join(cell.strip() for cell in line.split("|")) for line in text.strip().splitlines()
    )
    import_ = services.create_from_paste(text=pasted, actor=member, now=now)
    services.auto_match(import_=import_)
    entries = [
        ({"target": targets[heading]} if isinstance(targets[heading], str | None) else targets[heading])
        if targets and heading in targets
        else entry
        for heading, entry in zip(import_.headers, import_.matching, strict=True)
    ]
    services.set_matching(import_=import_, entries=entries, actor=member, now=now)
    return services.set_settings(import_=import_, settings=settings)


def import_rows(text: str, *, now: datetime = NOW, member: Any = None, **changes: Any) -> Import:
    """The same, carried out."""
    return run_draft(draft_import(text, now=now, member=member, **changes), now=now, member=member)


def run_draft(import_: Import, *, now: datetime = NOW, member: Any = None) -> Import:
    """Run an import that is ready."""
    services.validate_for_run(import_=import_, actor=member, now=now)
    services.run_import(import_id=import_.pk, clock=lambda: now)
    return queries.get_import(import_.pk)


def counts(import_: Import) -> dict[str, int]:
    """The numbers that are not zero."""
    names = ("created", "updated", "unchanged", "repeated", "refused", "warned")
    return {name: getattr(import_, name) for name in names if getattr(import_, name)}


def refused_rows(import_: Import) -> list[tuple[int, str]]:
    """(row, code) of refused rows."""
    return [(issue.row_number, issue.code) for issue in queries.issues(import_, IssueKind.REFUSED)]


def warnings(import_: Import) -> list[tuple[int, str, str]]:
    """(row, field, code) of warnings."""
    return [
        (issue.row_number, issue.field, issue.code) for issue in queries.issues(import_, IssueKind.WARNING)
    ]
