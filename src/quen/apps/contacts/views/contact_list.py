"""The contact list: the page, the total that is loaded after it, and the choice of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, EvaluationContext, FilterChip
from quen.apps.contacts import queries, registry
from quen.apps.contacts.list import columns, counts
from quen.apps.contacts.list.filters import read_page
from quen.apps.contacts.list.forms import ListSettingsForm, PeriodForm
from quen.apps.contacts.list.state import (
    COLUMNS_PREFERENCE,
    DEFAULT_SIZE,
    LIST_KEY,
    SIZE_PREFERENCE,
    SORT_PREFERENCE,
    ListState,
)
from quen.apps.contacts.services import bulk
from quen.apps.contacts.types import ContactRight, Status
from quen.apps.import_export.types import ImportExportRight
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.paging import Page
from quen.ui.lists import EmptyState, ListTable
from quen.ui.nav import url_for
from quen.ui.pages import page, wants_part
from quen.ui.tags.filters import CURRENCY_SIGNS, num

_LISTING_TARGET = "div#listing"
_UNDO_OFFER_PERIOD = timedelta(hours=1)
#: chips of the filter on one line, and the letters they may have together
_MAX_CHIPS, _MAX_CHIPS_LENGTH = 3, 56


@allowed(ContactRight.VIEW)
@require_GET
def contact_list(request: WorkspaceRequest) -> HttpResponse:
    """Show a page of contacts; only the list itself when htmx replaces that."""
    state = ListState.read(request.GET, request.member.preferences)
    listed = state.contacts(evaluation_context(request))
    found = read_page(
        listed,
        sort=state.sort,
        size=state.size,
        after=state.after,
        before=state.before,
    )
    context = _layout_context(request, state) | {
        "table": _table(request, state, found, listed.search),
        # The exact number where this page has all of them; else it comes with the total.
        "known_total": None if found.previous or found.next else len(found.rows),
        "list_url": request.get_full_path(),
        "is_empty": not found.rows and state.filter.is_default and not queries.contacts().exists(),
    }
    context["actions"] = render_to_string("contacts/list/actions.html", context)
    if request.headers.get("HX-Target") == _LISTING_TARGET and request.headers.get("HX-Request") == "true":
        response = page(request, "contacts/list/partial.html", context)
    else:
        context |= _page_context(request, state)
        request.topics += [f"progress/{each.pk}" for each in context["running_jobs"]]
        response = page(request, "contacts/list.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@allowed(ContactRight.VIEW)
@require_GET
def contact_total(request: WorkspaceRequest) -> HttpResponse:
    """Show the number of contacts, after the page: exact when fast, else an estimate."""
    state = ListState.read(request.GET, request.member.preferences)
    total = counts.count_or_estimate(state.contacts(evaluation_context(request)))
    text = num(total.value) if total.exact else f"≈ {num(total.value)}"
    context = {"total": total, "total_text": text, "recent_change": _recent_bulk_change(request)}
    return page(request, "contacts/list/total.html", context)


@allowed(ContactRight.VIEW)
@require_http_methods(["GET", "POST"])
def contact_columns(request: WorkspaceRequest) -> HttpResponse:
    """Choose and order the columns and the list's defaults, for each member separately."""
    preferences, fields = request.member.preferences, queries.active_fields()
    known = columns.available(fields)
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        order = [key for key in posted.getlist("order") if key in known]
        chosen = [key for key in order if key in posted.getlist("columns")]
    else:
        order = chosen = [each.key for each in columns.chosen(preferences.get(COLUMNS_PREFERENCE), fields)]
    order = list(dict.fromkeys([*order, *known]))
    initial = {
        "sort": preferences.get(SORT_PREFERENCE, columns.DEFAULT_SORT),
        "size": preferences.get(SIZE_PREFERENCE, DEFAULT_SIZE),
    }
    form = ListSettingsForm(posted, initial=initial)
    moved = posted.get("move", "") if posted is not None else ""
    if posted is not None and not moved and form.is_valid():
        _save_settings(request, chosen, form.cleaned_data)
        if request.headers.get("HX-Request") == "true":
            response = HttpResponse(status=204)
            response["HX-Refresh"] = "true"
            return response
        return HttpResponseRedirect(reverse("contacts:contact_list"))
    move(order, moved)
    context = {"lines": [(known[key], key in chosen) for key in order], "form": form, "moved": moved}
    template = "contacts/list/columns_dialog.html" if wants_part(request) else "contacts/list/columns.html"
    return page(request, template, context, status=200 if moved else None)


