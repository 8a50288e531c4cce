"""Saved lists: save the list that is shown, rename, share and delete."""

from __future__ import annotations

from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries, services
from quen.apps.contacts.forms.error_messages import domain_errors_on
from quen.apps.contacts.forms.saved_views import SavedViewForm
from quen.apps.contacts.list.state import ListState
from quen.apps.contacts.models import SavedView
from quen.apps.contacts.types import ContactRight
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.ui.pages import page, success


@allowed(ContactRight.VIEW)
@require_GET
def view_list(request: WorkspaceRequest) -> HttpResponse:
    """List the saved lists that this member sees."""
    rows = [
        (view, reverse("contacts:contact_list") + view.query, _may_change(request, view))
        for view in queries.saved_views(request.member.pk)
    ]
    return page(request, "contacts/saved_views/list.html", {"rows": rows})


@allowed(ContactRight.VIEW)
@require_http_methods(["GET", "POST"])
def view_new(request: WorkspaceRequest) -> HttpResponse:
    """Save the list of a URL: its filter, order and columns."""
    form = _form(request, {})
    state = ListState.read(request.GET, request.member.preferences)
    query = state.link()
    if state.filter_error:
        return success(request, message=state.filter_error, tone="bad", to=reverse("contacts:contact_list"))
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            view = services.save_view(
                name=form.cleaned_data["name"],
                query=query,
                for_team=form.cleaned_data.get("for_team", False),
                member_id=request.member.pk,
                now=request.now,
            )
            message = _("List “%(name)s” saved.") % {"name": view.name}
            return success(request, message=message, to=reverse("contacts:contact_list") + view.query)
    context = {"form": form, "title": _("Save this list"), "save": _("Save"), "back": _back(query)}
    return page(request, "contacts/form_page.html", context)


@allowed(ContactRight.VIEW)
@require_http_methods(["GET", "POST"])
def view_edit(request: WorkspaceRequest, view_id: int) -> HttpResponse:
    """Rename a saved list, share it or take it back."""
    view = _changeable(request, view_id)
    form = _form(request, {"name": view.name, "for_team": view.for_team})
    if request.method == "POST" and form.is_valid():
        with domain_errors_on(form):
            services.update_view(
                view=view,
                name=form.cleaned_data["name"],
                for_team=form.cleaned_data.get("for_team", view.for_team),
            )
            return success(request, message=_("Saved."), to=reverse("contacts:view_list"))
    back = (reverse("contacts:view_list"), _("Saved lists"))
    context = {"form": form, "title": view.name, "save": _("Save"), "back": back}
    return page(request, "contacts/form_page.html", context)


@allowed(ContactRight.VIEW)
@require_POST
def view_delete(request: WorkspaceRequest, view_id: int) -> HttpResponse:
    """Delete a saved list; its customers stay."""
    view = _changeable(request, view_id)
    services.delete_view(view)
    message = _("List “%(name)s” deleted.") % {"name": view.name}
    return success(request, message=message, to=reverse("contacts:view_list"))


def _form(request: WorkspaceRequest, initial: dict[str, object]) -> SavedViewForm:
    posted: QueryDict | None = request.POST if request.method == "POST" else None
    return SavedViewForm(posted, initial=initial, may_share=request.member.can(ContactRight.CONFIGURE))


def _changeable(request: WorkspaceRequest, view_id: int) -> SavedView:
    view = queries.get_saved_view(view_id, member_id=request.member.pk)
    if not _may_change(request, view):
        ensure(request.member, ContactRight.CONFIGURE)
    return view


def _may_change(request: WorkspaceRequest, view: SavedView) -> bool:
    """Return whether the view is the member's own, or they may configure what the team shares."""
    own = view.member_id == request.member.pk and not view.for_team
    return own or request.member.can(ContactRight.CONFIGURE)


def _back(query: str) -> tuple[str, str]:
    return reverse("contacts:contact_list") + query, _("Customers")
