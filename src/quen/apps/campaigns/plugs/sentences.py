"""How the room's log lines and notices read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from quen.apps.team import registry
from quen.ui.tags.filters import instant, num

_ACTIONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "created": (_("Created the campaign “%(name)s”"), _("Created a campaign")),
    "sent": (_("Sent the campaign “%(name)s”"), _("Sent a campaign")),
    "unscheduled": (_("Returned the campaign “%(name)s” to draft"), _("Returned a campaign to draft")),
    "cancelled": (_("Cancelled the campaign “%(name)s”"), _("Cancelled a campaign")),
    "paused": (_("Paused the campaign “%(name)s”"), _("Paused a campaign")),
    "resumed": (_("Resumed the campaign “%(name)s”"), _("Resumed a campaign")),
    "retried": (_("Retried the campaign “%(name)s”"), _("Retried a campaign")),
    "deleted": (_("Deleted the campaign “%(name)s”"), _("Deleted a campaign")),
    "restored": (_("Restored the campaign “%(name)s”"), _("Restored a deleted campaign")),
    "archived": (_("Archived the campaign “%(name)s”"), _("Archived a campaign")),
    "unarchived": (
        _("Unarchived the campaign “%(name)s”"),
        _("Unarchived a campaign"),
    ),
    "failed": (_("The campaign “%(name)s” couldn't be sent"), _("A campaign couldn't be sent")),
}


def register() -> None:
    """Register them."""
    for kind, (sentence, label) in _ACTIONS.items():
        registry.audit_kind(f"campaigns.{kind}", _with_name(sentence), label=label)
    registry.audit_kind("campaigns.duplicated", duplicated, label=_("Duplicated a campaign"))
    registry.audit_kind("campaigns.scheduled", scheduled, label=_("Scheduled a campaign"))
    registry.audit_kind("campaigns.tested", tested, label=_("Sent a test of a campaign"))
    registry.notification_kind(
        "campaigns.failed", _with_name(_("“%(name)s” couldn't be sent. Open it to see why."))
    )


def duplicated(data: Mapping[str, Any]) -> str:
    """Tell what was copied."""
    return translated("Duplicated the campaign “%(source)s”") % {"source": data.get("source", "…")}


def scheduled(data: Mapping[str, Any]) -> str:
    """Tell when it is to go out."""
    try:
        at = instant(datetime.fromisoformat(str(data.get("at"))).astimezone(timezone.get_current_timezone()))
    except ValueError:
        at = "…"
    return translated("Scheduled the campaign “%(name)s” for %(at)s") % {
        "name": data.get("name", "…"),
        "at": at,
    }


def tested(data: Mapping[str, Any]) -> str:
    """Tell of a test and how many addresses it went to."""
    return translated("Sent a test of “%(name)s” to %(addresses)s") % {
        "name": data.get("name", "…"),
        "addresses": num(data.get("addresses")) if data.get("addresses") != "…" else "…",
    }


def _with_name(sentence: str | Promise) -> registry.MessageFormatter:
    return lambda data: str(sentence) % {"name": data.get("name", "…")}
