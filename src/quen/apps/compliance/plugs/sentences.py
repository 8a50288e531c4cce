"""How the room's log lines read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import localize
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.team import registry


def register() -> None:
    """Register them."""
    registry.audit_kind("compliance.settings_changed", lambda _data: _now("Changed the rules of sending"))
    registry.audit_kind(
        "compliance.terms_accepted",
        lambda data: _now("Accepted the anti-spam policy, version %(version)s") % data,
    )
    registry.audit_kind("compliance.suppressed", _suppressed, label=_("Suppressed addresses"))
    registry.audit_kind(
        "compliance.suppression_removed",
        lambda data: _now("Took %(address)s off the suppression list") % data,
    )
    registry.audit_kind(
        "compliance.suppressions_exported", lambda _data: _now("Exported the suppression list")
    )
    registry.audit_kind("compliance.consent_log_exported", lambda _data: _now("Exported the consent ledger"))
    registry.audit_kind(
        "compliance.contact_unsubscribed", lambda data: _now("Noted a refusal of %(name)s") % data
    )


def _suppressed(data: Mapping[str, Any]) -> str:
    count = data["addresses"]
    text = ngettext("Suppressed %(n)s address", "Suppressed %(n)s addresses", count)
    return text % {"n": localize(count)}
