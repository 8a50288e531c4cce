"""Export of contacts, from the list: which ones, with which columns, as what."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from quen.apps.contacts import queries
from quen.apps.contacts.forms.export import ExportForm
from quen.apps.contacts.list.filters import read_page
from quen.apps.contacts.list.state import ListState
from quen.apps.contacts.types import ContactRight
from quen.apps.contacts.views.contact_list import evaluation_context, move
from quen.apps.import_export import registry
from quen.apps.import_export import services as import_export
from quen.apps.import_export.types import ImportExportRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core import clock, sql
from quen.core.sql import Relation
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.params import positive_int
from quen.ui.tags.filters import num

KIND: Final = "contacts"


@allowed(ImportExportRight.EXPORT)
@require_http_methods(["GET", "POST"])
def exports(request: WorkspaceRequest) -> HttpResponse:
    """Ask which contacts to export and as what. A short list is sent at once, a long one is made by a job."""
    if request.method == "GET":
        return _dialog(request, ExportForm(None, kind=registry.export_kind(KIND)))
    form = ExportForm(request.POST, kind=registry.export_kind(KIND))
    if moved := request.POST.get("move", ""):
        form.ask_again()
        move(form.order, moved)
        return _dialog(request, form)
    if removed := request.POST.get("remove", ""):
        import_export.delete_preset(kind=KIND, preset_id=positive_int(removed) or 0)
        return _dialog(request, ExportForm(request.POST, kind=registry.export_kind(KIND)).ask_again())
    if not form.is_valid():
        return _dialog(request, form)
    state = ListState.read(request.POST, request.member.preferences)
    if state.filter_error:
        return success(request, message=state.filter_error, tone="bad")
    if form.chosen_audience() is not None and "checked" not in request.POST:
        return _check(request, state, form)
    with refusals_on(form):
        return _export(request, state, form)
    return _dialog(request, form)


def _dialog(request: WorkspaceRequest, form: ExportForm) -> HttpResponse:
    scopes, scope, params = offered_scopes(request)
    # An address holds what was asked for, not the thousands of ids that it comes to.
    asked = (
        request.GET.urlencode()
        if request.method == "GET"
        else urlencode([p for p in params if p[0] != "fixed"])
    )
    edit_url = f"{reverse('contacts:edit_sheets')}?{asked}"
    context = {
        "form": form,
        "scopes": scopes,
        "scope": scope,
        "params": params,
        "edit_url": edit_url if request.member.can(ContactRight.EDIT) else "",
    }
    if request.method == "POST" and wants_part(request):
        return page(request, "contacts/list/exports_form.html", context, status=form.status)
    template = "contacts/list/exports_dialog.html" if wants_part(request) else "contacts/list/exports.html"
    return page(request, template, context, status=form.status)


def _check(request: WorkspaceRequest, state: ListState, form: ExportForm) -> HttpResponse:
    """Say who will be in a file for a purpose of its own, and who not and why; its button makes the file."""
    audience = form.chosen_audience()
    assert audience is not None
    people = audience.left_out(contacts_in_scope(request, state, request.POST.get("scope", "")))
    kept = [(name, value) for name in request.POST for value in request.POST.getlist(name)]
    context = {
        "audience": audience,
        "included": people.get("", 0),
        "left_out": [(text, people[key]) for key, text in audience.reasons.items() if people.get(key)],
        "params": [
            *((name, value) for name, value in kept if name != "csrfmiddlewaretoken"),
            ("checked", "1"),
        ],
        "back": f"{reverse('contacts:contact_list')}?{urlencode(state.params())}",
    }
    return page(request, "contacts/list/exports_check.html", context)


def offered_scopes(request: WorkspaceRequest) -> tuple[list[tuple[str, str]], str, list[tuple[str, str]]]:
    """Return which customers can be chosen (value and label), the chosen one, and the hidden fields of the list."""
    given = request.POST if request.method == "POST" else request.GET
    state = ListState.read(given, request.member.preferences)
    context = evaluation_context(request)
    scopes = [
        ("filtered", _("All customers in this list")),
        ("page", _("The customers on this page")),
        ("all", _("All customers, including archived")),
    ]
    chosen = state.fixed(context)
    if chosen.ids or chosen.taken_out:
        count = queries.count_contacts(chosen.selected(context))
        scopes.insert(0, ("selected", _("Selected customers: %(n)s") % {"n": num(count)}))
    cursor = [(name, given[name]) for name in ("after", "before") if given.get(name)]
    of_list = dict(state.params()).keys()
    selection = [pair for pair in chosen.selection_params() if pair[0] not in of_list]
    params = [*state.params(), *cursor, *selection]
    return scopes, given.get("scope") or scopes[0][0], params


def _export(request: WorkspaceRequest, state: ListState, form: ExportForm) -> HttpResponse:
    scope = request.POST.get("scope", "")
    contacts = contacts_in_scope(request, state, scope)
    kind = registry.export_kind(KIND)
    day = clock.local_day(request.now, request.workspace.zone)
    columns, template = form.chosen_columns()
    audience = form.chosen_audience()
    if audience is not None:
        contacts = audience.included(contacts)
    if name := form.cleaned_data["preset_name"]:
        import_export.save_preset(kind=KIND, name=name, columns=columns, actor=request.actor, now=request.now)
    export = import_export.create_export(
        kind=kind,
        rows=sql.compose("SELECT contact_id AS row_id FROM {contacts} p", contacts=contacts),
        order=order_of(state),
        name=f"{request.workspace.slug}-{day:%Y-%m-%d}",
        format=form.cleaned_data["format"],
        columns=columns,
        template=template,
        scope=scope,
        actor=request.actor,
        now=request.now,
    )
    if export.total > settings.BULK_INLINE_LIMIT:
        import_export.start_export(export)
        text = ngettext(
            "Exporting %(n)s customer. We'll notify and email you when the file is ready.",
            "Exporting %(n)s customers. We'll notify and email you when the file is ready.",
            export.total,
        )
        message = text % {"n": num(export.total)}
        return success(request, message=message, to=reverse("import_export:export", args=[export.pk]))
    import_export.run_export(export_id=export.pk, clock=clock.now)
    link = reverse("import_export:export_file", args=[import_export.link_token(export)])
    return HttpResponseRedirect(link)


def order_of(state: ListState) -> str:
    """Return the order of the list as SQL; the best matches of a search have none, they are sorted by name."""
    if state.is_ranked:
        return "c.sort_key"
    return f"c.{state.sort.by.column} {'DESC' if state.sort.descending else 'ASC'}"


def contacts_in_scope(request: WorkspaceRequest, state: ListState, scope: str) -> Relation:
    """Return the customers of a scope."""
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
