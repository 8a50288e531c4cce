"""Groups: list, create, change, switch, delete."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts.types import ContactRight
from quen.apps.groups import listing, queries, registry, services
from quen.apps.groups.access import group_for
from quen.apps.groups.forms import GroupForm, MembersForm
from quen.apps.groups.models import ContactGroup
from quen.apps.groups.types import GroupRight
from quen.apps.groups.views.members import chosen_people, people_context
from quen.apps.groups.views.tables import group_table
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core.errors import DomainError
from quen.ui.pages import page, refusals_on, success, wants_part
from quen.ui.params import positive_int
from quen.ui.tags.filters import num

_MAX_SEARCH_CHARS = 200


@allowed(ContactRight.VIEW)
@require_GET
def group_list(request: WorkspaceRequest) -> HttpResponse:
    """List the groups with their numbers of members."""
    search = request.GET.get("q", "")[:_MAX_SEARCH_CHARS]
    found = listing.group_page(search=search, number=positive_int(request.GET.get("page")) or 1)
    may_edit = request.member.can(GroupRight.EDIT)
    pager = found.links([("q", search)] if search else []) | {"noun": _("groups")}
    context = {
        "table": group_table(request, found, pager=pager, may_edit=may_edit),
        "search": search,
        "here": request.get_full_path(),
        "none": not found.total and not search,
        "may_edit": may_edit,
    }
    part = "rows" if request.headers.get("HX-Target") == "div#listing" else None
    return page(request, "groups/list.html", context, part=part)


@allowed(ContactRight.VIEW)
@require_GET
def group_suggestions(request: WorkspaceRequest) -> HttpResponse:
    """Return groups that match the text typed into a combobox."""
    return JsonResponse(queries.group_names(request.GET.get("q", "")), safe=False)


@allowed(GroupRight.EDIT)
@require_http_methods(["GET", "POST"])
def group_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a group, with its first members. ``source``: whose contacts are chosen already, such as "segment:3"."""
    posted = request.POST if request.method == "POST" else None
    form = GroupForm(posted)
    people = MembersForm(posted, initial={"source": request.GET.get("source", "")})
    if posted is not None and "find" not in posted and form.is_valid() and people.is_valid():
        with refusals_on(form):
            group = services.create_group(**form.cleaned_data, actor=request.actor, now=request.now)
            chosen = chosen_people(people)
            if chosen is not None:
                services.add_members(groups=[group], contacts=chosen, actor=request.actor, now=request.now)
            message = _("Group “%(name)s” created.") % {"name": group.name}
            return success(request, message=message, to=reverse("groups:group", args=[group.pk]))
    context = _form_context(form, None) | people_context(request, people)
    return page(request, "groups/form.html", context)


@allowed(GroupRight.EDIT)
@require_http_methods(["GET", "POST"])
def group_edit(request: WorkspaceRequest, group_id: int) -> HttpResponse:
    """Change a group, and add members to it."""
    group = group_for(group_id)
    posted = request.POST if request.method == "POST" else None
    initial = {"name": group.name, "description": group.description, "active": group.active}
    form = GroupForm(posted, initial=initial)
    people = MembersForm(posted)
    if posted is not None and "find" not in posted and form.is_valid() and people.is_valid():
        with refusals_on(form):
            group = services.update_group(
                group=group, **form.cleaned_data, actor=request.actor, now=request.now
            )
            chosen = chosen_people(people)
            if chosen is not None:
                services.add_members(groups=[group], contacts=chosen, actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=reverse("groups:group", args=[group.pk]))
    context = _form_context(form, group) | people_context(request, people)
    context["may_delete"] = request.member.can(GroupRight.DELETE)
    return page(request, "groups/form.html", context)


@allowed(GroupRight.EDIT)
@require_POST
def group_active(request: WorkspaceRequest, group_id: int) -> HttpResponse:
    """Put a group in or out of use: the switch of the list and of its page."""
    group = services.set_active(
        group=group_for(group_id), active="active" in request.POST, actor=request.actor, now=request.now
    )
    text = _("“%(name)s” is in use.") if group.active else _("“%(name)s” is no longer in use.")
    return success(request, message=text % {"name": group.name}, event="group:changed")


@allowed(GroupRight.DELETE)
@require_http_methods(["GET", "POST"])
def group_delete(request: WorkspaceRequest, group_id: int) -> HttpResponse:
    """Ask, saying what uses the group, then delete it; its customers stay."""
    group = group_for(group_id)
    if request.method == "POST":
        try:
            count = services.delete_group(group=group, actor=request.actor, now=request.now)
        except DomainError as refusal:
            to = reverse("groups:group", args=[group.pk])
            return success(request, message=str(refusal), to=to, tone="bad")
        text = ngettext(
            "Group “%(name)s” deleted. Its %(n)s customer stays.",
            "Group “%(name)s” deleted. Its %(n)s customers stay.",
            count,
        )
        message = text % {"name": group.name, "n": num(count)}
        return success(request, message=message, to=reverse("groups:group_list"))
    uses = [(use, workspace_path(use.path)) for use in registry.uses_of(group.pk)]
    context = {
        "group": group,
        "size": queries.size_of(group.pk),
        "uses": uses,
        "in_dialog": wants_part(request),
        "is_blocked": any(use.blocks for use, _path in uses),
    }
    return page(request, "groups/delete.html", context, part="dialog")


def _form_context(form: GroupForm, group: ContactGroup | None) -> dict[str, Any]:
    back = reverse("groups:group", args=[group.pk]) if group else reverse("groups:group_list")
    return {"form": form, "group": group, "back": back}
