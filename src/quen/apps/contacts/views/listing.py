"""The customer list: the page, its parts, its columns, and the drawer."""

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
from quen.apps.audience.types import EVERYONE, Chip
from quen.apps.contacts import queries, registry
from quen.apps.contacts.listing import columns, counting, glance, paging
from quen.apps.contacts.listing.finding import Moment
from quen.apps.contacts.listing.forms import ORDER_WORDS, PeriodForm, ViewForm
from quen.apps.contacts.listing.state import State, read_state, wanted_pairs
from quen.apps.contacts.services import sets
from quen.apps.contacts.types import Status
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.nav import address_of
from quen.ui.pages import page, wants_part
from quen.ui.tags.basics import ui_state
from quen.ui.tags.filters import SIGNS, num

_LISTING = "div#listing"
_LONGEST_NUMBER = 16
_UNDO_OFFERED = timedelta(hours=1)
_STATES = {
    Status.SUBSCRIBED: ("good", "circle-check", False),
    Status.NON_SUBSCRIBED: ("", "circle-dashed", False),
    Status.UNSUBSCRIBED: ("bad", "circle-slash", False),
    Status.SAVED: ("", "archive", True),
}


@allowed(Right.VIEW_CONTACTS)
@require_GET
def contact_list(request: WorkspaceRequest) -> HttpResponse:
    """Show a page of people; only the list itself when that is what htmx replaces."""
    state = read_state(request.GET, choices=request.member.choices)
    fields = queries.active_fields()
    shown = columns.with_room(
        columns.chosen_columns(state.columns or request.member.choices.get(columns.CHOICE), fields)
    )
    found = paging.page_of(
        state.wanted,
        moment_of(request),
        sorting=state.sorting,
        size=state.size,
        after=state.after,
        before=state.before,
    )
    people = paging.people_of(found)
    with_tags = any(each.column.key == "tags" for each in shown)
    tags = queries.tags_of_many(found.ids) if with_tags and people else {}
    states = drawn_states()
    rows = [
        columns.row_of(person, shown, tags=tags.get(person.pk, ()), place=found.first + number, states=states)
        for number, person in enumerate(people)
    ]
    context = frame_of(request, state) | {
        "shown": shown,
        "rows": rows,
        "found": found,
        "previous": state.link(before=found.previous) if found.previous else "",
        "next": state.link(after=found.next) if found.next else "",
        "here": request.get_full_path(),
        "late": f"{reverse('contacts:contact_total')}{state.link()}",
        "nobody": not rows and state.wanted.is_plain and not queries.contacts().exists(),
    }
    context["actions"] = render_to_string("contacts/list/actions.html", context)
    if request.headers.get("HX-Target") == _LISTING and request.headers.get("HX-Request") == "true":
        response = page(request, "contacts/list/answer.html", context)
    else:
        request.topics += [f"progress/{each.pk}" for each in context["running"]]
        response = page(request, "contacts/list.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@allowed(Right.VIEW_CONTACTS)
@require_GET
def contact_total(request: WorkspaceRequest) -> HttpResponse:
    """Say how many people the list has, after the page: exact when quick, else about."""
    state = read_state(request.GET, choices=request.member.choices)
    total = counting.total_of(state.wanted, moment_of(request))
    written = num(total.value) if total.exact else f"≈ {num(total.value)}"
    context = {"total": total, "written": written, "recent": _recent_work(request)}
    return page(request, "contacts/list/total.html", context)


@allowed(Right.VIEW_CONTACTS)
@require_GET
def contact_glance(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show one person beside the list."""
    contact = queries.get_contact(contact_id)
    href = f"{reverse('contacts:contact_list')}{contact.pk}/"
    if not wants_part(request):
        return HttpResponseRedirect(href)
    place, total = (request.GET.get(name, "")[:_LONGEST_NUMBER] for name in ("place", "total"))
    context = {
        "contact": contact,
        "name": str(contact),
        "href": href,
        "status": drawn_states()[contact.status],
        "tagging": f"{reverse('contacts:taggings')}?ids={contact.pk}",
        "place": f"{place} / {total}" if place and total else place,
        "tags": queries.tags_of(contact),
        "consents": glance.consents_of(contact),
        "latest": glance.latest_events(contact.pk),
        "birth": columns.birth_of(contact),
        "lives_in": glance.lives_in(contact),
        "may_edit": request.member.can(Right.EDIT_CONTACTS),
    }
    return page(request, "contacts/list/glance.html", context)


@allowed(Right.VIEW_CONTACTS)
@require_http_methods(["GET", "POST"])
def contact_columns(request: WorkspaceRequest) -> HttpResponse:
    """Choose and order the columns, and how the list opens; each member for themselves."""
    choices = request.member.choices
    fields = queries.active_fields()
    known = columns.columns_of(fields)
    posted = request.POST if request.method == "POST" else None
    if posted is not None:
        order = [key for key in posted.getlist("order") if key in known]
        chosen = [key for key in order if key in posted.getlist("columns")]
    else:
        chosen = [each.key for each in columns.chosen_columns(choices.get(columns.CHOICE), fields)]
        order = chosen
    order = list(dict.fromkeys([*order, *known]))
    form = ViewForm(
        posted,
        initial={
            "sort": choices.get(columns.SORT_CHOICE, paging.USUAL),
            "size": choices.get(columns.SIZE_CHOICE, 50),
        },
    )
    moved = posted.get("move", "") if posted is not None else ""
    if posted is not None and not moved and form.is_valid():
        _remember(request, chosen, form.cleaned_data)
        if request.headers.get("HX-Request") == "true":
            response = HttpResponse(status=204)
            response["HX-Refresh"] = "true"
            return response
        return HttpResponseRedirect(reverse("contacts:contact_list"))
    _move(order, moved)
    context = {"lines": [(known[key], key in chosen) for key in order], "form": form, "moved": moved}
    template = "contacts/list/columns_dialog.html" if wants_part(request) else "contacts/list/columns.html"
    return page(request, template, context, status=200 if moved else None)


def _recent_work(request: WorkspaceRequest) -> tuple[str, str] | None:
    """Give what the member's last large deed did and where to undo it, for an hour after it ended."""
    if any(each.kind.startswith("contacts.") for each in team_queries.running_progress()):
        return None
    change = queries.last_large_change(
        request.member.pk, since=request.now - _UNDO_OFFERED, more_than=sets.AT_ONCE
    )
    if change is None:
        return None
    return sets.describe(change), reverse("contacts:undoing", args=[change.pk])


def _remember(request: WorkspaceRequest, chosen: Sequence[str], view: dict[str, Any]) -> None:
    for key, value in (
        (columns.CHOICE, list(chosen) or list(columns.USUAL)),
        (columns.SORT_CHOICE, view["sort"]),
        (columns.SIZE_CHOICE, view["size"]),
    ):
        team.remember_choice(member=request.member, key=key, value=value)


def _move(order: list[str], moved: str) -> None:
    way, _colon, key = moved.partition(":")
    if way not in {"up", "down"} or key not in order:
        return
    at = order.index(key)
    to = at + (-1 if way == "up" else 1)
    if 0 <= to < len(order):
        order[at], order[to] = order[to], order[at]


def drawn_states() -> dict[int, SafeString]:
    """Give the statuses as glyph and word: drawn once, shown in every row."""
    return {
        status.value: ui_state(str(status.label), tone=tone, icon=icon, faint=faint)
        for status, (tone, icon, faint) in _STATES.items()
    }


def moment_of(request: WorkspaceRequest) -> Moment:
    """Give when and where a list is asked for."""
    return Moment(request.now, request.workspace.zone)


def frame_of(request: WorkspaceRequest, state: State) -> dict[str, Any]:
    """Give what stands around the rows: views, chips, menus, hidden fields, work that runs."""
    wanted, member = state.wanted, request.member
    moment = moment_of(request)
    chips = audience.chips(wanted.tree, now=moment.now, zone=moment.zone) if wanted.tree != EVERYONE else []
    running = [each for each in team_queries.running_progress() if each.kind.startswith("contacts.")]
    return {
        "state": state,
        "sorted_by": str(state.sorting),
        "wanted": wanted,
        "now": request.now,
        "views": [
            {"text": _("All"), "href": state.changed(saved=False, incomplete=False), "on": _is_all(state)},
            {
                "text": _("Incomplete"),
                "href": state.changed(saved=False, incomplete=True),
                "on": wanted.incomplete,
            },
            {
                "text": str(Status.SAVED.label),
                "href": state.changed(saved=True, incomplete=False),
                "on": wanted.saved,
            },
        ],
        "editor": _editor(state),
        "chips": [(*_words(chip), state.changed(tree=chip.without)) for chip in chips],
        "orders": [(value, words, _sorted(state, value)) for value, words in ORDER_WORDS],
        "period": PeriodForm(initial={"since": wanted.since, "until": wanted.until}),
        "without_period": state.changed(since=None, until=None),
        "without_words": state.changed(words=""),
        "filtered": not wanted.is_plain or bool(wanted.words),
        "filter_actions": _filter_actions(request, state),
        "hidden": state.pairs(),
        "hidden_but_words": [pair for pair in state.pairs() if pair[0] != "q"],
        "hidden_but_period": [pair for pair in state.pairs() if pair[0] not in {"since", "until"}],
        "selected_pairs": wanted_pairs(wanted),
        "running": running,
        "base": reverse("contacts:contact_list"),
        "export_link": reverse("contacts:exports") + state.link(after=state.after, before=state.before),
        "everything": reverse("contacts:contact_list"),
        "currency": SIGNS.get(request.workspace.currency, request.workspace.currency),
        "add_one": address_of("contacts:contact_new"),
        "add_file": address_of("import_export:import_list"),
        "may_create": member.can(Right.CREATE_CONTACTS),
        "may_edit": member.can(Right.EDIT_CONTACTS),
        "may_delete": member.can(Right.DELETE_CONTACTS),
        "may_import": member.can(Right.IMPORT_CONTACTS),
        "may_export": member.can(Right.EXPORT_CONTACTS),
        "may_act": any(map(member.can, (Right.EDIT_CONTACTS, Right.DELETE_CONTACTS, Right.EXPORT_CONTACTS))),
    }


def _is_all(state: State) -> bool:
    return not (state.wanted.saved or state.wanted.incomplete)


def _sorted(state: State, value: str) -> tuple[str, bool]:
    sorting = paging.Sorting.read(value) or state.sorting
    return replace(state, sorting=sorting).link(), sorting == state.sorting


def _editor(state: State) -> str:
    """Give the address of the condition editor, which leads back here with the tree it makes."""
    asked = {
        "tree": audience.tree_to_query(state.wanted.tree),
        "to": reverse("contacts:contact_list") + state.link(),
    }
    return f"{reverse('audience:editor')}?{urlencode(asked)}"


def _filter_actions(request: WorkspaceRequest, state: State) -> list[tuple[str, str, str]]:
    """Give what rooms above make of the filter: label, icon, address. Nothing of none, or of one that can't be read."""
    if state.wanted.is_plain or state.refusal:
        return []
    offered = [each for each in registry.filter_actions() if request.member.can(each.right)]
    tree = state.wanted.as_tree() if offered else None
    if tree is None:
        return []
    written = audience.tree_to_query(tree)
    return [(str(each.label), each.icon, each.address(written)) for each in offered]


def _words(chip: Chip) -> tuple[str, str]:
    """Give a chip's words and, when the sentence ends in one, the value to stand out."""
    pieces = chip.sentence.pieces
    if len(pieces) == 2 and not pieces[0].strong and pieces[1].strong:  # "in" and "Đà Nẵng"
        return pieces[0].text.strip(), pieces[1].text
    return str(chip.sentence), ""
