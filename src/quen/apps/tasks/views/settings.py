"""When advertising calls are made."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.compliance.types import ComplianceRight
from quen.apps.tasks import queries, services
from quen.apps.tasks.forms import CallHoursForm
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, refusals_on, success


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def call_hours(request: WorkspaceRequest) -> HttpResponse:
    """Change the hours of advertising calls, within those of the law."""
    form = CallHoursForm(request.POST if request.method == "POST" else None, settings=queries.task_settings())
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.update_call_hours(**form.cleaned_data, actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=reverse("tasks:call_hours"))
    return page(request, "tasks/settings.html", {"form": form})
