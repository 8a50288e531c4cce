"""Sources of contacts: list, create, edit, deactivate (CON-57)."""

from __future__ import annotations

from django.forms import BaseForm
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.settings import SourceEditForm, SourceForm, source_initial
from quen.apps.contacts.types import ContactRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, success


@allowed(ContactRight.VIEW)
@require_GET
def source_list(request: WorkspaceRequest) -> HttpResponse:
    """List the sources with the number of contacts that first came from each."""
    context = {
        "rows": queries.sources_with_counts(),
        "may_configure": request.member.can(ContactRight.CONFIGURE),
    }
    return page(request, "contacts/sources/list.html", context)


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def source_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a source."""
    form = SourceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            created = services.create_source(**form.cleaned_data, actor=request.actor, now=request.now)
            message = _("Source “%(name)s” created.") % {"name": created.name}
            return success(request, message=message, to=reverse("contacts:source_list"))
    return _form_page(request, form, title=_("Create a source"), save=_("Create source"))


@allowed(ContactRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def source_edit(request: WorkspaceRequest, source_id: int) -> HttpResponse:
    """Rename or deactivate a source; its contacts keep it."""
    source = queries.get_source(source_id)
    form = SourceEditForm(request.POST or None, initial=source_initial(source))
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            services.update_source(source=source, **form.cleaned_data, actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=reverse("contacts:source_list"))
    return _form_page(request, form, title=source.name, save=_("Save"))


def _form_page(request: WorkspaceRequest, form: BaseForm, *, title: str, save: str) -> HttpResponse:
    back = (reverse("contacts:source_list"), _("Customer sources"))
    context = {"form": form, "title": title, "save": save, "back": back}
    return page(request, "contacts/form_page.html", context)
