"""What the import_export app declares: pages, rights, navigation, log and notification texts, overview panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from quen.apps.import_export import panels
from quen.apps.import_export.types import ImportExportRight
from quen.apps.manifest import Manifest
from quen.apps.team.registry import AuditMessage, MessageFormatter, OverviewPanel, PendingItems
from quen.apps.team.types import MARKETING, DeclaredRight, Role
from quen.ui.nav import NavEntry
from quen.ui.tags.filters import num


def _import_done(data: Mapping[str, Any]) -> str:
    counts = {name: num(data.get(name)) for name in ("created", "updated", "refused")}
    return gettext("Imported “%(file)s”: %(created)s created, %(updated)s updated, %(refused)s rejected") % (
        counts | {"file": data.get("file", "…")}
    )


def _export_done(data: Mapping[str, Any]) -> str:
    text = ngettext(
        "“%(file)s” is ready to download: %(n)s row",
        "“%(file)s” is ready to download: %(n)s rows",
        data["rows"],
    )
    return text % {"file": data["file"], "n": num(data["rows"])}


def _with_file(sentence: str | Promise) -> MessageFormatter:
    """Return a formatter that fills in the file's name; imports from before it was recorded show "…"."""
    return lambda data: str(sentence) % {"file": data.get("file", "…")}


MANIFEST = Manifest(
    pages="imports/",
    manual_page="importing",
    rights=(
        DeclaredRight(ImportExportRight.IMPORT, _("Import files"), frozenset({Role.MARKETER, Role.SALES})),
        DeclaredRight(ImportExportRight.EXPORT, _("Export files"), MARKETING),
    ),
    navigation=(
        NavEntry(
            key="imports",
            label=_("Import / export"),
            icon="file-up",
            url_name="import_export:import_list",
            group="customers",
            order=80,
            right=ImportExportRight.IMPORT,
            active_for=("import_export:",),
            shortcut="i",
        ),
    ),
    audit_messages={
        "import_export.import_started": AuditMessage(
            _with_file(_("Started the import of “%(file)s”")), _("Started an import")
        ),
        "import_export.import_resumed": AuditMessage(
            _with_file(_("Resumed the import of “%(file)s”")), _("Resumed an import")
        ),
        "import_export.import_stopped": AuditMessage(
            _with_file(_("Stopped the import of “%(file)s”")), _("Stopped an import")
        ),
        "import_export.import_failed": AuditMessage(
            _with_file(_("The import of “%(file)s” failed")), _("Import failed")
        ),
        "import_export.import_undone": AuditMessage(
            _with_file(_("Undid the import of “%(file)s”")), _("Undid an import")
        ),
        "import_export.import_deleted": AuditMessage(
            _with_file(_("Deleted the import of “%(file)s”")), _("Deleted an import")
        ),
        "import_export.import_done": AuditMessage(_import_done, _("Import finished")),
        "import_export.export_downloaded": AuditMessage(
            _with_file(_("Downloaded “%(file)s”")), _("Downloaded an exported file")
        ),
        "import_export.export_deleted": AuditMessage(
            _with_file(_("Deleted the exported file “%(file)s”")), _("Deleted an exported file")
        ),
    },
    notifications={
        "import_export.import_done": _import_done,
        "import_export.export_done": _export_done,
        "import_export.import_failed": _with_file(_("The import of “%(file)s” failed")),
        "import_export.import_stopped": _with_file(_("The import of “%(file)s” stopped")),
    },
    pending=(PendingItems("imports", 30, ImportExportRight.IMPORT, panels.pending_imports),),
    overview_panels=(
        OverviewPanel("imports", 10, ImportExportRight.IMPORT, panels.imports_in_progress, slot="side"),
    ),
)
