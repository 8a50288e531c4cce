"""The onboarding step of the import_export app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.import_export.models import Import
from quen.apps.import_export.types import ImportState
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OnboardingStep

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def import_first_file(request: WorkspaceRequest) -> OnboardingStep:
    """Ask for a customer file; done once an import has finished."""
    return OnboardingStep(
        title=_("Import your customers"),
        text=_("Excel or CSV, from Sapo, KiotViet or your own list."),
        href=workspace_path("/imports/"),
        icon="file-up",
        done=Import.objects.filter(state=ImportState.DONE).exists(),
    )
