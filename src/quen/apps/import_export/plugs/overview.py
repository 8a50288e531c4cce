"""Imports on the landing page: what runs, what waits for the person, and the first step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState
from quen.apps.team import registry
from quen.apps.team.access import may_stop, workspace_path
from quen.apps.team.registry import OnboardingStep, OverviewPanelContent
from quen.apps.team.types import Right

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


def register() -> None:
    """Register them."""
    registry.overview_panel("imports", 10, Right.IMPORT_CONTACTS, imports, slot="side")
    registry.onboarding_step("imports.first", 10, Right.IMPORT_CONTACTS, first_import_step)


def imports(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Show imports that are under way or were left half-done, latest first."""
    found = list(Import.objects.filter(state__in=OPEN_STATES).select_related("progress")[:MAX_ROWS])
    if not found:
        return None
    rows = []
    for each in found:
        live = each.progress if each.state in (ImportState.WAITING, ImportState.RUNNING) else None
        if live:
            request.topics.append(f"progress/{live.pk}")
        rows.append(
            (
                each,
                workspace_path(f"/imports/{each.pk}/"),
                live,
                bool(live and may_stop(request.member, live)),
            )
        )
    return OverviewPanelContent(
        title=_("Imports under way"),
        template="import_export/overview/imports.html",
        context={"rows": rows},
        flush=True,
    )


def first_import_step(request: WorkspaceRequest) -> OnboardingStep:
    """Ask for a file of customers."""
    return OnboardingStep(
        title=_("Bring your customers from a file"),
        text=_("Excel or CSV, from Sapo, KiotViet or your own list."),
        href=workspace_path("/imports/"),
        icon="file-up",
        done=Import.objects.filter(state=ImportState.DONE).exists(),
    )
