"""The contact list: the page, its parts, its columns, and the drawer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, EvaluationContext, FilterChip
from quen.apps.contacts import queries, registry
from quen.apps.contacts.list import columns, counts, drawer, paging
from quen.apps.contacts.list.forms import SORT_CHOICES, ListSettingsForm, PeriodForm
from quen.apps.contacts.list.state import ListState, filter_params, parse_state
from quen.apps.contacts.services import bulk
from quen.apps.contacts.types import ContactRight, Status
from quen.apps.import_export.types import ImportExportRight
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.nav import url_for
from quen.ui.pages import page, wants_part
from quen.ui.tags.basics import ui_state
from quen.ui.tags.filters import CURRENCY_SIGNS, num

_LISTING_TARGET = "div#listing"
_MAX_NUMBER_CHARS = 16
_UNDO_OFFER_PERIOD = timedelta(hours=1)
_STATUS_STYLES = {
    Status.SUBSCRIBED: ("good", "circle-check", False),
    Status.NON_SUBSCRIBED: ("", "circle-dashed", False),
    Status.UNSUBSCRIBED: ("bad", "circle-slash", False),
    Status.SAVED: ("", "archive", True),
}


@allowed(ContactRight.VIEW)
@require_GET
def contact_list(request: WorkspaceRequest) -> HttpResponse:
    """Show a page of contacts; only the list itself when htmx replaces that."""
    state = parse_state(request.GET, choices=request.member.preferences)
    fields = queries.active_fields()
    visible = columns.with_breakpoints(
        columns.chosen_columns(
            state.columns or request.member.preferences.get(columns.COLUMNS_PREFERENCE), fields
        )
    )
    found = paging.fetch_page(
        state.contact_filter,
        evaluation_context(request),
        sorting=state.sorting,
        size=state.size,
        after=state.after,
        before=state.before,
    )
    contacts = paging.contacts_of(found)
    with_tags = any(each.column.key == "tags" for each in visible)
    tags = queries.tags_of_many(found.ids) if with_tags and contacts else {}
    badges = status_badges()
    rows = [
        columns.build_row(
            contact, visible, tags=tags.get(contact.pk, ()), position=found.first + number, badges=badges
        )
        for number, contact in enumerate(contacts)
    ]
    context = layout_context(request, state) | {
        "columns": visible,
        "rows": rows,
        "page": found,
        "previous_url": state.link(before=found.previous) if found.previous else "",
        "next_url": state.link(after=found.next) if found.next else "",
        "list_url": request.get_full_path(),
        "total_url": f"{reverse('contacts:contact_total')}{state.link()}",
        "is_empty": not rows and state.contact_filter.is_default and not queries.contacts().exists(),
    }
    context["actions"] = render_to_string("contacts/list/actions.html", context)
    if request.headers.get("HX-Target") == _LISTING_TARGET and request.headers.get("HX-Request") == "true":
        response = page(request, "contacts/list/partial.html", context)
    else:
        request.topics += [f"progress/{each.pk}" for each in context["running_jobs"]]
        response = page(request, "contacts/list.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@allowed(ContactRight.VIEW)
@require_GET
def contact_total(request: WorkspaceRequest) -> HttpResponse:
    """Show the number of contacts, after the page: exact when fast, else an estimate."""
    state = parse_state(request.GET, choices=request.member.preferences)
    total = counts.count_or_estimate(state.contact_filter, evaluation_context(request))
    text = num(total.value) if total.exact else f"≈ {num(total.value)}"
    context = {"total": total, "total_text": text, "recent_change": _recent_bulk_change(request)}
    return page(request, "contacts/list/total.html", context)


@allowed(ContactRight.VIEW)
@require_GET
def contact_drawer(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show one contact next to the list."""
    contact = queries.get_contact(contact_id)
    href = f"{reverse('contacts:contact_list')}{contact.pk}/"
    if not wants_part(request):
        return HttpResponseRedirect(href)
    position, total = (request.GET.get(name, "")[:_MAX_NUMBER_CHARS] for name in ("place", "total"))
    context = {
        "contact": contact,
        "name": str(contact),
        "href": href,
        "status": status_badges()[contact.status],
        "tag_url": f"{reverse('contacts:bulk_tag')}?ids={contact.pk}",
        "place": f"{position} / {total}" if position and total else position,
        "tags": queries.tags_of(contact),
        "consents": drawer.channel_consents(contact),
        "latest": drawer.latest_events(contact.pk),
        "birthday": columns.birth_of(contact),
        "location": drawer.location(contact),
        "may_edit": request.member.can(ContactRight.EDIT),
    }
    return page(request, "contacts/list/drawer.html", context)


