"""What the team app declares: rights, navigation, the layout's fixed links, log and notification texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.manifest import Manifest
from quen.apps.team import onboarding, panels
from quen.apps.team.registry import AuditMessage, OnboardingItem, OverviewPanel
from quen.apps.team.types import EVERYBODY, DeclaredRight, Role, TeamRight
from quen.ui.nav import NavEntry, NavGroup

OVERVIEW_ORDER, SETTINGS_ORDER = 10, 90
SETTING_LABELS = {
    "name": gettext_lazy("name"),
    "brand": gettext_lazy("brand"),
    "logo": gettext_lazy("logo"),
    "advertiser": gettext_lazy("advertiser"),
    "sender_address": gettext_lazy("postal address"),
    "sender_phone": gettext_lazy("hotline"),
    "sender_email": gettext_lazy("contact email"),
    "sender_website": gettext_lazy("website"),
    "time_zone": gettext_lazy("time zone"),
    "currency": gettext_lazy("currency"),
    "language": gettext_lazy("language"),
    "required_fields": gettext_lazy("required fields"),
}


def _settings_changed(data: Mapping[str, Any]) -> str:
    fields = ", ".join(str(SETTING_LABELS.get(name, name)) for name in data.get("fields", []))
    return _("Changed the workspace's %(fields)s") % {"fields": fields}


def _role_changed(data: Mapping[str, Any]) -> str:
    return _("Changed the role of %(name)s from %(before)s to %(after)s") % {
        "name": data.get("name", ""),
        "before": role_label(data.get("from")),
        "after": role_label(data.get("to")),
    }


def _joined(data: Mapping[str, Any]) -> str:
    return _("Joined the team as %(role)s") % {"role": role_label(data.get("role"))}


def _invited(data: Mapping[str, Any]) -> str:
    return _("Invited %(email)s as %(role)s") % {
        "email": data.get("email"),
        "role": role_label(data.get("role")),
    }


def role_label(role: Any) -> str:
    """Return a role's name in the active language."""
    return str(Role(role).label) if role in Role.values else str(role or "")


MANIFEST = Manifest(
    pages="",
    manual_page="getting-started",
    public_pages={"": "quen.apps.team.public_urls"},
    rights=(
        DeclaredRight(TeamRight.VIEW_OVERVIEW, gettext_lazy("View the overview"), EVERYBODY),
        DeclaredRight(TeamRight.MANAGE, gettext_lazy("Invite colleagues and assign roles")),
        DeclaredRight(TeamRight.CONFIGURE, gettext_lazy("Change workspace settings")),
        DeclaredRight(TeamRight.VIEW_LOG, gettext_lazy("View the audit log")),
    ),
    navigation=(
        NavGroup("overview", gettext_lazy("Overview"), "house", OVERVIEW_ORDER),
        NavEntry(
            key="overview",
            label=gettext_lazy("Overview"),
            icon="house",
            url_name="team:overview",
            group="overview",
            order=10,
            right=TeamRight.VIEW_OVERVIEW,
            shortcut="o",
            mobile=True,
        ),
        NavGroup("settings", gettext_lazy("Settings"), "settings", SETTINGS_ORDER),
        NavEntry(
            key="team",
            label=gettext_lazy("Users"),
            icon="user-cog",
            url_name="team:members",
            group="settings",
            order=10,
            active_for=("team:member", "team:roles", "team:invitations"),
            shortcut="u",
        ),
        NavEntry(
            key="workspace",
            label=gettext_lazy("Workspace"),
            icon="settings",
            url_name="team:settings",
            group="settings",
            order=20,
            right=TeamRight.CONFIGURE,
            shortcut="s",
            mobile=True,
        ),
        NavEntry(
            key="log",
            label=gettext_lazy("Audit log"),
            icon="scroll-text",
            url_name="team:log",
            group="settings",
            order=90,
            right=TeamRight.VIEW_LOG,
            shortcut="l",
        ),
        # Outside workspaces; these URL names do not exist inside one.
        NavGroup("workspaces", gettext_lazy("Workspaces"), "layout-grid", OVERVIEW_ORDER),
        NavEntry(
            key="workspaces",
            label=gettext_lazy("Workspaces"),
            icon="layout-grid",
            url_name="workspaces",
            group="workspaces",
            order=10,
            active_for=("new_workspace",),
            mobile=True,
        ),
        NavGroup("profile", gettext_lazy("My profile"), "circle-user", SETTINGS_ORDER),
        NavEntry(
            key="profile",
            label=gettext_lazy("My profile"),
            icon="circle-user",
            url_name="profile",
            group="profile",
            order=10,
            active_for=("mailbox", "mail", "installation", "installed_workspace", "delete_account"),
            mobile=True,
        ),
    ),
    layout_links={
        "home": "/",
        "profile": "/profile/",
        "language": "/language/",
        "sign_out": "/accounts/logout/",
        "new_workspace": "/workspaces/new/",
        "notifications": "team:notifications",
        "command_palette": "team:command_palette",
    },
    overview_panels=(OverviewPanel("pending", 0, None, panels.pending, slot="side", lazy=True),),
    onboarding=(
        OnboardingItem("team.sender_details", 30, TeamRight.CONFIGURE, onboarding.sender_details),
        OnboardingItem("team.invite_colleague", 40, TeamRight.MANAGE, onboarding.invite_colleague),
    ),
    notifications={
        "team.joined": lambda data: _("%(name)s joined the team.") % data,
        "team.operation_failed": lambda data: _("“%(title)s” failed. You can try it again.") % data,
        "team.account_deleted": lambda data: _("%(name)s deleted their account and left the team.") % data,
    },
    audit_messages={
        "workspace.created": AuditMessage(gettext_lazy("Created the workspace “%(name)s”")),
        "workspace.archived": AuditMessage(gettext_lazy("Archived the workspace")),
        "workspace.unarchived": AuditMessage(gettext_lazy("Restored the workspace from the archive")),
        "workspace.deletion_requested": AuditMessage(gettext_lazy("Requested the deletion of the workspace")),
        "workspace.changed": AuditMessage(
            _settings_changed, gettext_lazy("Changed the workspace's settings")
        ),
        "team.joined": AuditMessage(_joined, gettext_lazy("Joined the team")),
        "team.role_changed": AuditMessage(_role_changed, gettext_lazy("Changed a role")),
        "team.removed": AuditMessage(
            gettext_lazy("Removed %(name)s from the team"), gettext_lazy("Removed a member")
        ),
        "team.account_deleted": AuditMessage(
            gettext_lazy("Deleted their account"), gettext_lazy("Deleted an account")
        ),
        "team.invited": AuditMessage(_invited, gettext_lazy("Invited a user")),
        "team.invitation_resent": AuditMessage(
            gettext_lazy("Resent the invitation to %(email)s"), gettext_lazy("Resent an invitation")
        ),
        "team.invitation_revoked": AuditMessage(
            gettext_lazy("Revoked the invitation to %(email)s"), gettext_lazy("Revoked an invitation")
        ),
    },
)
