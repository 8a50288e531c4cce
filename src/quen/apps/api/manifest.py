"""What the api app declares."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.apps.api.registry import DeveloperTab, register_developer_tab
from quen.apps.api.types import ApiRight
from quen.apps.manifest import Manifest
from quen.apps.team.registry import AuditMessage
from quen.apps.team.types import DeclaredRight
from quen.ui.nav import NavEntry

MANIFEST = Manifest(
    rights=(DeclaredRight(ApiRight.MANAGE, _("Manage API keys and webhooks")),),
    pages="api/",
    manual_page="api",
    navigation=(
        NavEntry(
            key="developers",
            label=_("API & webhooks"),
            icon="webhook",
            url_name="api:key_list",
            group="settings",
            order=60,
            right=ApiRight.MANAGE,
            active_for=("api:", "webhooks:"),
        ),
    ),
    audit_messages={
        "api.key_created": AuditMessage(_("Created the API key “%(name)s”"), _("Created an API key")),
        "api.key_revoked": AuditMessage(_("Revoked the API key “%(name)s”"), _("Revoked an API key")),
    },
)


def register() -> None:
    """Register the tabs of keys, calls and the documentation."""
    register_developer_tab(DeveloperTab("keys", _("API keys"), "api:key_list", 10))
    register_developer_tab(DeveloperTab("calls", _("Log of calls"), "api:call_list", 30))
    register_developer_tab(DeveloperTab("documentation", _("Documentation"), "api:documentation", 40))
