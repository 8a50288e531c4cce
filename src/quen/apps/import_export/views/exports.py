"""An export: its progress, its file, and the link to it."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.import_export import access, queries, services
from quen.apps.import_export.models import Export
from quen.apps.import_export.presenters import export_style
from quen.apps.import_export.queries import HEARS_OF_ALL
from quen.apps.import_export.types import ExportState, ImportExportRight
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.queries import file_chunks
from quen.apps.team.types import TeamRight
from quen.core.table_files import TableFormat
from quen.ui.downloads import file_download
from quen.ui.pages import page, success, wants_part


@allowed(ImportExportRight.EXPORT)
@require_GET
def export(request: WorkspaceRequest, export_id: int) -> HttpResponse:
    """Show the progress of an export, then its file."""
    found = access.export_for(request.member, export_id)
    active = found.state in queries.ACTIVE_EXPORT_STATES
    if wants_part(request) and not active:
        return success(request, to=request.path)
    if active and found.progress is not None:
        request.topics.append(f"progress/{found.progress.pk}")
    context = {
        "export": found,
        "active": active,
        "stopping": active and found.progress is not None and found.progress.stop_requested_at is not None,
        "state": (ExportState(found.state).label, *export_style(found.state)),
        "gone": found.total - found.written,
        "file_url": _file_url(found) if found.file_id else "",
    }
    return page(request, "import_export/export.html", context, part="state")


@allowed(ImportExportRight.EXPORT)
@require_POST
def stop_export(request: WorkspaceRequest, export_id: int) -> HttpResponse:
    """Stop an export."""
    found = access.export_for(request.member, export_id)
    services.stop_export(export=found, now=request.now)
    return success(request, message=_("Stopping the export."), to=_url(found))


@allowed(ImportExportRight.EXPORT)
@require_POST
def delete_export(request: WorkspaceRequest, export_id: int) -> HttpResponse:
    """Delete an export with its file."""
    found = access.export_for(request.member, export_id)
    services.delete_export(export=found, actor=request.actor, now=request.now)
    return success(request, message=_("Export deleted."), to=reverse("import_export:import_list"))


@allowed(ImportExportRight.EXPORT)
@require_GET
def export_file(request: WorkspaceRequest, token: str) -> HttpResponse:
    """Send the file of a link, to a member who may export."""
    found = access.export_for(request.member, services.export_of_link(token).pk)
    return sent_file(request, found)


@allowed(TeamRight.CONFIGURE)
@require_POST
def hear_of_all(request: WorkspaceRequest) -> HttpResponse:
    """Switch on or off that this member hears of every import and export of the workspace (IMX-29)."""
    on = request.POST.get("on") == "1"
    team.set_preference(member=request.member, key=HEARS_OF_ALL, value=on)
    message = (
        _("You'll be told about every import and export.") if on else _("You'll only be told about your own.")
    )
    return success(request, message=message, to=reverse("import_export:import_list"))


def sent_file(request: WorkspaceRequest, found: Export) -> HttpResponse:
    """Return the file of an export and record who downloads it."""
    assert found.file is not None
    file = found.file
    services.record_download(export=found, actor=request.actor, now=request.now)
    content_type = TableFormat(found.format).content_type
    return file_download(lambda: file_chunks(file), name=found.filename, content_type=content_type)


def _url(found: Export) -> str:
    return reverse("import_export:export", args=[found.pk])


def _file_url(found: Export) -> str:
    return reverse("import_export:export_file", args=[services.link_token(found)])
