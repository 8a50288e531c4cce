"""First steps on the way to a first campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.compliance import queries
from quen.apps.team import registry
from quen.apps.team.access import workspace_path
from quen.apps.team.types import Right

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def register() -> None:
    """Register them."""
    registry.onboarding_step(
        "compliance.permission_reminder", 54, Right.CONFIGURE_SENDING, permission_reminder
    )
    registry.onboarding_step("compliance.terms", 56, Right.CONFIGURE_SENDING, terms)


def permission_reminder(request: WorkspaceRequest) -> registry.OnboardingStep:
    """Ask for the permission reminder (ACC-14)."""
    return registry.OnboardingStep(
        title=_("Write the permission reminder"),
        text=_("One sentence that tells readers why they receive your mail."),
        href=workspace_path("/sending/"),
        icon="scale",
        done=bool(queries.sending_settings().permission_reminders),
    )


def terms(request: WorkspaceRequest) -> registry.OnboardingStep:
    """Ask for the anti-spam policy (ACC-15)."""
    return registry.OnboardingStep(
        title=_("Read and accept the anti-spam policy"),
        text=_("Two minutes; nothing goes out before."),
        href=workspace_path("/sending/terms/"),
        icon="shield-check",
        done=queries.terms_accepted(),
    )
