"""Step 2: match columns to fields, with reasons and a preview of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.import_export import access, queries, registry, services
from quen.apps.import_export.matching import ColumnGuess
from quen.apps.import_export.models import Import
from quen.apps.import_export.presenters import (
    NEW,
    column_rows,
    count_matches,
    filtered,
    skipped_names,
)
from quen.apps.import_export.services.draft import save_draft_matching
from quen.apps.import_export.tables import cell_text
from quen.apps.import_export.types import ImportExportRight, ImportStep
from quen.apps.import_export.views.common import current_url, list_url, step_page, step_unavailable
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import DomainError
from quen.ui.pages import wants_part
from quen.ui.params import positive_int

_ORDERS = frozenset({"dmy", "mdy", "ymd"})
#: number of reasons shown next to the row preview
_MAX_REASONS = 3


@allowed(ImportExportRight.IMPORT)
@require_http_methods(["GET", "POST"])
def columns(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Show the matching, store each change, continue when it is complete."""
    import_ = access.import_for(request.member, import_id)
    if step_unavailable(import_, ImportStep.MATCH):
        return HttpResponseRedirect(current_url(import_))
    preview = queries.preview(import_, rows=queries.MATCH_ROWS)
    refusal: DomainError | None = None
    if request.method == "POST":
        entries = _posted_entries(request.POST, import_, preview.matching.columns)
        save_draft_matching(import_=import_, entries=entries)
        if "leave" in request.POST:
            messages.info(request, _("Saved. You can continue any time."))
            return HttpResponseRedirect(list_url(import_))
        if "next" in request.POST:
            try:
                services.set_matching(import_=import_, entries=entries, actor=request.actor, now=request.now)
                return HttpResponseRedirect(reverse("import_export:settings", args=[import_.pk]))
            except DomainError as error:
                refusal, import_ = error, access.import_for(request.member, import_id)
    data = request.POST if request.method == "POST" else request.GET
    context = _context(import_, preview, data, part_only=wants_part(request))
    part = "row_preview" if request.method == "GET" and "row" in request.GET else "match"
    return step_page(
        request,
        import_,
        ImportStep.MATCH,
        "import_export/columns.html",
        context | {"refusal": refusal},
        part=part,
        status=422 if refusal else None,
    )


def _posted_entries(data: QueryDict, import_: Import, guesses: Sequence[ColumnGuess]) -> list[dict[str, Any]]:
    """Return the posted entries. An entry that differs from the previous one was decided by the user."""
    entries = []
    for guess, previous in zip(guesses, import_.matching, strict=True):
        entry = _entry(data, guess, previous)
        unanswered = {key: value for key, value in previous.items() if key != "answered"}
        if previous.get("answered") or entry != unanswered:
            entry["answered"] = True
        entries.append(entry)
    return entries


def _entry(data: QueryDict, guess: ColumnGuess, previous: Mapping[str, Any]) -> dict[str, Any]:
    chosen = data.get(f"column_{guess.index}")
    if data.get("keep") == str(guess.index):
        chosen = guess.keep_as or NEW
    if chosen is None:
        return {key: value for key, value in previous.items() if key != "answered"}
    entry: dict[str, Any] = {"target": chosen if chosen not in ("", NEW) else None}
    order = data.get(f"order_{guess.index}") or previous.get("date_order")
    if order in _ORDERS:
        entry["date_order"] = order
    if chosen == NEW:
        new_field = previous.get("new_field") or {}
        entry["new_field"] = {
            "name": data.get(f"name_{guess.index}", "").strip()[:100]
            or new_field.get("name")
            or guess.header,
            "format": data.get(f"format_{guess.index}")
            or new_field.get("format")
            or guess.new_field_format
            or "text",
        }
    return entry


def _context(
    import_: Import, preview: queries.ImportPreview, data: Mapping[str, Any], *, part_only: bool
) -> dict[str, Any]:
    kind, screens = registry.get(import_.kind), registry.screens(import_.kind)
    targets = kind.targets()
    rows = column_rows(
        preview.matching.columns, import_.matching, {target.key: target for target in targets}, kind
    )
    show = str(data.get("show") or "")
    shown, filters = filtered(rows, show)
    position = _position(data.get("row"), len(preview.rows))
    import_context = queries.context_for(import_)
    accepted, reasons = screens.estimate(import_context, preview.rows)
    return {
        "columns": shown,
        "match_count": count_matches(rows),
        "skipped": skipped_names(rows),
        "show": show,
        "filters": filters,
        "platform": kind.vocabulary().platform_name(import_.platform),
        "groups": screens.groups(targets),
        "formats": kind.new_field_formats(),
        "preview": screens.preview_row(import_context, preview.rows[position]) if preview.rows else None,
        "new_values": _new_values(import_, preview, position) if preview.rows else [],
        "row": position,
        "row_number": preview.rows[position][0] if preview.rows else 0,
        "previous_row": position - 1 if position else None,
        "next_row": position + 1 if position + 1 < len(preview.rows) else None,
        "part_only": part_only,
        "sample_size": len(preview.rows),
        "accepted": accepted,
        "reasons": reasons[:_MAX_REASONS],
    }


def _new_values(import_: Import, preview: queries.ImportPreview, position: int) -> list[tuple[str, str]]:
    """Return the row's values for fields that will be created."""
    cells = preview.rows[position][1]
    return [
        (entry["new_field"]["name"], cell_text(cells[index]))
        for index, entry in enumerate(import_.matching)
        if entry.get("new_field") and cell_text(cells[index]).strip()
    ]


def _position(asked: Any, rows: int) -> int:
    return min(positive_int(asked) or 0, max(rows - 1, 0))
