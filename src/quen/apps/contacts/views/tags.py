"""Tags: list, make, rename, merge, delete."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.reasons import refusals_beside
from quen.apps.contacts.forms.settings import TagForm
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.apps.team.types import Right
from quen.ui.pages import done, page
from quen.ui.tags.filters import num


@allowed(Right.VIEW_CONTACTS)
@require_http_methods(["GET", "POST"])
def tag_list(request: WorkspaceRequest) -> HttpResponse:
    """List the tags with how many people carry each; make one."""
    form = TagForm(request.POST or None)
    if request.method == "POST":
        ensure(request.member, Right.EDIT_CONTACTS)
        if form.is_valid():
            with refusals_beside(form):
                tag = services.create_tag(
                    name=form.cleaned_data["name"], actor=request.member, now=request.now
                )
                said = _("The tag “%(name)s” is ready.") % {"name": tag.name}
                return done(request, say=said, to=reverse("contacts:tag_list"))
    context = {
        "rows": queries.tags_with_counts(),
        "form": form,
        "may_edit": request.member.can(Right.EDIT_CONTACTS),
        "may_configure": request.member.can(Right.CONFIGURE_FIELDS),
    }
    return page(request, "contacts/tags/list.html", context)


@allowed(Right.VIEW_CONTACTS)
@require_GET
def tag_words(request: WorkspaceRequest) -> HttpResponse:
    """Give tags that fit what is typed, for boxes that ask."""
    return JsonResponse(queries.tag_names(request.GET.get("q", "")), safe=False)


@allowed(Right.CONFIGURE_FIELDS)
@require_http_methods(["GET", "POST"])
def tag(request: WorkspaceRequest, tag_id: int) -> HttpResponse:
    """Rename a tag; a name in use makes one of the two."""
    found = queries.get_tag(tag_id)
    form = TagForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            kept = services.rename_tag(
                tag=found, name=form.cleaned_data["name"], actor=request.member, now=request.now
            )
            said = _("The tag is called “%(name)s” now.") % {"name": kept.name}
            return done(request, say=said, to=reverse("contacts:tag_list"))
    return page(request, "contacts/tags/form.html", {"form": form, "tag": found})


@allowed(Right.CONFIGURE_FIELDS)
@require_POST
def tag_removal(request: WorkspaceRequest, tag_id: int) -> HttpResponse:
    """Delete a tag everywhere."""
    found = queries.get_tag(tag_id)
    people = services.delete_tag(tag=found, actor=request.member, now=request.now)
    said = ngettext("Deleted; %(n)s customer had it.", "Deleted; %(n)s customers had it.", people)
    return done(request, say=said % {"n": num(people)}, to=reverse("contacts:tag_list"))
