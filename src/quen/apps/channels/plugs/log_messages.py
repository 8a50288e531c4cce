"""How the channels room's notices and log lines read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.channels import registry as channels
from quen.apps.channels.types import CONNECTION_ERRORS
from quen.apps.team import registry


def register() -> None:
    """Register them."""
    registry.notification_kind("channels.failing", _failing_text)
    registry.audit_kind(
        "channels.connection_set",
        lambda data: (
            _("Set the email channel to: %(adapter)s") % {"adapter": _adapter_label(data.get("adapter"))}
        ),
        label=gettext_lazy("Set up a channel"),
    )
    registry.audit_kind(
        "channels.tested",
        lambda data: _("Sent a test message to %(to)s") % {"to": data.get("to")},
        label=gettext_lazy("Sent a test message"),
    )
    for verb, sentence, label in (
        ("added", gettext_lazy("Added the sender “%(name)s”"), gettext_lazy("Added a sender")),
        ("changed", gettext_lazy("Changed the sender “%(name)s”"), gettext_lazy("Changed a sender")),
        ("removed", gettext_lazy("Removed the sender “%(name)s”"), gettext_lazy("Removed a sender")),
        (
            "preferred",
            gettext_lazy("Made “%(name)s” the preferred sender"),
            gettext_lazy("Chose the preferred sender"),
        ),
    ):
        registry.audit_kind(f"channels.sender_{verb}", _with_name(sentence), label=label)
    registry.audit_kind(
        "channels.sandbox_emptied",
        lambda data: (
            _("Emptied the sandbox inbox, %(messages)s messages") % {"messages": data.get("messages")}
        ),
        label=gettext_lazy("Emptied the sandbox inbox"),
    )


def _with_name(sentence: Any) -> registry.MessageFormatter:
    return lambda data: str(sentence) % {"name": data.get("name")}


def _adapter_label(key: Any) -> str:
    try:
        return str(channels.adapter(str(key)).label)
    except KeyError:
        return str(key)


def _failing_text(data: Mapping[str, Any]) -> str:
    reason = CONNECTION_ERRORS.get(str(data.get("code", "")), data.get("text", ""))
    return _("The email channel does not work: %(reason)s") % {"reason": reason}
