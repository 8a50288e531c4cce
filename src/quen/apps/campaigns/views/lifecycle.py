"""From state to state: each a POST to a thing, each guarded by the right it needs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import Severity
from quen.apps.channels import queries as channels
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError
from quen.ui.pages import page, refusals_on, success

_ESTIMATE_TIMEOUT_MS = 8_000


@allowed(Right.SEND_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def send(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Ask once more, with the number of people; then send or schedule."""
    campaign = access.draft(campaign_id)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            estimate = queries.last_estimate(campaign)
            action = services.schedule if campaign.send_at else services.send_now
            action(
                campaign=campaign,
                workspace=request.workspace,
                estimate=estimate,
                actor=request.member,
                now=request.now,
                expected_updated_at=_expected_updated_at(request),
            )
            message = _("It is scheduled.") if campaign.send_at else _("It is on its way.")
            return success(request, message=message, to=_campaign_url(campaign))
    try:
        estimate = queries.estimate(
            campaign, workspace=request.workspace, now=request.now, timeout_ms=_ESTIMATE_TIMEOUT_MS
        )
    except DomainError:
        estimate = None  # a piece of the audience is gone: the check list says which
    if estimate is not None:
        services.save_estimate(campaign=campaign, estimate=estimate)
    lines = queries.checklist(campaign, workspace=request.workspace, now=request.now, estimate=estimate)
    connection = channels.find_active_connection("email")
    context = {
        "campaign": campaign,
        "form": form,
        "estimate": estimate,
        "errors": [line for line in lines if line.severity is Severity.ERROR],
        "warnings": [line for line in lines if line.severity is Severity.WARNING],
        "sandbox": connection is not None and connection.adapter == channels.SANDBOX,
        "back": _campaign_url(campaign),
    }
    return page(
        request, "campaigns/send.html", context, part="form" if request.method == "POST" else "dialog"
    )


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def unschedule(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Take a scheduled campaign back to draft."""
    return _run(request, campaign_id, services.unschedule, _("It is a draft again."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def pause(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Hold on."""
    return _run(request, campaign_id, services.pause, _("Paused. What waits stays where it is."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def resume(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Go on."""
    return _run(request, campaign_id, services.resume, _("It goes on."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def cancel(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Stop for good."""
    campaign = access.campaign(campaign_id)
    services.cancel(campaign=campaign, actor=request.member, now=request.now)
    sent = campaign.dispatch_id is not None
    message = (
        _("Cancelled. What was handed over is not recalled.") if sent else _("Cancelled; nothing was sent.")
    )
    return success(request, message=message, to=_campaign_url(campaign))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def retry(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Try the unsent part again."""
    return _run(request, campaign_id, services.retry, _("It is tried again."))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def duplicate(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Make a new draft of it."""
    copy = services.duplicate(campaign=access.campaign(campaign_id), actor=request.member, now=request.now)
    return success(request, message=_("This is the copy."), to=_campaign_url(copy))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def resend_to_unopened(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Make a draft for those who did not open it."""
    copy = services.resend_to_unopened(
        campaign=access.campaign(campaign_id), actor=request.member, now=request.now
    )
    return success(request, message=_("A draft for those who did not open it."), to=_campaign_url(copy))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def delete(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Delete a draft or a cancelled campaign; the toast brings it back."""
    campaign = access.campaign(campaign_id)
    services.delete(campaign=campaign, actor=request.member, now=request.now)
    return success(
        request,
        message=_("“%(name)s” is deleted.") % {"name": campaign.name},
        undo=reverse("campaigns:restore", args=[campaign.pk]),
        to=reverse("campaigns:campaign_list"),
    )


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def restore(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Bring a deleted campaign back."""
    campaign = queries.get_deleted(campaign_id)
    services.restore(campaign=campaign, actor=request.member, now=request.now)
    return success(
        request, message=_("“%(name)s” is back.") % {"name": campaign.name}, to=_campaign_url(campaign)
    )


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def archive(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Put it out of the way."""
    return _run(request, campaign_id, services.archive, _("It is in the archive."))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def unarchive(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Bring it back from the archive."""
    return _run(request, campaign_id, services.unarchive, _("It is in the list again."))


def _expected_updated_at(request: WorkspaceRequest) -> datetime | None:
    """Give when the campaign was changed last, as the dialog showed it."""
    try:
        return datetime.fromisoformat(request.POST.get("updated_at", ""))
    except ValueError:
        return None


def _run(
    request: WorkspaceRequest, campaign_id: int, action: Callable[..., Any], message: str
) -> HttpResponse:
    campaign = access.campaign(campaign_id)
    action(campaign=campaign, actor=request.member, now=request.now)
    return success(request, message=message, to=_campaign_url(campaign))


def _campaign_url(campaign: Campaign) -> str:
    return reverse("campaigns:campaign", args=[campaign.pk])
