"""Step 2: which column goes into which field, why, and what a row becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.import_export import queries, registry, services
from quen.apps.import_export.matching import PLATFORM_NAMES, ColumnGuess
from quen.apps.import_export.models import Import
from quen.apps.import_export.reading import cell_text
from quen.apps.import_export.screens import NEW, columns_shown, tally
from quen.apps.import_export.services.drafting import keep_matching
from quen.apps.import_export.types import ImportStep
from quen.apps.import_export.views.common import reached, step_page, too_early
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError
from quen.ui.asked import whole
from quen.ui.pages import wants_part

_ORDERS = frozenset({"dmy", "mdy", "ymd"})
#: reasons shown beside the row
_REASONS = 3


@allowed(Right.IMPORT_CONTACTS)
@require_http_methods(["GET", "POST"])
def columns(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Show the matching, keep each change, and go on when everything is said."""
    import_ = queries.get_import(import_id)
    if too_early(import_, ImportStep.MATCH):
        return HttpResponseRedirect(reached(import_))
    look = queries.look(import_, rows=queries.MATCH_ROWS)
    refusal: DomainError | None = None
    if request.method == "POST":
        entries = _read(request.POST, import_, look.matching.columns)
        keep_matching(import_=import_, entries=entries)
        if "leave" in request.POST:
            messages.info(request, _("Saved. Continue whenever you like."))
            return HttpResponseRedirect(reverse("import_export:import_list"))
        if "next" in request.POST:
            try:
                services.set_matching(import_=import_, entries=entries, actor=request.member, now=request.now)
                return HttpResponseRedirect(reverse("import_export:settings", args=[import_.pk]))
            except DomainError as error:
                refusal, import_ = error, queries.get_import(import_id)
    given = request.POST if request.method == "POST" else request.GET
    shown = _shown(import_, look, given, part_only=wants_part(request))
    # where nothing is left to ask, the matching is folded away until somebody opens or changes it.
    folded = shown["settled"] and request.method == "GET"
    part = "person" if request.method == "GET" and "row" in request.GET else "match"
    return step_page(
        request,
        import_,
        ImportStep.MATCH,
        "import_export/columns.html",
        shown | {"refusal": refusal, "folded": folded},
        part=part,
        status=422 if refusal else None,
    )


def _read(given: QueryDict, import_: Import, guesses: Sequence[ColumnGuess]) -> list[dict[str, Any]]:
    """The entries posted. What differs from the one before was decided by the person."""
    entries = []
    for guess, before in zip(guesses, import_.matching, strict=True):
        entry = _entry(given, guess, before)
        held = {key: value for key, value in before.items() if key != "answered"}
        if before.get("answered") or entry != held:
            entry["answered"] = True
        entries.append(entry)
    return entries


def _entry(given: QueryDict, guess: ColumnGuess, before: Mapping[str, Any]) -> dict[str, Any]:
    chosen = given.get(f"column_{guess.index}")
    if chosen is None:
        return {key: value for key, value in before.items() if key != "answered"}
    entry: dict[str, Any] = {"target": chosen if chosen not in ("", NEW) else None}
    order = given.get(f"order_{guess.index}") or before.get("date_order")
    if order in _ORDERS:
        entry["date_order"] = order
    if chosen == NEW:
        held = before.get("new_field") or {}
        entry["new_field"] = {
            "name": given.get(f"name_{guess.index}", "").strip()[:100] or held.get("name") or guess.header,
            "format": given.get(f"format_{guess.index}")
            or held.get("format")
            or guess.new_field_format
            or "text",
        }
    return entry


def _shown(
    import_: Import, look: queries.Look, given: Mapping[str, Any], *, part_only: bool
) -> dict[str, Any]:
    screens = registry.screens(import_.kind)
    targets = registry.get(import_.kind).targets()
    shown = columns_shown(
        look.matching.columns, import_.matching, {target.key: target for target in targets}, screens
    )
    counts = tally(shown)
    only_asking = given.get("show") == "ask" and counts.asking > 0
    position = _position(given.get("row"), len(look.rows))
    order = queries.order_of(import_)
    good, reasons = screens.weigh(order, look.rows)
    return {
        "columns": shown,
        "tally": counts,
        "only_asking": only_asking,
        "settled": look.matching.settled and bool(import_.platform) and not counts.asking,
        "platform": PLATFORM_NAMES.get(import_.platform, ""),
        "groups": screens.groups(targets),
        "formats": screens.new_formats(),
        "person": screens.show_row(order, look.rows[position]) if look.rows else None,
        "fresh": _fresh(import_, look, position) if look.rows else [],
        "row": position,
        "row_number": look.rows[position][0] if look.rows else 0,
        "row_before": position - 1 if position else None,
        "row_after": position + 1 if position + 1 < len(look.rows) else None,
        "part_only": part_only,
        "looked_at": len(look.rows),
        "good": good,
        "reasons": reasons[:_REASONS],
    }


def _fresh(import_: Import, look: queries.Look, position: int) -> list[tuple[str, str]]:
    """Values of the row for fields that are yet to be made."""
    cells = look.rows[position][1]
    return [
        (entry["new_field"]["name"], cell_text(cells[index]))
        for index, entry in enumerate(import_.matching)
        if entry.get("new_field") and cell_text(cells[index]).strip()
    ]


def _position(asked: Any, rows: int) -> int:
    return min(whole(asked) or 0, max(rows - 1, 0))
