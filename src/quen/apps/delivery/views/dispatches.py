"""A dispatch at work: how far it is, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.delivery import access, queries, services
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.types import ACTIVE_STATES, DispatchState
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.pages import page, success


@allowed(Right.VIEW_MESSAGES)
@require_GET
def progress(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Show how far a dispatch is; the part is what other pages load and keep fresh."""
    dispatch = access.dispatch_for(request.member, dispatch_id)
    request.topics.append(f"dispatch/{dispatch.pk}")
    counts = queries.counts(dispatch.pk)
    context = {
        "dispatch": dispatch,
        "state": DispatchState(dispatch.state).label,
        "active": dispatch.state in ACTIVE_STATES,
        "paused": dispatch.state == DispatchState.PAUSED,
        "ended": queries.has_ended(dispatch),
        "counts": counts,
        "progress": queries.progress(dispatch, request.now, counts=counts),
        "may_manage": request.member.can(Right.SEND_CAMPAIGNS),
    }
    return page(request, "delivery/dispatch.html", context, part="progress")


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def pause(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Let nothing leave for now."""
    return _apply_action(
        request, dispatch_id, services.pause_dispatch, _("Paused. What is on the way still arrives.")
    )


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def resume(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Go on."""
    return _apply_action(request, dispatch_id, services.resume_dispatch, _("It goes on."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def cancel(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Give up what has not left."""
    return _apply_action(
        request, dispatch_id, services.cancel_dispatch, _("Cancelled. Nothing more is sent.")
    )


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def resolve(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Say the same of every uncertain message."""
    dispatch = access.dispatch_for(request.member, dispatch_id)
    sent = request.POST.get("sent") == "1"
    services.resolve_all_uncertain(dispatch, sent=sent, actor=request.member, now=request.now)
    message = _("Noted as sent.") if sent else _("They are sent again.")
    return success(request, message=message, event="dispatch:changed")


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def retry(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Try again what failed."""
    dispatch = access.dispatch_for(request.member, dispatch_id)
    services.retry_failed(dispatch, actor=request.member, now=request.now)
    return success(request, message=_("They are sent again."), event="dispatch:changed")


def _apply_action(
    request: WorkspaceRequest, dispatch_id: int, action: Callable[..., Dispatch], message: str | Promise
) -> HttpResponse:
    dispatch = access.dispatch_for(request.member, dispatch_id)
    action(dispatch, actor=request.member, now=request.now)
    return success(request, message=message, event="dispatch:changed")
