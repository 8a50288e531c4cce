"""What the webhooks app declares: its pages, the consumer of events, kinds of messages, what happens to a copy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.api.registry import DeveloperTab, Scope, register_developer_tab
from quen.apps.contacts import registry as contacts
from quen.apps.events.types import Consumer
from quen.apps.manifest import Manifest
from quen.apps.team.registry import AuditMessage
from quen.apps.webhooks import services
from quen.apps.webhooks.services.contact_kinds import KINDS
from quen.apps.webhooks.types import EndpointPauseReason, WebhookScope
from quen.ui.tags.filters import num


def _paused(data: Mapping[str, Any]) -> str:
    reason = data.get("reason")
    if reason in EndpointPauseReason.values:
        values = {"place": data["place"], "reason": EndpointPauseReason(reason).label}
        return _now("Webhooks to %(place)s are paused: %(reason)s") % values
    return _now("Paused the webhooks to %(place)s") % {"place": data["place"]}


def _notice(data: Mapping[str, Any]) -> str:
    values = {"place": data["place"], "reason": EndpointPauseReason(data["reason"]).label}
    return _now("Webhooks to %(place)s are paused: %(reason)s. What happens meanwhile is kept.") % values


def _resumed(data: Mapping[str, Any]) -> str:
    if not data.get("missed"):
        return _now("Resumed the webhooks to %(place)s") % {"place": data["place"]}
    values = {"place": data["place"], "n": num(data["missed"])}
    if data.get("sent"):
        return _now("Resumed the webhooks to %(place)s, with %(n)s missed") % values
    return _now("Resumed the webhooks to %(place)s and left %(n)s out") % values


def _replayed(data: Mapping[str, Any]) -> str:
    count = data.get("count", 1)
    count = count if isinstance(count, int) else 1
    text = ngettext("Sent %(n)s webhook to %(place)s again", "Sent %(n)s webhooks to %(place)s again", count)
    return text % {"n": num(count), "place": data["place"]}


MANIFEST = Manifest(
    pages="webhooks/",
    manual_page="webhooks",
    consumers=(Consumer(key=services.CONSUMER, handle=services.write_messages),),
    webhook_kinds=KINDS,
    api_scopes=(Scope(WebhookScope.MANAGE, _("Set up webhooks and read their log"), _("Webhooks")),),
    audit_messages={
        "webhooks.created": AuditMessage(_("Added webhooks to %(place)s"), _("Added a webhook endpoint")),
        "webhooks.changed": AuditMessage(
            _("Changed the webhooks to %(place)s"), _("Changed a webhook endpoint")
        ),
        "webhooks.secret_rotated": AuditMessage(
            _("Made a new secret for the webhooks to %(place)s"), _("Made a new secret of a webhook endpoint")
        ),
        "webhooks.paused": AuditMessage(_paused, _("Paused a webhook endpoint")),
        "webhooks.resumed": AuditMessage(_resumed, _("Resumed a webhook endpoint")),
        "webhooks.deleted": AuditMessage(
            _("Deleted the webhooks to %(place)s"), _("Deleted a webhook endpoint")
        ),
        "webhooks.replayed": AuditMessage(_replayed, _("Sent webhooks again")),
    },
    notifications={"webhooks.paused": _notice},
    on_restore=services.pause_all,
)


def register() -> None:
    """Register the tab, and what happens to messages about contacts that are erased or merged."""
    register_developer_tab(DeveloperTab("webhooks", _("Webhooks"), "webhooks:endpoint_list", 20))
    contacts.on_erase("webhooks", services.erase_messages)
    contacts.declare_merge_columns(
        {"webhooks_webhookmessage.contact_id": "names whom the message was about when it happened"}
    )
