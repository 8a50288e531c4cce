"""Tags: list, create, rename, merge, delete."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.settings import TagForm
from quen.apps.contacts.types import ContactRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, success
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
            if form.cleaned_data["description"]:
                services.describe_tag(
                    tag=tag,
                    description=form.cleaned_data["description"],
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
    """Rename or describe a tag; the name of another tag merges the two."""
    found = queries.get_tag(tag_id)
    form = TagForm(request.POST or None, initial={"name": found.name, "description": found.description})
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            renamed = services.rename_tag(
                tag=found, name=form.cleaned_data["name"], actor=request.actor, now=request.now
            )
            description = form.cleaned_data["description"] or (
                "" if renamed.pk == found.pk else renamed.description
            )
            services.describe_tag(tag=renamed, description=description, actor=request.actor, now=request.now)
            message = _("Tag “%(name)s” saved.") % {"name": renamed.name}
            return success(request, message=message, to=reverse("contacts:tag_list"))
    return page(request, "contacts/tags/form.html", {"form": form, "tag": found})


@allowed(ContactRight.CONFIGURE)
@require_POST
def tag_delete(request: WorkspaceRequest, tag_id: int) -> HttpResponse:
    """Delete a tag from all contacts."""
    found = queries.get_tag(tag_id)
    contacts = services.delete_tag(tag=found, actor=request.actor, now=request.now)
    message = ngettext("Tag deleted from %(n)s customer.", "Tag deleted from %(n)s customers.", contacts)
    return success(request, message=message % {"n": num(contacts)}, to=reverse("contacts:tag_list"))