@allowed(ContactRight.VIEW)
@require_http_methods(["GET", "POST"])
def contact_columns(request: WorkspaceRequest) -> HttpResponse:
    """Choose and order the columns and the list's defaults, for each member separately."""
    choices = request.member.preferences
    fields = queries.active_fields()
    known = columns.all_columns(fields)
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        order = [key for key in posted.getlist("order") if key in known]
        chosen = [key for key in order if key in posted.getlist("columns")]
    else:
        chosen = [
            each.key for each in columns.chosen_columns(choices.get(columns.COLUMNS_PREFERENCE), fields)
        ]
        order = chosen
    order = list(dict.fromkeys([*order, *known]))
    form = ListSettingsForm(
        posted,
        initial={
            "sort": choices.get(columns.SORT_PREFERENCE, paging.DEFAULT_SORT),
            "size": choices.get(columns.SIZE_PREFERENCE, 50),
        },
    )
    moved = posted.get("move", "") if posted is not None else ""
    if posted is not None and not moved and form.is_valid():
        _save_settings(request, chosen, form.cleaned_data)
        if request.headers.get("HX-Request") == "true":
            response = HttpResponse(status=204)
            response["HX-Refresh"] = "true"
            return response
        return HttpResponseRedirect(reverse("contacts:contact_list"))
    _move(order, moved)
    context = {"lines": [(known[key], key in chosen) for key in order], "form": form, "moved": moved}
    template = "contacts/list/columns_dialog.html" if wants_part(request) else "contacts/list/columns.html"
    return page(request, template, context, status=200 if moved else None)


def _recent_bulk_change(request: WorkspaceRequest) -> tuple[str, str] | None:
    """Return the member's latest large change and the URL that undoes it, for an hour after it ended."""
    if any(each.kind.startswith("contacts.") for each in team_queries.running_progress()):
        return None
    change = queries.latest_bulk_change(
        request.member.pk, since=request.now - _UNDO_OFFER_PERIOD, more_than=bulk.INLINE_LIMIT
    )
    if change is None:
        return None
    return bulk.describe(change), reverse("contacts:undo_change", args=[change.pk])


def _save_settings(request: WorkspaceRequest, chosen: Sequence[str], view: dict[str, Any]) -> None:
    for key, value in (
        (columns.COLUMNS_PREFERENCE, list(chosen) or list(columns.DEFAULT_COLUMNS)),
        (columns.SORT_PREFERENCE, view["sort"]),
        (columns.SIZE_PREFERENCE, view["size"]),
    ):
        team.set_preference(member=request.member, key=key, value=value)


def _move(order: list[str], moved: str) -> None:
    direction, _colon, key = moved.partition(":")
    if direction not in {"up", "down"} or key not in order:
        return
    at = order.index(key)
    to = at + (-1 if direction == "up" else 1)
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]


def status_badges() -> dict[int, SafeString]:
    """Return the badge of each status, rendered once for all rows."""
    return {
        status.value: ui_state(str(status.label), tone=tone, icon=icon, faint=faint)
        for status, (tone, icon, faint) in _STATUS_STYLES.items()
    }


def evaluation_context(request: WorkspaceRequest) -> EvaluationContext:
    """Return the instant and time zone for which the list is evaluated."""
    return EvaluationContext(request.now, request.workspace.zone)


