"""Steps of the getting-started checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.compliance import queries
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OnboardingStep

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def permission_reminder(request: WorkspaceRequest) -> OnboardingStep:
    """Return the step of the permission reminder (ACC-14)."""
    return OnboardingStep(
        title=_("Write the permission reminder"),
        text=_("One sentence that tells recipients why they get your email."),
        href=workspace_path(_place("/sending/")),
        icon="scale",
        done=bool(queries.sending_settings().permission_reminders),
    )


def terms(request: WorkspaceRequest) -> OnboardingStep:
    """Return the step of the anti-spam policy (ACC-15)."""
    return OnboardingStep(
        title=_("Read and accept the anti-spam policy"),
        text=_("Takes two minutes. Required before your first message."),
        href=workspace_path(_place("/sending/terms/")),
        icon="shield-check",
        done=queries.terms_accepted(),
    )


def _place(settled: str) -> str:
    """Return the page with all that is needed before the first message, and a page of its own after that."""
    return settled if queries.terms_accepted() else "/sending/first/"
