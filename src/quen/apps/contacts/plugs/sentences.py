"""How the room's log lines and notices read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.formats import localize
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.contacts.types import BulkVerb, Status
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
        registry.action(f"contacts.{kind}", _filled(sentence))
    registry.action("contacts.status_set", lambda data: _status(data["to"]), label=_("Set a status"))
    registry.action("contacts.restored", _restored, label=_("Restored customers"))
    registry.action("contacts.erased", _erased, label=_("Erased customers"))
    registry.action("contacts.change_undone", _undone, label=_("Undid a change of many"))
    registry.action("contacts.exported", _exported, label=_("Exported customers"))
    for verb in BulkVerb:
        registry.action(f"contacts.{verb.value}_many", _many(verb), label=verb.label)
    registry.notice("contacts.change_ended", _ended)


def _filled(sentence: str | Promise) -> registry.Sentence:
    return lambda data: str(sentence) % data


def _status(status: int) -> str:
    return str(_("Set the status to %(status)s")) % {"status": Status(status).label}


def _restored(data: Mapping[str, Any]) -> str:
    return _people(
        data["people"], ngettext("Restored %(n)s customer", "Restored %(n)s customers", data["people"])
    )


def _erased(data: Mapping[str, Any]) -> str:
    return _people(
        data["people"], ngettext("Erased %(n)s customer", "Erased %(n)s customers", data["people"])
    )


def _exported(data: Mapping[str, Any]) -> str:
    return _people(
        data["people"], ngettext("Exported %(n)s customer", "Exported %(n)s customers", data["people"])
    )


def _undone(data: Mapping[str, Any]) -> str:
    sentence = ngettext(
        "Undid “%(verb)s” for %(n)s customer", "Undid “%(verb)s” for %(n)s customers", data["people"]
    )
    return _people(data["people"], sentence, verb=BulkVerb(data["verb"]).label)


def _many(verb: BulkVerb) -> registry.Sentence:
    def sentence(data: Mapping[str, Any]) -> str:
        words = data.get("add") or data.get("remove") or []
        if "status" in data:
            words = [str(Status(data["status"]).label)]
        what = f"{verb.label}: {', '.join(words)}" if words else str(verb.label)
        text = ngettext("%(what)s for %(n)s customer", "%(what)s for %(n)s customers", data["people"])
        return _people(data["people"], text, what=what)

    return sentence


def _ended(data: Mapping[str, Any]) -> str:
    text = ngettext("Changed %(n)s customer", "Changed %(n)s customers", data["changed"])
    return _people(data["changed"], text)


def _people(count: int, sentence: str, **words: Any) -> str:
    return sentence % {"n": localize(count), **words}
