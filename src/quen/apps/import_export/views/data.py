"""Step 1: the first rows of the file; detected options can be corrected."""

from __future__ import annotations

from typing import Any

from django.forms import BoundField
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from quen.apps.import_export import access, queries, services
from quen.apps.import_export.columns import column_letter
from quen.apps.import_export.forms import ReadOptionsForm
from quen.apps.import_export.models import Import
from quen.apps.import_export.tables import Table, cell_text, first_rows
from quen.apps.import_export.types import ImportExportRight, ImportStep
from quen.apps.import_export.views.common import current_url, step_page, step_unavailable
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import DomainError

PREVIEW_ROWS = 20


@allowed(ImportExportRight.IMPORT)
@require_http_methods(["GET", "POST"])
def data(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Show the first rows; read the file again with corrected options."""
    import_ = access.import_for(request.member, import_id)
    if step_unavailable(import_, ImportStep.DATA):
        return HttpResponseRedirect(current_url(import_))
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            _apply_changes(import_, request.POST)
        except DomainError as error:
            refusal, import_ = error, access.import_for(request.member, import_id)
        else:
            if "next" in request.POST:
                return HttpResponseRedirect(reverse("import_export:columns", args=[import_.pk]))
    with queries.open_head(import_) as table:
        context = _context(import_, table) | {"refusal": refusal}
    status = 422 if refusal else None
    return step_page(
        request, import_, ImportStep.DATA, "import_export/data.html", context, part="reading", status=status
    )


def _apply_changes(import_: Import, data: Any) -> None:
    with queries.open_head(import_) as table:
        form = ReadOptionsForm(data, table=table)
    changes = form.changes() if form.is_valid() else {}
    if changes:
        options = queries.read_options(import_.read_options).changed(**changes)
        services.set_read_options(import_=import_, options=options.as_json())


def _context(import_: Import, table: Table) -> dict[str, Any]:
    form = ReadOptionsForm(None, table=table)
    rows = first_rows(table, PREVIEW_ROWS)
    encoding_fields: list[BoundField | None] = [*form.column_fields] or [None] * len(table.headers)
    return {
        "form": form,
        "table": table,
        "column_heads": [
            (column_letter(index), header, field)
            for index, (header, field) in enumerate(zip(table.headers, encoding_fields, strict=True))
        ],
        "sample_rows": [(number, [cell_text(cell) for cell in cells]) for number, cells in rows],
    }
