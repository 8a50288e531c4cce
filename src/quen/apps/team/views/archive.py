"""Archiving, restoring and deleting the workspace."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.team import queries, services
from quen.apps.team.access import WorkspaceRequest, allowed, works_in_archive
from quen.apps.team.forms import DeleteWorkspaceForm
from quen.apps.team.types import TeamRight
from quen.ui.pages import page, refusals_on, success
from quen.ui.tags.filters import num


@allowed(TeamRight.CONFIGURE)
@works_in_archive
@require_http_methods(["GET", "POST"])
def archive(request: WorkspaceRequest) -> HttpResponse:
    """Show what archiving and deleting do; archive the workspace."""
    if request.method == "POST":
        services.archive_workspace(
            workspace=request.workspace, actor=request.actor, user=request.user, now=request.now
        )
        return success(request, message=_("Workspace archived."), to=reverse("team:archive"))
    return _archive_page(request, DeleteWorkspaceForm(user=request.user))


@allowed(TeamRight.CONFIGURE)
@works_in_archive
@require_POST
def unarchive(request: WorkspaceRequest) -> HttpResponse:
    """Restore the workspace from the archive."""
    services.unarchive_workspace(
        workspace=request.workspace, actor=request.actor, user=request.user, now=request.now
    )
    return success(request, message=_("Workspace restored."), to=reverse("team:archive"))


@allowed(TeamRight.CONFIGURE)
@works_in_archive
@require_POST
def deletion(request: WorkspaceRequest) -> HttpResponse:
    """Have the workspace deleted after the grace period."""
    form = DeleteWorkspaceForm(request.POST, user=request.user)
    if form.is_valid():
        with refusals_on(form):
            services.request_deletion(
                workspace=request.workspace,
                name=form.cleaned_data["name"],
                actor=request.actor,
                user=request.user,
                now=request.now,
            )
            message = _("The workspace will be deleted. Until then an owner can restore it.")
            return success(request, message=message, to=reverse("team:archive"))
    return _archive_page(request, form)


def _archive_page(request: WorkspaceRequest, form: DeleteWorkspaceForm) -> HttpResponse:
    context = {
        "form": form,
        "is_owner": queries.is_owner(request.actor),
        "owners": queries.owner_names(),
        "days": num(settings.WORKSPACE_DELETION_DAYS),
    }
    return page(request, "team/archive.html", context)
