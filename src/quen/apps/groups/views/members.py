"""The page of a group: its members, and what is done with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import BulkOutcome, ContactRight
from quen.apps.groups import listing, queries, registry, services
from quen.apps.groups.access import group_for
from quen.apps.groups.forms import MOVE, CopyMembersForm, MembersForm
from quen.apps.groups.listing import MemberList
from quen.apps.groups.models import ContactGroup
from quen.apps.groups.types import GroupRight
from quen.apps.groups.views.tables import member_table
from quen.apps.team import queries as team
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import sql
from quen.core.sql import Relation
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from django import forms

    from quen.apps.team.models import Progress

_MAX_SEARCH_CHARS = 200
_MAX_IDS = 1_000


@allowed(ContactRight.VIEW)
@require_GET
def group_page(request: WorkspaceRequest, group_id: int) -> HttpResponse:
    """Show a group with its members, who joined last first."""
    group = group_for(group_id)
    query = _read_search(request.GET)
    members = MemberList(group.pk, query)
    found = listing.member_page(members, after=request.GET.get("after"), before=request.GET.get("before"))
    may_edit = request.member.can(GroupRight.EDIT)
    path = f"/groups/{group.pk}/"
    running = [each for each in team.running_progress() if each.path == path]
    request.topics.extend(f"progress/{each.pk}" for each in running)
    size = queries.size_of(group.pk)
    as_filter = audience.tree_to_query(queries.members_tree(group.pk))
    context = {
        "group": group,
        "size": size,
        "total": contacts.count_contacts(members.contacts()) if query else size,
        "query": query,
        "table": member_table(request, found, group=group, total=size, query=query, may_edit=may_edit),
        "here": request.get_full_path(),
        "uses": [(use, workspace_path(use.path)) for use in registry.uses_of(group.pk)],
        "as_filter": f"{reverse('contacts:contact_list')}?rules={as_filter}",
        "more": [
            (action.label, action.icon, action.url(group.pk))
            for action in registry.actions()
            if group.active and request.member.can(action.right)
        ],
        "running_jobs": running,
        "may_edit": may_edit,
        "may_delete": request.member.can(GroupRight.DELETE),
        "copy_url": reverse("groups:members_copy", args=[group.pk]),
        "remove_url": reverse("groups:members_remove", args=[group.pk]),
    }
    context["actions"] = render_to_string("groups/verbs.html", context)
    part = "rows" if request.headers.get("HX-Target") == "div#listing" else None
    return page(request, "groups/page.html", context, part=part)


@allowed(GroupRight.EDIT)
@require_http_methods(["GET", "POST"])
def find_people(request: WorkspaceRequest) -> HttpResponse:
    """Show the contacts that match the text typed, and those that are ticked already."""
    params = request.POST if request.method == "POST" else request.GET
    return page(request, "groups/found.html", people_context(request, MembersForm(params)))


@allowed(GroupRight.EDIT)
@require_http_methods(["GET", "POST"])
def members_add(request: WorkspaceRequest, group_id: int) -> HttpResponse:
    """Put contacts into a group: found by search, or those of a segment as they are now."""
    group = group_for(group_id)
    form = MembersForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and "find" not in request.POST and form.is_valid():
        chosen = chosen_people(form)
        if chosen is None:
            form.add_error(None, _("Choose at least one customer."))
        else:
            outcome = services.add_members(
                groups=[group], contacts=chosen, actor=request.actor, now=request.now
            )
            return _respond(request, group, outcome, _added)
    context = {"group": group, "title": _("Add customers")} | people_context(request, form)
    return _dialog(request, "groups/add.html", context)


@allowed(GroupRight.EDIT)
@require_http_methods(["GET", "POST"])
def members_remove(request: WorkspaceRequest, group_id: int) -> HttpResponse:
    """Take selected members out of a group; they stay customers."""
    group = group_for(group_id)
    selection = _Selection(request, group)
    context = selection.context() | {"title": _remove_title(selection.count)}
    if request.method == "POST":
        if selection.is_current:
            outcome = services.remove_members(
                groups=[group], contacts=selection.contacts, actor=request.actor, now=request.now
            )
            return _respond(request, group, outcome, _removed)
        context["changed"] = True
    return _dialog(request, "groups/remove.html", context)


@allowed(GroupRight.EDIT)
@require_http_methods(["GET", "POST"])
def members_copy(request: WorkspaceRequest, group_id: int) -> HttpResponse:
    """Copy or move selected members to another group."""
    group = group_for(group_id)
    selection = _Selection(request, group)
    form = CopyMembersForm(request.POST if request.method == "POST" else None, group=group)
    context = selection.context() | {"form": form, "title": _copy_title(selection.count)}
    if request.method == "POST" and form.is_valid():
        if selection.is_current:
            is_move = form.cleaned_data["mode"] == MOVE
            with refusals_on(form):
                outcome = (services.move_members if is_move else services.copy_members)(
                    group=group,
                    to=group_for(form.cleaned_data["to"]),
                    contacts=selection.contacts,
                    actor=request.actor,
                    now=request.now,
                )
                return _respond(request, group, outcome, _moved if is_move else _copied)
        else:
            context["changed"] = True
    return _dialog(request, "groups/copy.html", context)


def people_context(request: WorkspaceRequest, form: MembersForm) -> dict[str, Any]:
    """Return the context of the search for people: what was found, after those that are ticked."""
    params = request.POST if request.method == "POST" else request.GET
    search = _read_search(params, "search")
    ticked = [int(value) for value, _label in form.fields["contact"].choices]  # type: ignore[attr-defined]  # choices
    chosen = audience.contact_summaries(ticked)
    found = [each for each in audience.search_contacts(search) if each.contact_id not in ticked]
    return {"people": form, "search": search, "chosen": chosen, "found": found}


def chosen_people(form: MembersForm) -> Relation | None:
    """Return the contacts of the form, None when nobody is chosen. Raises NotFound."""
    ids = [int(value) for value in form.cleaned_data["contact"]]
    source = registry.members_of_source(form.cleaned_data["source"])
    if source is None:
        return contacts.relation_of_ids(ids) if ids else None
    if not ids:
        return source
    both = sql.compose(
        "SELECT contact_id FROM {ids} a UNION SELECT contact_id FROM {source} b",
        ids=contacts.relation_of_ids(ids),
        source=source,
    )
    return Relation(both.text, both.params, ("contact_id",))


def _read_ids(raw: Sequence[str]) -> list[int]:
    return [int(value) for value in raw if value.isdecimal() and len(value) < 19]


class _Selection:
    """The members that are selected on the page: those ticked, or all that the search finds."""

    def __init__(self, request: WorkspaceRequest, group: ContactGroup) -> None:
        params = request.POST if request.method == "POST" else request.GET
        self._group, self._query = group, _read_search(params)
        fixed = _read_ids((params.get("fixed") or "").split(","))[: settings.BULK_INLINE_LIMIT]
        self._all = params.get("all") == "1" and not fixed
        self._ids = fixed or _read_ids(params.getlist("ids"))[:_MAX_IDS]
        self._taken_out = _read_ids(params.getlist("without"))[:_MAX_IDS]
        if self._all and request.method == "GET":
            self._fix()
        self.count = contacts.count_contacts(self.contacts)
        #: the number that the dialog showed is still right
        self.is_current = params.get("expected") == str(self.count)

    @property
    def contacts(self) -> Relation:
        """Return the contacts."""
        if self._all:
            return sql.compose(
                "SELECT contact_id FROM {found} f WHERE contact_id <> ALL(%(taken_out)s::bigint[])",
                found=MemberList(self._group.pk, self._query).contacts(),
                taken_out=sql.array(self._taken_out),
            )
        ids = contacts.relation_of_ids(self._ids)
        members = queries.members(self._group.pk)
        composed = sql.compose(
            "SELECT contact_id FROM {members} m WHERE contact_id IN (SELECT contact_id FROM {ids} i)",
            members=members,
            ids=ids,
        )
        return Relation(composed.text, composed.params, ("contact_id",))

    def _fix(self) -> None:
        """Keep the selection as ids while the dialog is open, unless there are too many."""
        limit = settings.BULK_INLINE_LIMIT
        first = sql.compose(
            "SELECT contact_id FROM {all} a LIMIT %(limit)s", all=self.contacts, limit=limit + 1
        )
        ids = [pk for (pk,) in sql.rows(first)]
        if len(ids) <= limit:
            self._ids, self._all = ids, False

    def context(self) -> dict[str, Any]:
        """Return what a dialog shows and sends along."""
        if self._all:
            without = [("without", str(each)) for each in self._taken_out]
            params = [("all", "1"), *without, *([("q", self._query)] if self._query else [])]
        elif len(self._ids) > _MAX_IDS:
            params = [("fixed", ",".join(map(str, self._ids)))]
        else:
            params = [("ids", str(each)) for each in self._ids]
        return {"group": self._group, "count": self.count, "params": params}


def _dialog(request: WorkspaceRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    form: forms.Form | None = context.get("form") or context.get("people")
    has_errors = bool(form is not None and form.is_bound and form.errors) or context.get("changed", False)
    part = "form" if request.method == "POST" else "dialog"
    context["in_dialog"] = wants_part(request)
    return page(request, template, context, part=part, status=422 if has_errors else 200)


def _respond(
    request: WorkspaceRequest,
    group: ContactGroup,
    outcome: BulkOutcome | Progress,
    text: Callable[[int], str],
) -> HttpResponse:
    here = reverse("groups:group", args=[group.pk])
    if not isinstance(outcome, BulkOutcome):
        return success(request, message=_("Started. You can leave this page."), to=here)
    to = "" if wants_part(request) else here
    if not outcome.changed:
        message = _("No changes were needed.")
        return success(request, message=message, event="contact:changed", tone="wait", to=to)
    undo = f"{reverse('contacts:undo_change', args=[outcome.change_id])}?preview"
    return success(request, message=text(outcome.changed), event="contact:changed", undo=undo, to=to)


def _read_search(params: Any, name: str = "q") -> str:
    return str(params.get(name, "")).strip()[:_MAX_SEARCH_CHARS]


def _added(count: int) -> str:
    return ngettext("Added %(n)s customer.", "Added %(n)s customers.", count) % {"n": num(count)}


def _removed(count: int) -> str:
    text = ngettext("%(n)s customer left the group.", "%(n)s customers left the group.", count)
    return text % {"n": num(count)}


def _copied(count: int) -> str:
    return ngettext("Copied %(n)s customer.", "Copied %(n)s customers.", count) % {"n": num(count)}


def _moved(count: int) -> str:
    return ngettext("Moved %(n)s customer.", "Moved %(n)s customers.", count) % {"n": num(count)}


def _remove_title(count: int) -> str:
    text = ngettext("Remove %(n)s customer from the group?", "Remove %(n)s customers from the group?", count)
    return text % {"n": num(count)}


def _copy_title(count: int) -> str:
    text = ngettext("Copy or move %(n)s customer", "Copy or move %(n)s customers", count)
    return text % {"n": num(count)}
