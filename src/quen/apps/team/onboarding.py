"""Onboarding steps of the team app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts_queries
from quen.apps.team import queries, registry

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def sender_details(request: WorkspaceRequest) -> registry.OnboardingStep:
    """Ask for the sender's details: the law requires them in every advertisement."""
    workspace = request.workspace
    return registry.OnboardingStep(
        title=_("Add your shop's details"),
        text=_("Brand, hotline, email and postal address. Advertising can't be sent without them."),
        href=reverse("team:settings"),
        icon="store",
        done=all(
            [
                workspace.brand,
                workspace.sender_address,
                workspace.sender_phone,
                workspace.sender_email,
            ]
        ),
    )


def invite_colleague(request: WorkspaceRequest) -> registry.OnboardingStep:
    """Ask to invite a colleague."""
    alone = len(queries.members()[:2]) < 2
    return registry.OnboardingStep(
        title=_("Invite a colleague"),
        text=_("Everyone signs in with their own account and role."),
        href=reverse("team:invitations"),
        icon="user-plus",
        done=not alone or accounts_queries.open_invitations(request.workspace).exists(),
    )
