"""Custom fields: list, create, edit, move, archive."""

from __future__ import annotations

from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, registry, services
from quen.apps.contacts.forms.contact import as_input
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.fields import FieldEditForm, NewOptionsForm
from quen.apps.contacts.forms.settings import FieldForm, FieldSettingsForm, field_initial
from quen.apps.contacts.models import Field
from quen.apps.contacts.rules.options import Option
from quen.apps.contacts.types import ContactRight, FieldFormat
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.ui.pages import page, success


def _list_of(field: Field) -> tuple[str, str]:
    """Return address and name of the list that a field is in: special days have one of their own."""
    if field.format == FieldFormat.SPECIAL_DAY:
        return reverse("contacts:special_day_list"), _("Special days")
    return reverse("contacts:field_list"), _("Custom fields")


@allowed(ContactRight.VIEW)
@require_GET
def field_list(request: WorkspaceRequest) -> HttpResponse:
    """List the fields with their numbers of contacts."""
    counts = queries.value_counts()
    context = {
        "rows": [(field, counts.get(field.pk, 0)) for field in queries.active_fields()],
        "archived": [(field, counts.get(field.pk, 0)) for field in queries.archived_fields()],
        "may_configure": request.member.can(ContactRight.CONFIGURE),
    }
    return page(request, "contacts/fields/list.html", context)


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def field_settings(request: WorkspaceRequest) -> HttpResponse:
    """Choose the field that stands in for a date of birth, and whether figures of another system are kept."""
    form = FieldSettingsForm(
        request.POST if request.method == "POST" else None,
        settings=queries.contact_settings(),
        fields=queries.active_fields(),
    )
    if request.method == "POST" and form.is_valid():
        services.update_contact_settings(**form.values(), actor=request.actor, now=request.now)
        return success(request, message=_("Saved."), to=reverse("contacts:field_list"))
    return _form_page(request, form, title=_("Age and previous figures"), save=_("Save"))


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def field_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a field for all contacts."""
    form = FieldForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            created = services.create_field(**form.cleaned_data, actor=request.actor, now=request.now)
            message = _("Custom field “%(name)s” created.") % {"name": created.name}
            return success(request, message=message, to=reverse("contacts:field_list"))
    return _form_page(request, form, title=_("Create a field"), save=_("Create field"))


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def field_edit(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Edit a field. Shows its options, its format, and what uses it."""
    field = queries.get_field(field_id)
    initial = field_initial(field, as_input(field, field.default))
    form = FieldEditForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            field = services.update_field(
                field=field,
                format=field.format,
                choices=field.options,
                **form.cleaned_data,
                actor=request.actor,
                now=request.now,
            )
            return success(request, message=_("Saved."), to=_list_of(field)[0])
    context = {
        "form": form,
        "field": field,
        "back": _list_of(field),
        "contacts": queries.count_values(field),
        "options": _options(field),
        "new_options": NewOptionsForm(),
        "uses": [(use, workspace_path(use.path)) for use in registry.uses_of_field(field.key)],
    }
    return page(request, "contacts/fields/form.html", context)


@allowed(ContactRight.CONFIGURE)
@require_POST
def field_archive(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Archive a field; its values are kept."""
    field = queries.get_field(field_id)
    services.archive_field(field=field, actor=request.actor, now=request.now)
    undo = reverse("contacts:field_restore", args=[field_id])
    return success(request, message=_("Archived."), to=_list_of(field)[0], undo=undo)


@allowed(ContactRight.CONFIGURE)
@require_POST
def field_restore(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Restore an archived field."""
    field = queries.get_field(field_id)
    services.restore_field(field=field, actor=request.actor, now=request.now)
    return success(request, message=_("Restored."), to=_list_of(field)[0])


@allowed(ContactRight.CONFIGURE)
@require_POST
def field_delete(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Delete a field without values that nothing uses."""
    field = queries.get_field(field_id)
    services.delete_field(field=field, actor=request.actor, now=request.now)
    return success(request, message=_("Deleted."), to=_list_of(field)[0])


@allowed(ContactRight.CONFIGURE)
@require_POST
def field_move(request: WorkspaceRequest, field_id: int) -> HttpResponse:
    """Move a field up or down in the form."""
    services.move_field(field=queries.get_field(field_id), up=request.POST.get("direction") == "up")
    return success(request, to=reverse("contacts:field_list"))


def _form_page(request: WorkspaceRequest, form: BaseForm, *, title: str, save: str) -> HttpResponse:
    back = (reverse("contacts:field_list"), _("Custom fields"))
    context = {"form": form, "title": title, "save": save, "back": back}
    return page(request, "contacts/form_page.html", context)


def _options(field: Field) -> list[tuple[Option, int]]:
    """Return the options of a choice field with their numbers of contacts."""
    if not field.has_options:
        return []
    counts = queries.option_counts(field)
    return [(one, sum(counts.get(pk, 0) for pk in one.ids)) for one in field.options]