def evaluation_context(request: WorkspaceRequest) -> EvaluationContext:
    """Return the instant, time zone and currency for which the list is evaluated."""
    return EvaluationContext(request.now, request.workspace.zone, request.workspace.currency)


def _table(
    request: WorkspaceRequest, state: ListState, found: Page[int], search: queries.Search
) -> ListTable:
    keys = state.columns or request.member.preferences.get(COLUMNS_PREFERENCE)
    chosen = columns.chosen(keys, queries.active_fields())
    list_path = reverse("contacts:contact_list")
    contacts = queries.contacts_in_order(found.rows)
    matches = queries.matches_of(search, contacts) if search.terms else {}
    currency = CURRENCY_SIGNS.get(request.workspace.currency, request.workspace.currency)
    return ListTable(
        label=_("Customers"),
        columns=columns.table_columns(chosen, currency=currency),
        rows=columns.table_rows(
            contacts,
            chosen,
            list_path=list_path,
            first=found.first,
            query=state.filter.query,
            matches=matches,
            may_edit=request.member.can(ContactRight.EDIT),
        ),
        empty=_empty_state(state, list_path),
        sort=str(state.sort),
        pager=found.links(state.params())
        | {
            "first": found.first,
            "last": found.last,
            "per_page": state.size,
            "noun": _("customers"),
            "total_url": reverse("contacts:contact_total") + state.link(),
        },
        selectable=_may_select(request),
        full_page=True,
        target="#listing",
        now=request.now,
    )


def _empty_state(state: ListState, list_path: str) -> EmptyState:
    if _is_filtered(state):
        return EmptyState(
            _("No matching customers"),
            _(
                "Search finds names, companies and addresses by the beginning of words, phones from three digits on,"
                " also the last ones, any part of an email or a customer code, and tags. Accents don't matter."
            )
            if state.filter.query
            else _("Remove a condition to see more customers."),
            picture="search",
            button=_("Clear the filters"),
            tone="line",
            href=list_path,
        )
    return EmptyState(
        _("All customers are archived"),
        _("All customers of this workspace are archived. See them under “Archived”."),
        picture="people",
    )


def _layout_context(request: WorkspaceRequest, state: ListState) -> dict[str, Any]:
    """Return the context of the rows and of what changes with them: views, chips, hidden fields, actions."""
    params, member = state.params(), request.member
    chips = _chips(request, state)
    shown = _fitting(chips)
    return {
        "state": state,
        "views": _views(request, state),
        "chips": chips[:shown],
        "hidden_chips": [f"{text} {value}".strip() for text, value, _without in chips[shown:]],
        "editor_url": _editor_url(state),
        "clear_period_url": state.with_filter(since=None, until=None),
        "filter_actions": _filter_actions(request, state),
        "params": params,
        "params_without_query": [pair for pair in params if pair[0] != "q"],
        "may_create": member.can(ContactRight.CREATE),
        "may_edit": member.can(ContactRight.EDIT),
        "bulk_verbs": [verb for verb in registry.bulk_verbs() if verb.dialog and member.can(verb.right)],
        "may_delete": member.can(ContactRight.DELETE),
        "may_import": member.can(ImportExportRight.IMPORT),
        "may_export": member.can(ImportExportRight.EXPORT),
        "may_select": _may_select(request),
    }


def _page_context(request: WorkspaceRequest, state: ListState) -> dict[str, Any]:
    """Return the context of the page around the list, which a search does not replace: menus, dialogs, running jobs."""
    return {
        "sort_options": [(value, label, state.sorted_by(value)) for value, label in _sort_labels(state)],
        "period_form": PeriodForm(initial={"since": state.filter.since, "until": state.filter.until}),
        "params_without_period": [pair for pair in state.params() if pair[0] not in {"since", "until"}],
        "running_jobs": [
            each
            for each in team_queries.unfinished_progress(now=request.now)
            if each.kind.startswith("contacts.")
        ],
        "export_url": reverse("contacts:exports") + state.link(after=state.after, before=state.before),
        "create_url": url_for("contacts:contact_new"),
        "import_url": url_for("import_export:import_list"),
    }


def _sort_labels(state: ListState) -> list[tuple[str, registry.Text]]:
    best = [(str(queries.BEST_FIRST), _("Best matches first"))] if state.filter.terms else []
    return [*best, *columns.sort_labels()]


