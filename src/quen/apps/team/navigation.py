"""Sidebar entries of the team app, and the fixed links of the layout."""

from django.utils.translation import gettext_lazy as _

from quen.apps.team.types import Right
from quen.ui.nav import NavEntry, NavGroup, registry

OVERVIEW_ORDER, SETTINGS_ORDER = 10, 90


def register() -> None:
    """Register entries and links."""
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
            mobile=True,
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
            active_for=("team:member", "team:roles", "team:invitations"),
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
            mobile=True,
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
    _register_public()
    for key, target in LAYOUT_LINKS.items():
        registry.set_link(key, target)


def _register_public() -> None:
    """Register the sidebar of pages outside workspaces; their URL names do not exist inside one."""
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
            active_for=("new_workspace",),
            mobile=True,
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
            active_for=("mailbox", "mail"),
            mobile=True,
        )
    )


LAYOUT_LINKS = {
    "home": "/",
    "profile": "/profile/",
    "language": "/language/",
    "sign_out": "/accounts/logout/",
    "new_workspace": "/workspaces/new/",
    "notifications": "team:notifications",
    "command_palette": "team:command_palette",
}
