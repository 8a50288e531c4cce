"""The list of forms, and what is done with a form as a whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.signup import queries, services
from quen.apps.signup.access import own_form
from quen.apps.signup.forms import NameForm
from quen.apps.signup.models import SignupForm
from quen.apps.signup.types import FormContent, FormKind, FormNotReady, SignupRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.pages import page, refusals_on, success
from quen.ui.tags.filters import percent

REPORT_DAYS = 30


@allowed(SignupRight.VIEW)
@require_GET
def form_list(request: WorkspaceRequest) -> HttpResponse:
    """List the forms with what they brought in 30 days."""
    found = list(queries.forms())
    since = request.now - timedelta(days=REPORT_DAYS)
    figures = queries.summaries([form.pk for form in found], since=since)
    context = {
        "table": ListTable(
            label=_("Sign-up forms"),
            columns=[
                Column("name", _("Form"), "title", phone="title", width="w-2/5"),
                Column("views", _("Views, 30 days"), "number", min_width=44, phone="note", unit=_("views")),
                Column("sent", _("Registrations"), "number", phone="foot", unit=_("registrations")),
                Column("rate", _("Rate"), min_width=50, align="right"),
                Column("state", _("State"), "state", phone="side"),
            ],
            rows=[_row(form, figures.get(form.pk, queries.Figures())) for form in found],
            empty=EmptyState(_("No forms yet")),
            full_page=True,
        ),
        "none": not found,
        "may_edit": request.member.can(SignupRight.EDIT),
    }
    return page(request, "signup/list.html", context)


@allowed(SignupRight.EDIT)
@require_http_methods(["GET", "POST"])
def form_new(request: WorkspaceRequest) -> HttpResponse:
    """Create a form of ours, or the address for one of another system."""
    is_external = (request.POST or request.GET).get("kind") == FormKind.EXTERNAL
    form = NameForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            kind = FormKind.EXTERNAL if is_external else FormKind.OWN
            content = FormContent(double_opt_in=False) if is_external else None
            made = services.create_form(
                **form.cleaned_data, kind=kind.value, content=content, actor=request.actor, now=request.now
            )
            return success(request, message=_("Form created."), to=page_of(made))
    return page(request, "signup/new.html", {"form": form, "is_external": is_external})


@allowed(SignupRight.EDIT)
@require_http_methods(["GET", "POST"])
def form_name(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Rename a form."""
    found = queries.get_form(form_id)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.rename_form(form=found, **form.cleaned_data, actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=page_of(found))
    return page(request, "signup/name.html", {"form": form, "found": found, "back": page_of(found)})


@allowed(SignupRight.PUBLISH)
@require_POST
def publish(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Make the draft what customers see."""
    found = queries.get_form(form_id)
    try:
        services.publish(form=found, actor=request.actor, now=request.now)
    except FormNotReady as refusal:
        return success(request, message=str(refusal), to=page_of(found), tone="bad")
    return success(request, message=_("Published. Customers see it now."), to=page_of(found))


@allowed(SignupRight.EDIT)
@require_POST
def review(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Ask those who may publish."""
    found = own_form(form_id)
    services.ask_for_review(form=found, actor=request.actor, now=request.now)
    return success(request, message=_("Those who may publish have been told."), to=page_of(found))


@allowed(SignupRight.EDIT)
@require_POST
def discard(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Put the draft back to what customers see."""
    found = own_form(form_id)
    services.discard_changes(form=found, actor=request.actor, now=request.now)
    return success(request, message=_("Changes discarded."), to=page_of(found))


@allowed(SignupRight.PUBLISH)
@require_POST
def close(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Close a form."""
    found = queries.get_form(form_id)
    services.close_form(form=found, actor=request.actor, now=request.now)
    return success(request, message=_("Form closed."), to=page_of(found))


@allowed(SignupRight.PUBLISH)
@require_POST
def reopen(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Open a form again."""
    found = queries.get_form(form_id)
    services.open_form(form=found, actor=request.actor, now=request.now)
    return success(request, message=_("Form opened."), to=page_of(found))


@allowed(SignupRight.PUBLISH)
@require_POST
def delete(request: WorkspaceRequest, form_id: int) -> HttpResponse:
    """Delete a form that nobody has used."""
    services.delete_form(form=queries.get_form(form_id), actor=request.actor, now=request.now)
    return success(request, message=_("Form deleted."), to=reverse("signup:form_list"))


def page_of(form: SignupForm) -> str:
    """Return the page on which a form is edited."""
    return reverse("signup:setup" if queries.is_external(form) else "signup:form", args=[form.pk])


def form_state(form: SignupForm) -> StatusLabel:
    """Return whether a form is open."""
    if form.closed_at is not None:
        return StatusLabel(_("Closed"), "", "circle-minus")
    if form.is_open:
        return StatusLabel(pgettext("state of a form", "Open"), "good", "circle-check")
    return StatusLabel(_("Draft"), "wait", "circle-dashed")


def head(request: WorkspaceRequest, found: SignupForm) -> dict[str, Any]:
    """Return what the head of each page of a form shows."""
    since = request.now - timedelta(days=REPORT_DAYS)
    is_external = queries.is_external(found)
    pages = [
        ("signup:setup", _("Set up")) if is_external else ("signup:form", _("Form editor")),
        ("signup:report", _("Report")),
        ("signup:submissions", _("Submissions")),
    ]
    if request.member.can(SignupRight.HANDLE) and not is_external and found.is_open:
        pages.append(("signup:counter", _("At the counter")))
    here = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "found": found,
        "state": form_state(found),
        "figures": queries.summaries([found.pk], since=since)[found.pk],
        "is_external": is_external,
        "form_pages": [
            {"href": reverse(name, args=[found.pk]), "text": text, "on": name == here} for name, text in pages
        ],
        "may_edit": request.member.can(SignupRight.EDIT),
        "may_publish": request.member.can(SignupRight.PUBLISH),
        "may_handle": request.member.can(SignupRight.HANDLE),
    }


def _row(form: SignupForm, figures: queries.Figures) -> Row:
    note = _("Form of another system") if queries.is_external(form) else ""
    return Row(
        [
            Title(form.name, note=note),
            figures.views,
            figures.submissions,
            percent(figures.rate) if figures.rate is not None else "–",
            form_state(form),
        ],
        key=form.pk,
        name=form.name,
        href=page_of(form),
    )
