"""How the room's log lines read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.team import registry

_ACTIONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "created": (_("Created the segment “%(name)s”"), _("Created a segment")),
    "changed": (_("Changed the segment “%(name)s”"), _("Changed a segment")),
    "archived": (_("Archived the segment “%(name)s”"), _("Archived a segment")),
    "restored": (_("Restored the segment “%(name)s”"), _("Restored a segment")),
}


def register() -> None:
    """Register them."""
    for kind, (sentence, label) in _ACTIONS.items():
        registry.audit_kind(f"segments.{kind}", _NamedMessage(sentence), label=label)


class _NamedMessage:
    def __init__(self, sentence: str | Promise) -> None:
        self.sentence = sentence

    def __call__(self, data: Mapping[str, Any]) -> str:
        return str(self.sentence) % data
