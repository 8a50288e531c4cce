"""A launch at work: how far it is, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.delivery import access, queries, services
from quen.apps.delivery.models import Launch
from quen.apps.delivery.types import AT_WORK, LaunchState
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.pages import done, page


@allowed(Right.VIEW_MESSAGES)
@require_GET
def progress(request: WorkspaceRequest, launch_id: int) -> HttpResponse:
    """Show how far a launch is; the part is what other pages load and keep fresh."""
    launch = access.launch_for(request.member, launch_id)
    request.topics.append(f"launch/{launch.pk}")
    numbers = queries.figures(launch.pk)
    context = {
        "launch": launch,
        "state": LaunchState(launch.state).label,
        "at_work": launch.state in AT_WORK,
        "paused": launch.state == LaunchState.PAUSED,
        "over": queries.is_over(launch),
        "numbers": numbers,
        "pace": queries.pace(launch, request.now, numbers=numbers),
        "may_steer": request.member.can(Right.SEND_CAMPAIGNS),
    }
    return page(request, "delivery/launch.html", context, part="progress")


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def pause(request: WorkspaceRequest, launch_id: int) -> HttpResponse:
    """Let nothing leave for now."""
    return _steer(request, launch_id, services.pause_launch, _("Paused. What is on the way still arrives."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def resumption(request: WorkspaceRequest, launch_id: int) -> HttpResponse:
    """Go on."""
    return _steer(request, launch_id, services.resume_launch, _("It goes on."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def cancellation(request: WorkspaceRequest, launch_id: int) -> HttpResponse:
    """Give up what has not left."""
    return _steer(request, launch_id, services.cancel_launch, _("Cancelled. Nothing more is sent."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def settlement(request: WorkspaceRequest, launch_id: int) -> HttpResponse:
    """Say the same of every uncertain message."""
    launch = access.launch_for(request.member, launch_id)
    sent = request.POST.get("sent") == "1"
    services.settle_all_uncertain(launch, sent=sent, actor=request.member, now=request.now)
    said = _("Noted as sent.") if sent else _("They are sent again.")
    return done(request, say=said, event="launch:changed")


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def retry(request: WorkspaceRequest, launch_id: int) -> HttpResponse:
    """Try again what failed."""
    launch = access.launch_for(request.member, launch_id)
    services.retry_failed(launch, actor=request.member, now=request.now)
    return done(request, say=_("They are sent again."), event="launch:changed")


def _steer(
    request: WorkspaceRequest, launch_id: int, deed: Callable[..., Launch], said: str | Promise
) -> HttpResponse:
    launch = access.launch_for(request.member, launch_id)
    deed(launch, actor=request.member, now=request.now)
    return done(request, say=said, event="launch:changed")
