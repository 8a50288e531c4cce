"""Texts of the team app's notifications and audit log entries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.team import registry
from quen.apps.team.types import Role

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


def register() -> None:
    """Register the texts."""
    registry.notification_kind("team.joined", lambda data: _("%(name)s joined the team.") % data)
    registry.audit_kind(
        "workspace.created", lambda data: _("Created the workspace “%(name)s”") % {"name": data.get("name")}
    )
    registry.audit_kind("workspace.changed", _changed, label=gettext_lazy("Changed the workspace's settings"))
    registry.audit_kind(
        "team.joined",
        lambda data: _("Joined the team as: %(role)s") % {"role": role_label(data.get("role"))},
        label=gettext_lazy("Joined the team"),
    )
    registry.audit_kind("team.role_changed", _role_changed, label=gettext_lazy("Changed a role"))
    registry.audit_kind(
        "team.removed",
        lambda data: _("Removed %(name)s from the team") % {"name": data.get("name")},
        label=gettext_lazy("Removed somebody from the team"),
    )
    registry.audit_kind(
        "team.invited",
        lambda data: (
            _("Invited %(email)s as: %(role)s")
            % {"email": data.get("email"), "role": role_label(data.get("role"))}
        ),
        label=gettext_lazy("Invited somebody"),
    )
    registry.audit_kind(
        "team.invitation_resent",
        lambda data: _("Sent the invitation to %(email)s again") % {"email": data.get("email")},
        label=gettext_lazy("Sent an invitation again"),
    )
    registry.audit_kind(
        "team.invitation_revoked",
        lambda data: _("Took back the invitation to %(email)s") % {"email": data.get("email")},
        label=gettext_lazy("Took back an invitation"),
    )


def role_label(role: Any) -> str:
    """Return a role's name in the active language."""
    return str(Role(role).label) if role in Role.values else str(role or "")


def _changed(data: Mapping[str, Any]) -> str:
    fields = ", ".join(str(SETTING_LABELS.get(name, name)) for name in data.get("fields", []))
    return _("Changed the workspace's %(fields)s") % {"fields": fields}


def _role_changed(data: Mapping[str, Any]) -> str:
    return _("Changed the role of %(name)s from %(before)s to %(after)s") % {
        "name": data.get("name", ""),
        "before": role_label(data.get("from")),
        "after": role_label(data.get("to")),
    }
