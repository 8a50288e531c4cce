"""How the room's log lines and notices read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.team import registry

_NAMED = {
    "paused": _("Paused the sending of “%(name)s”"),
    "resumed": _("Let the sending of “%(name)s” go on"),
    "cancelled": _("Cancelled the sending of “%(name)s”"),
}


def register() -> None:
    """Register them."""
    for kind, sentence in _NAMED.items():
        registry.audit_kind(f"delivery.{kind}", _filled(sentence))
    registry.audit_kind("delivery.started", _started, label=_("Began to send"))
    registry.audit_kind("delivery.retried", _retried, label=_("Tried failed messages again"))
    registry.audit_kind("delivery.uncertain_resolved", _resolved, label=_("Settled uncertain messages"))
    registry.notification_kind("delivery.finished", _finished)
    registry.notification_kind("delivery.paused_on_error", _paused_on_error)


def _filled(sentence: str | Promise) -> registry.MessageFormatter:
    return lambda data: str(sentence) % data


def _started(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "Began to send “%(name)s” to %(n)s person",
        "Began to send “%(name)s” to %(n)s people",
        data["contacts"],
    )
    return text % {"name": data["name"], "n": localize(data["contacts"])}


def _retried(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "Tried %(n)s failed message of “%(name)s” again",
        "Tried %(n)s failed messages of “%(name)s” again",
        data["contacts"],
    )
    return text % {"name": data["name"], "n": localize(data["contacts"])}


def _resolved(data: Mapping[str, Any]) -> str:
    if data["sent"]:
        text = ngettext(
            "Noted %(n)s uncertain message of “%(name)s” as sent",
            "Noted %(n)s uncertain messages of “%(name)s” as sent",
            data["contacts"],
        )
    else:
        text = ngettext(
            "Let %(n)s uncertain message of “%(name)s” go again",
            "Let %(n)s uncertain messages of “%(name)s” go again",
            data["contacts"],
        )
    return text % {"name": data["name"], "n": localize(data["contacts"])}


def _finished(data: Mapping[str, Any]) -> str:
    text = ngettext("“%(name)s” went to %(n)s person", "“%(name)s” went to %(n)s people", data["sent"]) % {
        "name": data["name"],
        "n": localize(data["sent"]),
    }
    if not data["uncertain"]:
        return text
    left = ngettext(
        "%(n)s message is uncertain and waits for you",
        "%(n)s messages are uncertain and wait for you",
        data["uncertain"],
    )
    return f"{text}. {left % {'n': localize(data['uncertain'])}}."


def _paused_on_error(data: Mapping[str, Any]) -> str:
    return _now("“%(name)s” stands still: %(text)s") % {"name": data["name"], "text": data["text"]}
