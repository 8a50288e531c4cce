"""Export of contacts as a file, from the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import export, queries
from quen.apps.contacts.list.filters import read_page
from quen.apps.contacts.list.state import ListState
from quen.apps.contacts.views.contact_list import evaluation_context
from quen.apps.import_export.types import ImportExportRight
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import clock, schemas
from quen.core.sql import Relation
from quen.ui.pages import page, success, wants_part
from quen.ui.tags.filters import num


@allowed(ImportExportRight.EXPORT)
@require_http_methods(["GET", "POST"])
def exports(request: WorkspaceRequest) -> HttpResponse:
    """Ask which contacts to export, then send them as a CSV file."""
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
    context = {"scopes": scopes, "scope": scopes[0][0], "params": [*state.params(), *cursor, *ids]}
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
    team.audit(request.actor, "contacts.exported", now=request.now, data={"contacts": count, "scope": scope})
    response = StreamingHttpResponse(
        _stream(contacts, request, schemas.current(), translation.get_language() or "vi"),
        content_type="text/csv; charset=utf-8",
    )
    day = clock.local_day(request.now, request.workspace.zone)
    response["Content-Disposition"] = f'attachment; filename="{request.workspace.slug}-{day:%Y-%m-%d}.csv"'
    return cast("HttpResponse", response)


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


def _stream(contacts: Relation, request: WorkspaceRequest, schema: str, language: str) -> Iterator[str]:
    """Yield the file's lines. The response is read after the request has left the workspace, so enter it again."""
    with schemas.use(schema), translation.override(language):
        yield from export.as_csv(export.export_rows(contacts, zone=request.workspace.zone))
