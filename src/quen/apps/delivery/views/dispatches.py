"""The progress of a dispatch and the actions on it."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.channels.types import ChannelRight
from quen.apps.delivery import access, queries, services
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.types import ACTIVE_STATES, RESTORED, DeliveryRight, DispatchState
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.job_outcomes import UNEXPECTED, unexpected_text
from quen.ui.pages import page, success


@allowed(ChannelRight.VIEW_MESSAGES)
@require_GET
def progress(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Show the progress of a dispatch. Other pages load the partial and keep it up to date."""
    dispatch = access.dispatch_for(request.member, dispatch_id)
    request.topics.append(f"dispatch/{dispatch.pk}")
    counts, error = queries.counts(dispatch.pk), dispatch.error
    context = {
        "dispatch": dispatch,
        "state": DispatchState(dispatch.state).label,
        "active": dispatch.state in ACTIVE_STATES,
        "paused": dispatch.state == DispatchState.PAUSED,
        "failure": unexpected_text(error["reference"]) if error.get("code") == UNEXPECTED else "",
        "restored": error.get("code") == RESTORED,
        "ended": queries.has_ended(dispatch),
        "counts": counts,
        "note": services.sending_note(dispatch, now=request.now, counts=counts),
        "progress": queries.progress(dispatch, request.now, counts=counts),
        "may_manage": request.member.can(DeliveryRight.SEND),
    }
    return page(request, "delivery/dispatch.html", context, part="progress")


@allowed(DeliveryRight.SEND)
@require_POST
def pause(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Pause sending; messages in flight still get their result."""
    return _apply_action(
        request,
        dispatch_id,
        services.pause_dispatch,
        _("Sending paused. Messages already on their way will still arrive."),
    )


@allowed(DeliveryRight.SEND)
@require_POST
def resume(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Resume sending."""
    return _apply_action(request, dispatch_id, services.resume_dispatch, _("Sending resumed."))


@allowed(DeliveryRight.SEND)
@require_POST
def cancel(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Cancel what has not been sent."""
    return _apply_action(
        request, dispatch_id, services.cancel_dispatch, _("Sending cancelled. No more messages will be sent.")
    )


@allowed(DeliveryRight.SEND)
@require_POST
def resolve(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Resolve all uncertain messages the same way."""
    dispatch = access.dispatch_for(request.member, dispatch_id)
    sent = request.POST.get("sent") == "1"
    services.resolve_all_uncertain(dispatch, sent=sent, actor=request.actor, now=request.now)
    message = _("Marked as sent.") if sent else _("The messages will be sent again.")
    return success(request, message=message, event="dispatch:changed")


@allowed(DeliveryRight.SEND)
@require_POST
def retry(request: WorkspaceRequest, dispatch_id: int) -> HttpResponse:
    """Send failed messages again."""
    dispatch = access.dispatch_for(request.member, dispatch_id)
    services.retry_failed(dispatch, actor=request.actor, now=request.now)
    return success(request, message=_("The messages will be sent again."), event="dispatch:changed")


def _apply_action(
    request: WorkspaceRequest, dispatch_id: int, action: Callable[..., Dispatch], message: str | Promise
) -> HttpResponse:
    dispatch = access.dispatch_for(request.member, dispatch_id)
    action(dispatch, actor=request.actor, now=request.now)
    return success(request, message=message, event="dispatch:changed")
