"""Export of contacts as a file, from the list."""

from __future__ import annotations

from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import export, queries
from quen.apps.contacts.list.filters import read_page
from quen.apps.contacts.list.state import ListState
from quen.apps.contacts.views.contact_list import evaluation_context
from quen.apps.import_export.types import ImportExportRight
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import clock
from quen.core.sql import Relation
from quen.core.table_files import TableFormat, table_format
from quen.ui.downloads import table_download
from quen.ui.pages import page, success, wants_part
from quen.ui.tags.filters import num

#: a workbook is written whole before it is sent, which takes a browser's patience; CSV starts at once
MAX_WORKBOOK_CONTACTS: Final = 200_000


@allowed(ImportExportRight.EXPORT)
@require_http_methods(["GET", "POST"])
def exports(request: WorkspaceRequest) -> HttpResponse:
    """Ask which contacts to export and as what, then send them as a file."""
    return _download(request) if request.method == "POST" else _dialog(request)


def _dialog(request: WorkspaceRequest) -> HttpResponse:
    state = ListState.read(request.GET, request.member.preferences)
    scopes = [
        ("filtered", _("All customers in this list")),
        ("page", _("The customers on this page")),
        ("all", _("All customers, including archived")),
    ]
    if state.ids and not state.all_matching:
        scopes.insert(0, ("selected", _("Selected customers: %(n)s") % {"n": num(len(state.ids))}))
    cursor = [(name, request.GET[name]) for name in ("after", "before") if request.GET.get(name)]
    ids = [("ids", str(each)) for each in state.ids]
    context = {
        "scopes": scopes,
        "scope": scopes[0][0],
        "params": [*state.params(), *cursor, *ids],
        "formats": [(TableFormat.XLSX.value, _("Excel (.xlsx)")), (TableFormat.CSV.value, _("CSV"))],
        "format": TableFormat.XLSX.value,
    }
    template = "contacts/list/exports_dialog.html" if wants_part(request) else "contacts/list/exports.html"
    return page(request, template, context)


def _download(request: WorkspaceRequest) -> HttpResponse:
    scope = request.POST.get("scope", "")
    state = ListState.read(request.POST, request.member.preferences)
    if state.filter_error:
        return success(request, message=state.filter_error, tone="bad")
    contacts = _contacts_in_scope(request, state, scope)
    count = queries.count_contacts(contacts)
    if not count:
        return success(request, message=_("No customers to export. Select customers first."), tone="wait")
    format_ = table_format(request.POST.get("format", ""))
    if format_ is TableFormat.XLSX and count > MAX_WORKBOOK_CONTACTS:
        message = _("A workbook holds at most %(n)s customers. Choose CSV, which Excel opens too.")
        return success(request, message=message % {"n": num(MAX_WORKBOOK_CONTACTS)}, tone="wait")
    data = {"contacts": count, "scope": scope, "format": format_.value}
    team.audit(request.actor, "contacts.exported", now=request.now, data=data)
    zone = request.workspace.zone
    day = clock.local_day(request.now, zone)
    return table_download(
        lambda: export.export_rows(contacts, zone=zone),
        name=f"{request.workspace.slug}-{day:%Y-%m-%d}",
        format=format_,
    )


def _contacts_in_scope(request: WorkspaceRequest, state: ListState, scope: str) -> Relation:
    context = evaluation_context(request)
    listed = state.contacts(context)
    if scope == "all":
        return queries.relation_of(queries.contacts())
    if scope == "filtered":
        return listed.contacts()
    if scope == "page":
        found = read_page(listed, sort=state.sort, size=state.size, after=state.after, before=state.before)
        return queries.relation_of_ids(found.rows)
    return state.selected(context)
