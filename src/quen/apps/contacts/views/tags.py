"""Tags: list, create, rename, merge, delete."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.settings import TagForm
from quen.apps.contacts.models import Tag
from quen.apps.contacts.types import ContactRight, TagInUse, TagNameTaken
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.ui.pages import page, success
from quen.ui.params import positive_int
from quen.ui.tags.filters import num


@allowed(ContactRight.VIEW)
@require_GET
def tag_list(request: WorkspaceRequest) -> HttpResponse:
    """List the tags with their numbers of contacts."""
    context = {
        "rows": queries.tags_with_counts(),
        "may_edit": request.member.can(ContactRight.EDIT),
        "may_configure": request.member.can(ContactRight.CONFIGURE),
    }
    return page(request, "contacts/tags/list.html", context)


@allowed(ContactRight.EDIT)
@require_http_methods(["GET", "POST"])
def tag_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a tag."""
    form = TagForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            tag = services.create_tag(name=form.cleaned_data["name"], actor=request.actor, now=request.now)
            services.describe_tag(
                tag=tag,
                description=form.cleaned_data["description"] or tag.description,
                colour=form.cleaned_data["colour"] or tag.colour,
                actor=request.actor,
                now=request.now,
            )
            message = _("Tag “%(name)s” created.") % {"name": tag.name}
            return success(request, message=message, to=reverse("contacts:tag_list"))
    return page(request, "contacts/tags/form.html", {"form": form, "tag": None})


@allowed(ContactRight.VIEW)
@require_GET
def tag_suggestions(request: WorkspaceRequest) -> HttpResponse:
    """Return tags that match the text typed into a combobox."""
    return JsonResponse(queries.tag_names(request.GET.get("q", "")), safe=False)


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def tag_edit(request: WorkspaceRequest, tag_id: int) -> HttpResponse:
    """Rename, describe or colour a tag. The name of another tag asks whether to merge the two."""
    found = queries.get_tag(tag_id)
    initial = {"name": found.name, "description": found.description, "colour": found.colour}
    form = TagForm(request.POST or None, initial=initial)
    other: Tag | None = None
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            try:
                services.rename_tag(
                    tag=found, name=form.cleaned_data["name"], actor=request.actor, now=request.now
                )
            except TagNameTaken as taken:
                other = queries.find_tags([taken.params["name"]])[taken.params["name"].upper()]
                raise
            services.describe_tag(
                tag=found,
                description=form.cleaned_data["description"],
                colour=form.cleaned_data["colour"],
                actor=request.actor,
                now=request.now,
            )
            message = _("Tag “%(name)s” saved.") % {"name": found.name}
            return success(request, message=message, to=reverse("contacts:tag_list"))
    context = {
        "form": form,
        "tag": found,
        "uses": [(use, workspace_path(use.path)) for use in registry.uses_of_tag(found.pk)],
        "contacts": queries.count_tagged(found),
        "other": other,
        "other_contacts": queries.count_tagged(other) if other else 0,
    }
    return page(request, "contacts/tags/form.html", context)


@allowed(ContactRight.CONFIGURE)
@require_POST
def tag_merge(request: WorkspaceRequest, tag_id: int) -> HttpResponse:
    """Merge a tag into another one."""
    found = queries.get_tag(tag_id)
    into = queries.get_tag(positive_int(request.POST.get("into")) or 0)
    services.merge_tags(tag=found, into=into, actor=request.actor, now=request.now)
    message = _("“%(name)s” was merged into “%(other)s”.") % {"name": found.name, "other": into.name}
    return success(request, message=message, to=reverse("contacts:tag_list"))


@allowed(ContactRight.CONFIGURE)
@require_POST
def tag_delete(request: WorkspaceRequest, tag_id: int) -> HttpResponse:
    """Delete a tag from all contacts, unless something uses it."""
    found = queries.get_tag(tag_id)
    try:
        contacts = services.delete_tag(tag=found, actor=request.actor, now=request.now)
    except TagInUse as refusal:
        to = reverse("contacts:tag_edit", args=[found.pk])
        return success(request, message=str(refusal), tone="bad", to=to)
    message = ngettext("Tag deleted from %(n)s customer.", "Tag deleted from %(n)s customers.", contacts)
    return success(request, message=message % {"n": num(contacts)}, to=reverse("contacts:tag_list"))