def layout_context(request: WorkspaceRequest, state: ListState) -> dict[str, Any]:
    """Return the context around the rows: views, chips, menus, hidden fields, running jobs."""
    contact_filter, member = state.contact_filter, request.member
    context = evaluation_context(request)
    chips = (
        audience.chips(contact_filter.tree, now=context.now, zone=context.zone)
        if contact_filter.tree != ALL_CONTACTS
        else []
    )
    running = [each for each in team_queries.running_progress() if each.kind.startswith("contacts.")]
    return {
        "state": state,
        "current_sort": str(state.sorting),
        "contact_filter": contact_filter,
        "now": request.now,
        "views": [
            {
                "text": _("All"),
                "href": state.with_filter(saved=False, incomplete=False),
                "on": _is_all(state),
            },
            {
                "text": _("Incomplete"),
                "href": state.with_filter(saved=False, incomplete=True),
                "on": contact_filter.incomplete,
            },
            {
                "text": str(Status.SAVED.label),
                "href": state.with_filter(saved=True, incomplete=False),
                "on": contact_filter.saved,
            },
        ],
        "editor_url": _editor_url(state),
        "chips": [(*_chip_text(chip), state.with_filter(tree=chip.without)) for chip in chips],
        "sort_options": [(value, label, _sorted(state, value)) for value, label in SORT_CHOICES],
        "period_form": PeriodForm(initial={"since": contact_filter.since, "until": contact_filter.until}),
        "clear_period_url": state.with_filter(since=None, until=None),
        "clear_query_url": state.with_filter(query=""),
        "is_filtered": not contact_filter.is_default or bool(contact_filter.query),
        "filter_actions": _filter_actions(request, state),
        "params": state.params(),
        "params_without_query": [pair for pair in state.params() if pair[0] != "q"],
        "params_without_period": [pair for pair in state.params() if pair[0] not in {"since", "until"}],
        "filter_params": filter_params(contact_filter),
        "running_jobs": running,
        "list_path": reverse("contacts:contact_list"),
        "export_url": reverse("contacts:exports") + state.link(after=state.after, before=state.before),
        "clear_url": reverse("contacts:contact_list"),
        "currency": CURRENCY_SIGNS.get(request.workspace.currency, request.workspace.currency),
        "create_url": url_for("contacts:contact_new"),
        "import_url": url_for("import_export:import_list"),
        "may_create": member.can(ContactRight.CREATE),
        "may_edit": member.can(ContactRight.EDIT),
        "may_delete": member.can(ContactRight.DELETE),
        "may_import": member.can(ImportExportRight.IMPORT),
        "may_export": member.can(ImportExportRight.EXPORT),
        "may_select": any(
            map(member.can, (ContactRight.EDIT, ContactRight.DELETE, ImportExportRight.EXPORT))
        ),
    }


def _is_all(state: ListState) -> bool:
    return not (state.contact_filter.saved or state.contact_filter.incomplete)


def _sorted(state: ListState, value: str) -> tuple[str, bool]:
    sorting = paging.ListSort.parse(value) or state.sorting
    return replace(state, sorting=sorting).link(), sorting == state.sorting


def _editor_url(state: ListState) -> str:
    """Return the URL of the condition editor, which returns here with the new tree."""
    asked = {
        "tree": audience.tree_to_query(state.contact_filter.tree),
        "to": reverse("contacts:contact_list") + state.link(),
    }
    return f"{reverse('audience:editor')}?{urlencode(asked)}"


def _filter_actions(request: WorkspaceRequest, state: ListState) -> list[tuple[str, str, str]]:
    """Return other apps' filter actions: label, icon, URL. None for an empty filter or one that cannot be parsed."""
    if state.contact_filter.is_default or state.filter_error:
        return []
    offered = [each for each in registry.filter_actions() if request.member.can(each.right)]
    tree = state.contact_filter.to_tree() if offered else None
    if tree is None:
        return []
    written = audience.tree_to_query(tree)
    return [(str(each.label), each.icon, each.url(written)) for each in offered]


def _chip_text(chip: FilterChip) -> tuple[str, str]:
    """Return a chip's text and, when its sentence ends in a value, that value."""
    pieces = chip.sentence.parts
    if len(pieces) == 2 and not pieces[0].strong and pieces[1].strong:  # "in" and "Đà Nẵng"
        return pieces[0].text.strip(), pieces[1].text
    return str(chip.sentence), ""
