"""The list of workspaces, and creating one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.access import SignedInRequest
from quen.apps.team import queries, registry, services
from quen.apps.team.forms import NewWorkspaceForm
from quen.apps.team.queries import WorkspaceSummary
from quen.apps.team.types import Role, TeamRight
from quen.core.text import clean
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.pages import page, refusals_on, success

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


@login_required
@require_GET
def workspace_list(request: SignedInRequest) -> HttpResponse:
    """List the user's workspaces with their numbers."""
    table = ListTable(
        label=_("Workspaces"),
        columns=[
            Column("name", _("Name"), "title", phone="title", width="w-2/5"),
            Column("state", _("State"), "state", phone="note"),
            Column("role", _("My role"), min_width=44),
            Column("users", _("Users"), "number", min_width=32),
            Column("customers", _("Customers"), "number", phone="side"),
        ],
        rows=[
            Row(
                [
                    Title(summary.workspace.name, avatar=True, picture=summary.workspace.logo),
                    _state(summary),
                    _role(summary),
                    "" if summary.is_away else summary.members,
                    summary.counts.get("contacts"),
                ],
                href=f"/w/{summary.workspace.slug}/",
            )
            for summary in _summaries(request)
        ],
        empty=_no_workspace(request),
    )
    context = {
        "table": table,
        "may_create": accounts_queries.may_create_workspaces(request.user),
        "operators": accounts_queries.operator_names(),
    }
    return page(request, "team/workspaces.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new_workspace(request: SignedInRequest) -> HttpResponse:
    """Create a workspace and go to it. Who may, and how many, are settings of the installation."""
    accounts_services.ensure_may_create_workspace(request.user)
    form = NewWorkspaceForm(request.POST or None, copyable=_copyable_workspaces(request))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            workspace = services.open_workspace(
                owner=request.user, created_by=request.user, now=request.now, **form.cleaned_data
            )
            message = _("Workspace “%(name)s” is ready.") % {"name": workspace.name}
            return success(request, message=message, to=f"/w/{workspace.slug}/")
    return page(request, "team/workspace_new.html", {"form": form})


@login_required
@require_GET
def suggest_slug(request: SignedInRequest) -> HttpResponse:
    """Suggest a free slug while the name is typed."""
    name = clean(request.GET.get("name", ""))
    slug = accounts_services.suggest_slug(name) if name else ""
    form = NewWorkspaceForm(initial={"slug": slug})
    return page(request, "team/workspace_new.html", {"form": form}, part="slug")


def _no_workspace(request: SignedInRequest) -> EmptyState:
    if accounts_queries.may_create_workspaces(request.user):
        text = _(
            "A workspace holds the customers of one brand. Create one, or ask a colleague to invite you."
        )
        return EmptyState(
            _("No workspace yet"), text, button=_("New workspace"), href=reverse("new_workspace")
        )
    return EmptyState(_("No workspace yet"), _("Ask a colleague to invite you to theirs."))


def _summaries(request: SignedInRequest) -> list[WorkspaceSummary]:
    workspaces = accounts_queries.all_workspaces_of(request.user)
    return queries.workspace_summaries(workspaces, user_id=request.user.pk)


def _state(summary: WorkspaceSummary) -> StatusLabel:
    workspace = summary.workspace
    if workspace.paused_at:
        return StatusLabel(_("Paused"), "wait", "pause")
    if summary.is_away:
        return StatusLabel(_("Out of reach"), "bad", "unplug")
    if workspace.delete_after:
        return StatusLabel(_("Being deleted"), "bad", "trash-2")
    if workspace.archived_at:
        return StatusLabel(_("Archived"), icon="archive", faint=True)
    return StatusLabel(_("Active"), "good", "circle-check")


def _role(summary: WorkspaceSummary) -> str:
    return str(Role(summary.role).label) if summary.role else ""


def _copyable_workspaces(request: SignedInRequest) -> list[Workspace]:
    """Return the workspaces whose configuration the user may copy."""
    return [
        summary.workspace
        for summary in _summaries(request)
        if registry.role_has(summary.role, TeamRight.CONFIGURE)
    ]
