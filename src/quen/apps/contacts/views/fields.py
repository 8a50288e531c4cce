"""Custom fields: list, make, change, move, put away."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.people import typed_of
from quen.apps.contacts.forms.reasons import refusals_beside
from quen.apps.contacts.forms.settings import FieldForm, field_initial
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.pages import done, page


@allowed(Right.VIEW_CONTACTS)
@require_GET
def field_list(request: WorkspaceRequest) -> HttpResponse:
    """List the fields with how many people have a value."""
    counts = queries.value_counts()
    context = {
        "rows": [(field, counts.get(field.pk, 0)) for field in queries.active_fields()],
        "archived": [(field, counts.get(field.pk, 0)) for field in queries.archived_fields()],
        "may_configure": request.member.can(Right.CONFIGURE_FIELDS),
    }
    return page(request, "contacts/fields/list.html", context)


@allowed(Right.CONFIGURE_FIELDS)
@require_http_methods(["GET", "POST"])
def field_new(request: WorkspaceRequest) -> HttpResponse:
    """Make a field for all customers."""
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            made = services.create_field(**form.cleaned_data, actor=request.member, now=request.now)
            said = _("The field “%(name)s” is ready.") % {"name": made.name}
            return done(request, say=said, to=reverse("contacts:field_list"))
    return page(request, "contacts/fields/form.html", {"form": form, "field": None})


@allowed(Right.CONFIGURE_FIELDS)
@require_http_methods(["GET", "POST"])
def field_edit(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Change a field; another format only when every value fits it."""
    field = queries.get_field(field_id)
    initial = field_initial(field, typed_of(field, field.default))
    form = FieldForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            services.update_field(field=field, **form.cleaned_data, actor=request.member, now=request.now)
            return done(request, say=_("Saved."), to=reverse("contacts:field_list"))
    return page(request, "contacts/fields/form.html", {"form": form, "field": field})


@allowed(Right.CONFIGURE_FIELDS)
@require_POST
def field_archiving(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Put a field away; its values stay."""
    services.archive_field(field=queries.get_field(field_id), actor=request.member, now=request.now)
    undo = reverse("contacts:field_restoration", args=[field_id])
    return done(request, say=_("Archived."), to=reverse("contacts:field_list"), undo=undo)


@allowed(Right.CONFIGURE_FIELDS)
@require_POST
def field_restoration(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Take a field back into use."""
    services.restore_field(field=queries.get_field(field_id), actor=request.member, now=request.now)
    return done(request, say=_("In use again."), to=reverse("contacts:field_list"))


@allowed(Right.CONFIGURE_FIELDS)
@require_POST
def field_removal(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Delete a field nobody has a value in."""
    services.delete_field(field=queries.get_field(field_id), actor=request.member, now=request.now)
    return done(request, say=_("Deleted."), to=reverse("contacts:field_list"))


@allowed(Right.CONFIGURE_FIELDS)
@require_POST
def field_place(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Move a field up or down in the form."""
    services.move_field(field=queries.get_field(field_id), up=request.POST.get("way") == "up")
    return done(request, to=reverse("contacts:field_list"))
