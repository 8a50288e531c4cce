"""Settings of the workspace."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.team import services
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.forms import SettingsForm, shown_settings
from quen.apps.team.types import Right
from quen.ui.pages import done, page, refusals_on


@allowed(Right.CONFIGURE_WORKSPACE)
@require_http_methods(["GET", "POST"])
def settings(request: WorkspaceRequest) -> HttpResponse:
    """Show and change what holds for this workspace."""
    form = SettingsForm(
        request.POST or None, request.FILES or None, initial=shown_settings(request.workspace)
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.change_settings(
                workspace=request.workspace, actor=request.member, now=request.now, **form.cleaned_data
            )
            return done(request, say=_("Settings saved."), to=reverse("team:settings"))
    return page(request, "team/settings.html", {"form": form})
