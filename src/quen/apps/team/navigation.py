"""The team room's entries in the sidebar, and where the frame's fixed things live."""

from django.utils.translation import gettext_lazy as _

from quen.apps.team.types import Right
from quen.ui.nav import NavEntry, NavGroup, registry

OVERVIEW_ORDER, SETTINGS_ORDER = 10, 90


def register() -> None:
    """Register them."""
    registry.add_group(NavGroup("overview", _("Overview"), "house", OVERVIEW_ORDER))
    registry.add_group(NavGroup("settings", _("Settings"), "settings", SETTINGS_ORDER))
    registry.add(
        NavEntry(
            key="overview",
            label=_("Overview"),
            icon="house",
            url_name="team:overview",
            group="overview",
            order=10,
            right=Right.VIEW_OVERVIEW,
            shortcut="o",
            phone=True,
        )
    )
    registry.add(
        NavEntry(
            key="team",
            label=_("Users"),
            icon="user-cog",
            url_name="team:members",
            group="settings",
            order=10,
            here=("team:member", "team:roles", "team:invitations"),
            shortcut="u",
        )
    )
    registry.add(
        NavEntry(
            key="workspace",
            label=_("Workspace"),
            icon="settings",
            url_name="team:settings",
            group="settings",
            order=20,
            right=Right.CONFIGURE_WORKSPACE,
            shortcut="s",
            phone=True,
        )
    )
    registry.add(
        NavEntry(
            key="log",
            label=_("Action log"),
            icon="scroll-text",
            url_name="team:log",
            group="settings",
            order=90,
            right=Right.VIEW_LOG,
            shortcut="l",
        )
    )
    _outside()
    for place, address in PLACES.items():
        registry.set_place(place, address)


def _outside() -> None:
    """Register what stands in the sidebar outside workspaces; inside, these addresses do not exist."""
    registry.add_group(NavGroup("workspaces", _("Workspaces"), "layout-grid", OVERVIEW_ORDER))
    registry.add_group(NavGroup("profile", _("My profile"), "circle-user", SETTINGS_ORDER))
    registry.add(
        NavEntry(
            key="workspaces",
            label=_("Workspaces"),
            icon="layout-grid",
            url_name="workspaces",
            group="workspaces",
            order=10,
            here=("new_workspace",),
            phone=True,
        )
    )
    registry.add(
        NavEntry(
            key="profile",
            label=_("My profile"),
            icon="circle-user",
            url_name="profile",
            group="profile",
            order=10,
            here=("mailbox", "mail"),
            phone=True,
        )
    )


PLACES = {
    "home": "/",
    "profile": "/profile/",
    "language": "/language/",
    "sign_out": "/accounts/logout/",
    "new_workspace": "/workspaces/new/",
    "notices": "team:notices",
    "palette": "team:palette",
}
