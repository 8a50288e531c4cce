"""What the api app declares."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.apps.api.types import ApiRight
from quen.apps.manifest import Manifest
from quen.apps.team.registry import AuditMessage
from quen.apps.team.types import DeclaredRight

MANIFEST = Manifest(
    rights=(DeclaredRight(ApiRight.MANAGE, _("Manage API keys and webhooks")),),
    audit_messages={
        "api.key_created": AuditMessage(_("Created the API key “%(name)s”"), _("Created an API key")),
        "api.key_revoked": AuditMessage(_("Revoked the API key “%(name)s”"), _("Revoked an API key")),
    },
)
