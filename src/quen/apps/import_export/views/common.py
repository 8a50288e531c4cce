"""The layout shared by the wizard's steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.import_export import registry
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState, ImportStep
from quen.apps.team.access import WorkspaceRequest
from quen.ui.pages import page

STEPS: tuple[tuple[ImportStep, str], ...] = (
    (ImportStep.DATA, "import_export:data"),
    (ImportStep.MATCH, "import_export:columns"),
    (ImportStep.SETTINGS, "import_export:settings"),
    (ImportStep.DRY_RUN, "import_export:dry_run"),
    (ImportStep.RUN, "import_export:run"),
)
STEP_ORDER = [step for step, _name in STEPS]


def step_url(import_: Import, step: str) -> str:
    """Return the URL of a step."""
    return reverse(dict(STEPS)[ImportStep(step)], args=[import_.pk])


def current_url(import_: Import) -> str:
    """Return the URL of the step where the user continues."""
    return step_url(import_, import_.step if import_.state == ImportState.DRAFT else ImportStep.RUN)


def list_url(import_: Import) -> str:
    """Return the URL of the list of imports of the same kind."""
    return f"{reverse('import_export:import_list')}?kind={import_.kind}"


def step_unavailable(import_: Import, step: ImportStep) -> bool:
    """Return whether an earlier step must be finished first, or the import has already started."""
    if import_.state != ImportState.DRAFT:
        return step != ImportStep.RUN
    return STEP_ORDER.index(step) > STEP_ORDER.index(ImportStep(import_.step))


def display_name(import_: Import) -> str:
    """Return the file's name, or a text for pasted rows."""
    return _("Pasted rows") if import_.pasted else import_.filename


def step_page(
    request: WorkspaceRequest,
    import_: Import,
    step: ImportStep,
    template: str,
    context: Mapping[str, Any],
    *,
    part: str | None = None,
    status: int | None = None,
) -> HttpResponse:
    """Return the page of a step, with the list of steps, the file's name and the texts of the kind."""
    started = import_.state != ImportState.DRAFT
    ended = import_.state in (ImportState.DONE, ImportState.UNDONE)
    position = STEP_ORDER.index(step)
    steps = [
        (str(ImportStep(other).label), "" if started else reverse(name, args=[import_.pk]))
        for other, name in STEPS
    ]
    layout = {
        "import": import_,
        "texts": registry.get(import_.kind).texts,
        "name": display_name(import_),
        "rows": import_.total_rows,
        "steps": steps,
        "step_number": position + 1,
        "steps_done": position + 1 if ended else position,
        "step_label": steps[position][0],
        "list_url": list_url(import_),
        "back": steps[position - 1][1] if position and not started else list_url(import_),
        "saved": not started,
    }
    return page(request, template, layout | dict(context), part=part, status=status)
