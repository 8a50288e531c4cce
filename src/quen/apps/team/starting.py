"""The team's own lines of the getting-started checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts_queries
from quen.apps.team import queries, registry
from quen.apps.team.types import Right

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def register() -> None:
    """Register them."""
    registry.first_step("team.shop", 30, Right.CONFIGURE_WORKSPACE, shop_details)
    registry.first_step("team.colleague", 40, Right.MANAGE_TEAM, colleague)


def shop_details(request: WorkspaceRequest) -> registry.FirstStep:
    """Ask who sends: the law wants it on every advertisement."""
    space = request.workspace
    return registry.FirstStep(
        title=_("Fill in the shop's details"),
        text=_("Brand, hotline, email and postal address: without them no advertising goes out."),
        href=reverse("team:settings"),
        icon="store",
        done=all([space.brand, space.sender_address, space.sender_phone, space.sender_email]),
    )


def colleague(request: WorkspaceRequest) -> registry.FirstStep:
    """Ask for company."""
    alone = len(queries.members()[:2]) < 2
    return registry.FirstStep(
        title=_("Invite a colleague"),
        text=_("Each one signs in as themselves, with a role of their own."),
        href=reverse("team:invitations"),
        icon="user-plus",
        done=not alone or accounts_queries.open_invitations(request.workspace).exists(),
    )
