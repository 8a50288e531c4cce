"""Uploading the do-not-advertise register."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from quen.apps.compliance import services
from quen.apps.compliance.forms.register import MAX_BYTES, RegisterForm
from quen.apps.compliance.types import ComplianceRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.uploads import accepts_files
from quen.ui.pages import page


@allowed(ComplianceRight.CONFIGURE)
@accepts_files(lambda: MAX_BYTES)
@require_http_methods(["GET", "POST"])
def upload_register(request: WorkspaceRequest) -> HttpResponse:
    """Suppress the numbers of a file for advertising, and show what changed."""
    posted = request.method == "POST"
    form = RegisterForm(request.POST if posted else None, request.FILES if posted else None)
    outcome = None
    if posted and form.is_valid():
        outcome = services.upload_register(
            numbers=form.cleaned_data["numbers"],
            channels=form.cleaned_data["channels"],
            replaces=form.cleaned_data["replaces"],
            note=form.cleaned_data["file"].name[:300],
            actor=request.actor,
            now=request.now,
        )
    context = {"form": form, "outcome": outcome, "unread": form.unread}
    return page(request, "compliance/register.html", context)
