"""The first steps of campaigns on the overview."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.campaigns import queries
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OnboardingStep

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def first_campaign(request: WorkspaceRequest) -> OnboardingStep:
    """Return the step "Send the first campaign"."""
    return OnboardingStep(
        title=_("Send the first campaign"),
        text=_("Send one message to customers who consented. In the sandbox, nothing leaves your system."),
        href=workspace_path("/campaigns/new/"),
        icon="megaphone",
        done=queries.any_started(),
    )
