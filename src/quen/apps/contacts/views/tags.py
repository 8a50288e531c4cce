"""Tags: list, make, rename, merge, delete."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.settings import TagForm
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.apps.team.types import Right
from quen.ui.pages import page, success
from quen.ui.tags.filters import num


@allowed(Right.VIEW_CONTACTS)
@require_http_methods(["GET", "POST"])
def tag_list(request: WorkspaceRequest) -> HttpResponse:
    """List the tags with how many people carry each; make one."""
    form = TagForm(request.POST or None)
    if request.method == "POST":
        ensure(request.member, Right.EDIT_CONTACTS)
        if form.is_valid():
            with domain_errors_on(form):
                tag = services.create_tag(
                    name=form.cleaned_data["name"], actor=request.member, now=request.now
                )
                message = _("The tag “%(name)s” is ready.") % {"name": tag.name}
                return success(request, message=message, to=reverse("contacts:tag_list"))
    context = {
        "rows": queries.tags_with_counts(),
        "form": form,
        "may_edit": request.member.can(Right.EDIT_CONTACTS),
        "may_configure": request.member.can(Right.CONFIGURE_FIELDS),
    }
    return page(request, "contacts/tags/list.html", context)


@allowed(Right.VIEW_CONTACTS)
@require_GET
def tag_suggestions(request: WorkspaceRequest) -> HttpResponse:
    """Give tags that fit what is typed, for boxes that ask."""
    return JsonResponse(queries.tag_names(request.GET.get("q", "")), safe=False)


@allowed(Right.CONFIGURE_FIELDS)
@require_http_methods(["GET", "POST"])
def tag_edit(request: WorkspaceRequest, tag_id: int) -> HttpResponse:
    """Rename a tag; a name in use makes one of the two."""
    found = queries.get_tag(tag_id)
    form = TagForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            renamed = services.rename_tag(
                tag=found, name=form.cleaned_data["name"], actor=request.member, now=request.now
            )
            message = _("The tag is called “%(name)s” now.") % {"name": renamed.name}
            return success(request, message=message, to=reverse("contacts:tag_list"))
    return page(request, "contacts/tags/form.html", {"form": form, "tag": found})


@allowed(Right.CONFIGURE_FIELDS)
@require_POST
def tag_delete(request: WorkspaceRequest, tag_id: int) -> HttpResponse:
    """Delete a tag everywhere."""
    found = queries.get_tag(tag_id)
    contacts = services.delete_tag(tag=found, actor=request.member, now=request.now)
    message = ngettext("Deleted; %(n)s customer had it.", "Deleted; %(n)s customers had it.", contacts)
    return success(request, message=message % {"n": num(contacts)}, to=reverse("contacts:tag_list"))
