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
    registry.action("compliance.rules_changed", lambda _data: _now("Changed the rules of sending"))
    registry.action(
        "compliance.terms_accepted",
        lambda data: _now("Accepted the anti-spam policy, version %(version)s") % data,
    )
    registry.action("compliance.suppressed", _suppressed, label=_("Suppressed addresses"))
    registry.action(
        "compliance.suppression_lifted", lambda data: _now("Took %(address)s off the suppression list") % data
    )
    registry.action("compliance.suppression_exported", lambda _data: _now("Exported the suppression list"))
    registry.action("compliance.ledger_exported", lambda _data: _now("Exported the consent ledger"))
    registry.action("compliance.refusal_noted", lambda data: _now("Noted a refusal of %(name)s") % data)


def _suppressed(data: Mapping[str, Any]) -> str:
    count = data["addresses"]
    text = ngettext("Suppressed %(n)s address", "Suppressed %(n)s addresses", count)
    return text % {"n": localize(count)}
