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
from quen.apps.campaigns.types import Weight
from quen.apps.channels import queries as channels
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError
from quen.ui.pages import done, page, refusals_on

_LOOK_MS = 8_000


@allowed(Right.SEND_CAMPAIGNS)
@require_http_methods(["GET", "POST"])
def sending(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Ask once more, with the number of people; then send or schedule."""
    found = access.draft(campaign_id)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            look = queries.counted(found)
            verb = services.schedule if found.send_at else services.send_now
            verb(
                campaign=found,
                workspace=request.workspace,
                look=look,
                actor=request.member,
                now=request.now,
                seen=_seen(request),
            )
            said = _("It is scheduled.") if found.send_at else _("It is on its way.")
            return done(request, say=said, to=_page_of(found))
    try:
        look = queries.look_at(found, workspace=request.workspace, now=request.now, timeout_ms=_LOOK_MS)
    except DomainError:
        look = None  # a piece of the audience is gone: the check list says which
    if look is not None:
        services.note_look(campaign=found, look=look)
    lines = queries.checklist(found, workspace=request.workspace, now=request.now, look=look)
    connection = channels.find_active("email")
    context = {
        "campaign": found,
        "form": form,
        "look": look,
        "faults": [line for line in lines if line.weight is Weight.BLOCKS],
        "warnings": [line for line in lines if line.weight is Weight.WARNS],
        "sandbox": connection is not None and connection.adapter == channels.SANDBOX,
        "back": _page_of(found),
    }
    return page(
        request, "campaigns/sending.html", context, part="form" if request.method == "POST" else "dialog"
    )


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def draft(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Take a scheduled campaign back to draft."""
    return _act(request, campaign_id, services.take_back, _("It is a draft again."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def pause(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Hold on."""
    return _act(request, campaign_id, services.pause, _("Paused. What waits stays where it is."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def resumption(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Go on."""
    return _act(request, campaign_id, services.resume, _("It goes on."))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def cancellation(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Stop for good."""
    found = access.campaign(campaign_id)
    services.cancel(campaign=found, actor=request.member, now=request.now)
    sent = found.launch_id is not None
    say = _("Cancelled. What was handed over is not recalled.") if sent else _("Cancelled; nothing was sent.")
    return done(request, say=say, to=_page_of(found))


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def retry(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Try the unsent part again."""
    return _act(request, campaign_id, services.retry, _("It is tried again."))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def copies(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Make a new draft of it."""
    made = services.copy(campaign=access.campaign(campaign_id), actor=request.member, now=request.now)
    return done(request, say=_("This is the copy."), to=_page_of(made))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def unopened(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Make a draft for those who did not open it."""
    made = services.resend_to_unopened(
        campaign=access.campaign(campaign_id), actor=request.member, now=request.now
    )
    return done(request, say=_("A draft for those who did not open it."), to=_page_of(made))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def removal(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Delete a draft or a cancelled campaign; the toast brings it back."""
    found = access.campaign(campaign_id)
    services.delete(campaign=found, actor=request.member, now=request.now)
    return done(
        request,
        say=_("“%(name)s” is deleted.") % {"name": found.name},
        undo=reverse("campaigns:restoration", args=[found.pk]),
        to=reverse("campaigns:campaign_list"),
    )


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def restoration(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Bring a deleted campaign back."""
    found = queries.get_deleted(campaign_id)
    services.restore(campaign=found, actor=request.member, now=request.now)
    return done(request, say=_("“%(name)s” is back.") % {"name": found.name}, to=_page_of(found))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def archive(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Put it out of the way."""
    return _act(request, campaign_id, services.archive, _("It is in the archive."))


@allowed(Right.EDIT_CAMPAIGNS)
@require_POST
def unarchive(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Bring it back from the archive."""
    return _act(request, campaign_id, services.unarchive, _("It is in the list again."))


def _seen(request: WorkspaceRequest) -> datetime | None:
    """Give when the campaign was changed last, as the dialog showed it."""
    try:
        return datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        return None


def _act(request: WorkspaceRequest, campaign_id: int, verb: Callable[..., Any], say: str) -> HttpResponse:
    found = access.campaign(campaign_id)
    verb(campaign=found, actor=request.member, now=request.now)
    return done(request, say=say, to=_page_of(found))


def _page_of(found: Campaign) -> str:
    return reverse("campaigns:campaign", args=[found.pk])
