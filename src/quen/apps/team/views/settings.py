"""Settings of the workspace."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.team import services
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.forms import LOGO_MAX_BYTES, SettingsForm, initial_settings
from quen.apps.team.types import TeamRight
from quen.core.uploads import accepts_files
from quen.ui.pages import page, refusals_on, success


@allowed(TeamRight.CONFIGURE)
@accepts_files(lambda: 10 * LOGO_MAX_BYTES)
@require_http_methods(["GET", "POST"])
def settings(request: WorkspaceRequest) -> HttpResponse:
    """Show and change the workspace's settings."""
    form = SettingsForm(
        request.POST or None, request.FILES or None, initial=initial_settings(request.workspace)
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.change_settings(
                workspace=request.workspace, actor=request.actor, now=request.now, **form.cleaned_data
            )
            return success(request, message=_("Settings saved."), to=reverse("team:settings"))
    return page(request, "team/settings.html", {"form": form})
