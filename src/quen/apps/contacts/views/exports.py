"""People as a file, from the list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import exporting, queries
from quen.apps.contacts.listing import paging
from quen.apps.contacts.listing.finding import found
from quen.apps.contacts.listing.state import State, read_selection, read_state
from quen.apps.contacts.views.bulk import people_of
from quen.apps.contacts.views.listing import moment_of
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core import clock, schemas
from quen.core.sql import Relation
from quen.ui.pages import done, page, wants_part
from quen.ui.tags.filters import num


@allowed(Right.EXPORT_CONTACTS)
@require_http_methods(["GET", "POST"])
def exports(request: WorkspaceRequest) -> HttpResponse:
    """Ask whom to export, then send them as a CSV file."""
    return _file(request) if request.method == "POST" else _question(request)


def _question(request: WorkspaceRequest) -> HttpResponse:
    state = read_state(request.GET, choices=request.member.choices)
    selection = read_selection(request.GET, state)
    chosen = bool(selection.ids) and not selection.is_all
    scopes = [("found", _("Everyone in this list")), ("page", _("The people of this page"))]
    if chosen:
        scopes.insert(0, ("selected", _("The ticked people: %(n)s") % {"n": num(len(selection.ids))}))
    scopes.append(("everyone", _("All customers, saved ones too")))
    place = [(name, request.GET[name]) for name in ("after", "before") if request.GET.get(name)]
    ids = [("ids", str(each)) for each in selection.ids]
    context = {"scopes": scopes, "scope": scopes[0][0], "pairs": [*state.pairs(), *place, *ids]}
    template = "contacts/list/exports_dialog.html" if wants_part(request) else "contacts/list/exports.html"
    return page(request, template, context)


def _file(request: WorkspaceRequest) -> HttpResponse:
    scope = request.POST.get("scope", "")
    state = read_state(request.POST, choices=request.member.choices)
    if state.refusal:
        return done(request, say=state.refusal, tone="bad")
    people = _people(request, state, scope)
    count = queries.count_people(people)
    if not count:
        return done(request, say=_("Nobody to export. Tick people first."), tone="wait")
    team.log_action(
        request.member, "contacts.exported", now=request.now, data={"people": count, "scope": scope}
    )
    response = StreamingHttpResponse(
        _lines(people, request, schemas.current(), translation.get_language() or "vi"),
        content_type="text/csv; charset=utf-8",
    )
    day = clock.local_day(request.now, request.workspace.zone)
    response["Content-Disposition"] = f'attachment; filename="{request.workspace.slug}-{day:%Y-%m-%d}.csv"'
    return cast("HttpResponse", response)


def _people(request: WorkspaceRequest, state: State, scope: str) -> Relation:
    moment = moment_of(request)
    if scope == "everyone":
        return queries.people_of(queries.contacts())
    if scope == "found":
        return found(state.wanted, moment)
    if scope == "page":
        shown = paging.page_of(
            state.wanted,
            moment,
            sorting=state.sorting,
            size=state.size,
            after=state.after,
            before=state.before,
        )
        return queries.people(shown.ids)
    return people_of(request, read_selection(request.POST, state))


def _lines(people: Relation, request: WorkspaceRequest, schema: str, language: str) -> Iterator[str]:
    """The answer is read after the request has left the workspace: enter it again."""
    with schemas.use(schema), translation.override(language):
        yield from exporting.as_csv(exporting.export_rows(people, zone=request.workspace.zone))
