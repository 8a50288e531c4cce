"""What the channels app declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.channels import queries, registry, services
from quen.apps.channels.types import ChannelRight, ConnectionState
from quen.apps.compliance.types import ComplianceRight
from quen.apps.manifest import Manifest
from quen.apps.team.access import WorkspaceRequest, workspace_path
from quen.apps.team.registry import AuditMessage, PendingItem, PendingItems
from quen.apps.team.types import STAFF, DeclaredRight
from quen.ui.nav import NavEntry


def _sandbox_is_on(_request: HttpRequest) -> bool:
    return services.sandbox_is_on_cached()


def _connection_set(data: Mapping[str, Any]) -> str:
    key = str(data.get("adapter"))
    try:
        label = str(registry.adapter(str(data.get("channel", "email")), key).label)
    except KeyError:
        label = key
    return _("Switched email to: %(adapter)s") % {"adapter": label}


def _rate_set(data: Mapping[str, Any]) -> str:
    text = _("Set the sending rate to %(rate)s messages per second")
    return text % {"rate": queries.shown_rate(float(data["rate"]))}


def _failing(data: Mapping[str, Any]) -> str:
    reason = services.error_message(str(data.get("code", "")), str(data.get("text", "")))
    return _("Email can't be sent: %(reason)s") % {"reason": reason}


def _failing_channels(_request: WorkspaceRequest) -> list[PendingItem]:
    failing = queries.connections().filter(active=True, state=ConnectionState.FAILING)
    return [
        PendingItem(
            title=_("“%(name)s” can't send") % {"name": each.name},
            text=services.error_message(each.last_error_code, each.last_error),
            href=workspace_path("/channels/"),
            link=_("Fix"),
            icon="send",
            tone="bad",
        )
        for each in failing
    ]


MANIFEST = Manifest(
    pages="channels/",
    manual_page="channels",
    rights=(DeclaredRight(ChannelRight.VIEW_MESSAGES, gettext_lazy("Read the message log"), STAFF),),
    navigation=(
        NavEntry(
            key="channels",
            label=gettext_lazy("Sending channels"),
            icon="send",
            url_name="channels:channels",
            group="settings",
            order=30,
            right=ComplianceRight.CONFIGURE,
            active_for=("channels:adapter", "channels:send_test", "channels:sender_new", "channels:sender"),
        ),
        NavEntry(
            key="sandbox",
            label=gettext_lazy("Sandbox inbox"),
            icon="inbox",
            url_name="channels:sandbox",
            group="outreach",
            order=60,
            right=ChannelRight.VIEW_MESSAGES,
            active_for=("channels:sandbox_message",),
            visible=_sandbox_is_on,
        ),
    ),
    pending=(PendingItems("channels", 10, ComplianceRight.CONFIGURE, _failing_channels),),
    audit_messages={
        "channels.connection_set": AuditMessage(_connection_set, gettext_lazy("Set up a channel")),
        "channels.rate_set": AuditMessage(_rate_set, gettext_lazy("Set the sending rate")),
        "channels.tested": AuditMessage(
            gettext_lazy("Sent a test message to %(to)s"), gettext_lazy("Sent a test message")
        ),
        "channels.sender_added": AuditMessage(
            gettext_lazy("Added the sender “%(name)s”"), gettext_lazy("Added a sender")
        ),
        "channels.sender_changed": AuditMessage(
            gettext_lazy("Edited the sender “%(name)s”"), gettext_lazy("Edited a sender")
        ),
        "channels.sender_removed": AuditMessage(
            gettext_lazy("Removed the sender “%(name)s”"), gettext_lazy("Removed a sender")
        ),
        "channels.sender_preferred": AuditMessage(
            gettext_lazy("Set “%(name)s” as the default sender"), gettext_lazy("Set the default sender")
        ),
        "channels.sandbox_emptied": AuditMessage(
            gettext_lazy("Emptied the sandbox inbox (%(messages)s messages)"),
            gettext_lazy("Emptied the sandbox inbox"),
        ),
    },
    notifications={"channels.failing": _failing},
    prepare_workspace=services.prepare_workspace,
)
