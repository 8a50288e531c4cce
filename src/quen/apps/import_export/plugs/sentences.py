"""How the room's log lines and notices read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from quen.apps.team import registry
from quen.ui.tags.filters import num

_ACTIONS: dict[str, tuple[str | Promise, str | Promise]] = {
    "started": (_("Started the import of “%(file)s”"), _("Started an import")),
    "continued": (_("Continued the import of “%(file)s”"), _("Continued an import")),
    "stopped": (_("Stopped the import of “%(file)s”"), _("Stopped an import")),
    "failed": (_("The import of “%(file)s” failed"), _("An import failed")),
    "undone": (_("Undid the import of “%(file)s”"), _("Undid an import")),
    "deleted": (_("Deleted the import of “%(file)s”"), _("Deleted an import")),
}


def register() -> None:
    """Register them."""
    for kind, (sentence, label) in _ACTIONS.items():
        registry.audit_kind(f"import_export.import_{kind}", _of_file(sentence), label=label)
    registry.audit_kind("import_export.import_done", done, label=_("An import ended"))
    registry.notification_kind("import_export.import_done", done)
    registry.notification_kind("import_export.import_failed", _of_file(_ACTIONS["failed"][0]))
    registry.notification_kind(
        "import_export.import_stopped", _of_file(_("The import of “%(file)s” stopped"))
    )


def done(data: Mapping[str, Any]) -> str:
    """Tell what an import brought."""
    return translated("“%(file)s” is in: %(created)s created, %(updated)s changed, %(refused)s refused") % (
        {"file": data.get("file", "…")}
        | {name: num(data.get(name)) for name in ("created", "updated", "refused")}
    )


def _of_file(sentence: str | Promise) -> registry.MessageFormatter:
    return lambda data: str(sentence) % {"file": data.get("file", "…")}
