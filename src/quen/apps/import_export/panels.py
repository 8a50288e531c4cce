"""The overview panel of imports that are running or unfinished."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.import_export import access
from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState
from quen.apps.team.access import may_stop, workspace_path
from quen.apps.team.registry import OverviewPanelContent

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

OPEN_STATES = (
    ImportState.DRAFT,
    ImportState.WAITING,
    ImportState.RUNNING,
    ImportState.STOPPED,
    ImportState.FAILED,
)
MAX_ROWS = 4


def imports_in_progress(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Return the imports that are running or unfinished, latest first; None when there are none."""
    kinds = [kind.key for kind in access.kinds_for(request.member)]
    imports = Import.objects.filter(kind__in=kinds, state__in=OPEN_STATES)
    found = list(imports.select_related("progress")[:MAX_ROWS])
    if not found:
        return None
    rows = []
    for import_ in found:
        active = import_.state in (ImportState.WAITING, ImportState.RUNNING)
        progress = import_.progress if active else None
        if progress:
            request.topics.append(f"progress/{progress.pk}")
        stoppable = progress is not None and may_stop(request.member, progress)
        rows.append((import_, workspace_path(f"/imports/{import_.pk}/"), progress, stoppable))
    return OverviewPanelContent(
        title=_("Imports in progress"),
        template="import_export/overview/imports.html",
        context={"rows": rows},
        flush=True,
    )
