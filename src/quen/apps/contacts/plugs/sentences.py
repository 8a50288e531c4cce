"""How the room's log lines and notices read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.contacts.types import BulkAction, Status
from quen.apps.team import registry

_NAMED: dict[str, str | Promise] = {
    "source_created": _("Created the source “%(name)s”"),
    "source_changed": _("Changed the source “%(name)s”"),
    "tag_created": _("Created the tag “%(name)s”"),
    "tag_renamed": _("Renamed the tag “%(from)s” to “%(name)s”"),
    "tag_merged": _("Merged the tag “%(from)s” into “%(name)s”"),
    "tag_deleted": _("Deleted the tag “%(name)s”"),
    "field_created": _("Created the field “%(name)s”"),
    "field_changed": _("Changed the field “%(name)s”"),
    "field_archived": _("Archived the field “%(name)s”"),
    "field_restored": _("Restored the field “%(name)s”"),
    "field_deleted": _("Deleted the field “%(name)s”"),
}


def register() -> None:
    """Register them."""
    for kind, sentence in _NAMED.items():
        registry.audit_kind(f"contacts.{kind}", _filled(sentence))
    registry.audit_kind("contacts.status_set", lambda data: _status(data["to"]), label=_("Set a status"))
    registry.audit_kind("contacts.restored", _restored, label=_("Restored customers"))
    registry.audit_kind("contacts.erased", _erased, label=_("Erased customers"))
    registry.audit_kind("contacts.change_undone", _undone, label=_("Undid a change of many"))
    registry.audit_kind("contacts.exported", _exported, label=_("Exported customers"))
    for action in BulkAction:
        registry.audit_kind(f"contacts.bulk_{action.value}", _bulk(action), label=action.label)
    registry.notification_kind("contacts.bulk_change_finished", _ended)


def _filled(sentence: str | Promise) -> registry.MessageFormatter:
    return lambda data: str(sentence) % data


def _status(status: int) -> str:
    return str(_("Set the status to %(status)s")) % {"status": Status(status).label}


def _restored(data: Mapping[str, Any]) -> str:
    return _format_count(
        data["contacts"], ngettext("Restored %(n)s customer", "Restored %(n)s customers", data["contacts"])
    )


def _erased(data: Mapping[str, Any]) -> str:
    return _format_count(
        data["contacts"], ngettext("Erased %(n)s customer", "Erased %(n)s customers", data["contacts"])
    )


def _exported(data: Mapping[str, Any]) -> str:
    return _format_count(
        data["contacts"], ngettext("Exported %(n)s customer", "Exported %(n)s customers", data["contacts"])
    )


def _undone(data: Mapping[str, Any]) -> str:
    sentence = ngettext(
        "Undid “%(action)s” for %(n)s customer", "Undid “%(action)s” for %(n)s customers", data["contacts"]
    )
    return _format_count(data["contacts"], sentence, action=BulkAction(data["action"]).label)


def _bulk(action: BulkAction) -> registry.MessageFormatter:
    def sentence(data: Mapping[str, Any]) -> str:
        names = data.get("add") or data.get("remove") or []
        if "status" in data:
            names = [str(Status(data["status"]).label)]
        what = f"{action.label}: {', '.join(names)}" if names else str(action.label)
        text = ngettext("%(what)s for %(n)s customer", "%(what)s for %(n)s customers", data["contacts"])
        return _format_count(data["contacts"], text, what=what)

    return sentence


def _ended(data: Mapping[str, Any]) -> str:
    text = ngettext("Changed %(n)s customer", "Changed %(n)s customers", data["changed"])
    return _format_count(data["changed"], text)


def _format_count(count: int, sentence: str, **values: Any) -> str:
    return sentence % {"n": localize(count), **values}
