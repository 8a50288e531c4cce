"""Step 1: the file as it is read, every guess correctable."""

from __future__ import annotations

from typing import Any

from django.forms import BoundField
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from quen.apps.import_export import queries, services
from quen.apps.import_export.forms import ReadingForm
from quen.apps.import_export.models import Import
from quen.apps.import_export.reading import Table, cell_text, preview
from quen.apps.import_export.screens import letter
from quen.apps.import_export.types import ImportStep
from quen.apps.import_export.views.common import reached, step_page, too_early
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError

ROWS = 20


@allowed(Right.IMPORT_CONTACTS)
@require_http_methods(["GET", "POST"])
def data(request: WorkspaceRequest, import_id: int) -> HttpResponse:
    """Show the first rows; read them another way when the person says so."""
    import_ = queries.get_import(import_id)
    if too_early(import_, ImportStep.DATA):
        return HttpResponseRedirect(reached(import_))
    refusal: DomainError | None = None
    if request.method == "POST":
        try:
            _put_right(import_, request.POST)
        except DomainError as error:
            refusal, import_ = error, queries.get_import(import_id)
        else:
            if "next" in request.POST:
                return HttpResponseRedirect(reverse("import_export:columns", args=[import_.pk]))
    with queries.glimpsed(import_) as table:
        context = _shown(import_, table) | {"refusal": refusal}
    status = 422 if refusal else None
    return step_page(
        request, import_, ImportStep.DATA, "import_export/data.html", context, part="reading", status=status
    )


def _put_right(import_: Import, given: Any) -> None:
    with queries.glimpsed(import_) as table:
        form = ReadingForm(given, table=table)
    changes = form.changes() if form.is_valid() else {}
    if changes:
        options = queries.read_options(import_.reading).changed(**changes)
        services.set_reading(import_=import_, options=options.as_json())


def _shown(import_: Import, table: Table) -> dict[str, Any]:
    form = ReadingForm(None, table=table)
    rows = preview(table, ROWS)
    own: list[BoundField | None] = [*form.column_fields] or [None] * len(table.headers)
    return {
        "form": form,
        "table": table,
        "heads": [
            (letter(index), header, field)
            for index, (header, field) in enumerate(zip(table.headers, own, strict=True))
        ],
        "lines": [(number, [cell_text(cell) for cell in cells]) for number, cells in rows],
    }