def _views(request: WorkspaceRequest, state: ListState) -> list[dict[str, Any]]:
    """Return the tabs above the list: those that always exist, then the saved lists."""
    saved, incomplete = state.filter.saved, state.filter.incomplete
    shown = state.link()
    own = [
        {"text": view.name, "href": view.query, "on": view.query == shown}
        for view in queries.saved_views(request.member.pk)
    ]
    if any(view["on"] for view in own):
        saved = incomplete = False
    return [
        {
            "text": _("All"),
            "href": state.with_filter(saved=False, incomplete=False),
            "on": not (saved or incomplete or any(view["on"] for view in own)),
        },
        {
            "text": _("Incomplete"),
            "href": state.with_filter(saved=False, incomplete=True),
            "on": incomplete,
        },
        {
            "text": str(Status.SAVED.label),
            "href": state.with_filter(saved=True, incomplete=False),
            "on": saved,
        },
        *own,
        *([{"text": _("Saved lists"), "href": reverse("contacts:view_list"), "on": False}] if own else []),
    ]


def _chips(request: WorkspaceRequest, state: ListState) -> list[tuple[str, str, str]]:
    if state.filter.tree == ALL_CONTACTS:
        return []
    context = evaluation_context(request)
    chips = audience.chips(state.filter.tree, now=context.now, zone=context.zone, currency=context.currency)
    return [(*_chip_text(chip), state.with_filter(tree=chip.without)) for chip in chips]


def _fitting(chips: Sequence[tuple[str, str, str]]) -> int:
    """Return how many chips fit one line: two, cut short if need be, or three short ones."""
    length = sum(len(text) + len(value) for text, value, _without in chips[:_MAX_CHIPS])
    return _MAX_CHIPS if length <= _MAX_CHIPS_LENGTH else _MAX_CHIPS - 1


def _chip_text(chip: FilterChip) -> tuple[str, str]:
    """Return a chip's text and, when its sentence ends in a value, that value."""
    parts = chip.sentence.parts
    if len(parts) == 2 and not parts[0].strong and parts[1].strong:  # "in" and "Đà Nẵng"
        return parts[0].text.strip(), parts[1].text
    return str(chip.sentence), ""


def _editor_url(state: ListState) -> str:
    """Return the URL of the condition editor, which returns here with the new tree."""
    query = {
        "tree": audience.tree_to_query(state.filter.tree),
        "to": reverse("contacts:contact_list") + state.link(),
        "list": LIST_KEY,
    }
    return f"{reverse('audience:editor')}?{urlencode(query)}"


def _filter_actions(request: WorkspaceRequest, state: ListState) -> list[tuple[str, str, str]]:
    """Return what can be done with the filter: label, icon, URL. Nothing for an empty or a broken one."""
    if state.filter.is_default or state.filter_error:
        return []
    saving = (_("Save this list"), "bookmark", reverse("contacts:view_new") + state.link())
    offered = [each for each in registry.filter_actions() if request.member.can(each.right)]
    tree = state.filter.to_tree() if offered else None
    if tree is None:
        return [saving]
    query = audience.tree_to_query(tree)
    return [saving, *((str(each.label), each.icon, each.url(query)) for each in offered)]


def _is_filtered(state: ListState) -> bool:
    return not state.filter.is_default or bool(state.filter.query)


def _may_select(request: WorkspaceRequest) -> bool:
    rights = (ContactRight.EDIT, ContactRight.DELETE, ImportExportRight.EXPORT)
    return any(map(request.member.can, rights))


def _recent_bulk_change(request: WorkspaceRequest) -> tuple[str, str] | None:
    """Return the member's latest large change and the URL that undoes it, for an hour after it ended."""
    if any(each.kind.startswith("contacts.") for each in team_queries.running_progress()):
        return None
    change = queries.latest_bulk_change(
        request.member.pk,
        since=request.now - _UNDO_OFFER_PERIOD,
        more_than=settings.BULK_INLINE_LIMIT,
    )
    if change is None:
        return None
    return bulk.describe(change), reverse("contacts:undo_change", args=[change.pk])


def _save_settings(request: WorkspaceRequest, chosen: Sequence[str], view: dict[str, Any]) -> None:
    for key, value in (
        (COLUMNS_PREFERENCE, list(chosen)),
        (SORT_PREFERENCE, view["sort"]),
        (SIZE_PREFERENCE, view["size"]),
    ):
        team.set_preference(member=request.member, key=key, value=value)


def move(order: list[str], moved: str) -> None:
    """Move a key in a list of columns by one place. moved: "up:<key>" or "down:<key>"."""
    direction, _colon, key = moved.partition(":")
    if direction not in {"up", "down"} or key not in order:
        return
    at = order.index(key)
    to = at + (-1 if direction == "up" else 1)
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]
