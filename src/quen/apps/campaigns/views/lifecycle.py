"""State changes: a POST each, guarded by the right it needs."""

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
from quen.apps.campaigns.types import CampaignRight
from quen.apps.campaigns.views.fixes import ChecklistRow, checklist_rows
from quen.apps.channels.types import ChecklistLine, CheckSeverity
from quen.apps.delivery.types import DeliveryRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.errors import DomainError
from quen.ui.pages import page, refusals_on, success

_ESTIMATE_TIMEOUT_MS = 8_000


@allowed(DeliveryRight.SEND)
@require_http_methods(["GET", "POST"])
def send(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Ask for confirmation with the number of recipients, then send or schedule."""
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
                actor=request.actor,
                now=request.now,
                expected_updated_at=_expected_updated_at(request),
            )
            message = _("Campaign scheduled.") if campaign.send_at else _("Sending started.")
            return success(request, message=message, to=_campaign_url(campaign))
    try:
        estimate = queries.estimate(
            campaign, workspace=request.workspace, now=request.now, timeout_ms=_ESTIMATE_TIMEOUT_MS
        )
    except DomainError:
        estimate = None  # an audience item no longer exists; the check list names it
    if estimate is not None:
        services.save_estimate(campaign=campaign, estimate=estimate)
    lines = queries.checklist(campaign, workspace=request.workspace, now=request.now, estimate=estimate)
    context = {
        "campaign": campaign,
        "form": form,
        "estimate": estimate,
        "errors": _rows(request, campaign, lines, CheckSeverity.ERROR),
        "warnings": _rows(request, campaign, lines, CheckSeverity.WARNING),
        "sandbox": queries.is_sandboxed(campaign),
        "back": _campaign_url(campaign),
    }
    return page(
        request, "campaigns/send.html", context, part="form" if request.method == "POST" else "dialog"
    )


def _rows(
    request: WorkspaceRequest, campaign: Campaign, lines: list[ChecklistLine], severity: CheckSeverity
) -> list[ChecklistRow]:
    return checklist_rows(request, campaign, [line for line in lines if line.severity is severity])


@allowed(CampaignRight.EDIT)
@require_POST
def unschedule(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Return a scheduled campaign to draft."""
    return _run(request, campaign_id, services.unschedule, _("Returned to draft."))


@allowed(DeliveryRight.SEND)
@require_POST
def pause(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Pause sending; messages already on their way still get their result."""
    return _run(request, campaign_id, services.pause, _("Sending paused. Unsent messages wait."))


@allowed(DeliveryRight.SEND)
@require_POST
def resume(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Resume sending."""
    return _run(request, campaign_id, services.resume, _("Sending resumed."))


@allowed(DeliveryRight.SEND)
@require_POST
def cancel(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Cancel for good."""
    campaign = access.campaign(campaign_id)
    services.cancel(campaign=campaign, actor=request.actor, now=request.now)
    sent = campaign.dispatch_id is not None
    message = (
        _("Campaign cancelled. Messages already sent can't be recalled.")
        if sent
        else _("Campaign cancelled. Nothing was sent.")
    )
    return success(request, message=message, to=_campaign_url(campaign))


@allowed(DeliveryRight.SEND)
@require_POST
def retry(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Retry the unsent part."""
    return _run(request, campaign_id, services.retry, _("Retrying."))


@allowed(CampaignRight.EDIT)
@require_POST
def duplicate(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Create a draft from a campaign."""
    copy = services.duplicate(campaign=access.campaign(campaign_id), actor=request.actor, now=request.now)
    return success(request, message=_("Campaign duplicated."), to=_campaign_url(copy))


@allowed(CampaignRight.EDIT)
@require_POST
def resend_to_unopened(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Create a draft for contacts who did not open it."""
    copy = services.resend_to_unopened(
        campaign=access.campaign(campaign_id), actor=request.actor, now=request.now
    )
    return success(
        request, message=_("Draft created for recipients who didn't open."), to=_campaign_url(copy)
    )


@allowed(CampaignRight.EDIT)
@require_POST
def delete(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Delete a draft or a cancelled campaign; the toast offers to undo it."""
    campaign = access.campaign(campaign_id)
    services.delete(campaign=campaign, actor=request.actor, now=request.now)
    return success(
        request,
        message=_("“%(name)s” deleted.") % {"name": campaign.name},
        undo=reverse("campaigns:restore", args=[campaign.pk]),
        to=reverse("campaigns:campaign_list"),
    )


@allowed(CampaignRight.EDIT)
@require_POST
def restore(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Restore a deleted campaign."""
    campaign = queries.get_deleted(campaign_id)
    services.restore(campaign=campaign, actor=request.actor, now=request.now)
    return success(
        request, message=_("“%(name)s” restored.") % {"name": campaign.name}, to=_campaign_url(campaign)
    )


@allowed(CampaignRight.EDIT)
@require_POST
def archive(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Archive a campaign."""
    return _run(request, campaign_id, services.archive, _("Campaign archived."))


@allowed(CampaignRight.EDIT)
@require_POST
def unarchive(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Return an archived campaign to the list."""
    return _run(request, campaign_id, services.unarchive, _("Campaign unarchived."))


def _expected_updated_at(request: WorkspaceRequest) -> datetime | None:
    """Return ``updated_at`` as the dialog showed it."""
    try:
        return datetime.fromisoformat(request.POST.get("updated_at", ""))
    except ValueError:
        return None


def _run(
    request: WorkspaceRequest, campaign_id: int, action: Callable[..., Any], message: str
) -> HttpResponse:
    campaign = access.campaign(campaign_id)
    action(campaign=campaign, actor=request.actor, now=request.now)
    return success(request, message=message, to=_campaign_url(campaign))


def _campaign_url(campaign: Campaign) -> str:
    return reverse("campaigns:campaign", args=[campaign.pk])
