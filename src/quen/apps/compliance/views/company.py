"""With which shops of the company this workspace shares refusals and the limit of 24 hours (R-58)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.advertisers import queries as advertisers
from quen.apps.advertisers import services as advertiser_services
from quen.apps.compliance import services
from quen.apps.compliance.forms.company import CompanyCodeForm
from quen.apps.compliance.types import ComplianceRight
from quen.apps.team import queries as team
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, refusals_on, success


@dataclass(frozen=True, slots=True)
class _Shop:
    """A shop of the company as the page lists it."""

    name: str
    since: datetime
    is_this: bool


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def company(request: WorkspaceRequest) -> HttpResponse:
    """Show what is shared with whom; POST asks the owner of another shop."""
    form = CompanyCodeForm(request.POST or None)
    if request.method == "POST":
        services.ensure_owner(request.actor)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.ask_to_join(
                workspace=request.workspace,
                code=form.cleaned_data["code"],
                actor=request.actor,
                now=request.now,
            )
            message = _("Request sent. You'll be notified when the owner responds.")
            return success(request, message=message, to=reverse("compliance:company"))
    link = advertisers.find_link(request.workspace)
    links = advertisers.links_of(link.advertiser) if link is not None and link.leaving_at is None else []
    shares, is_owner = len(links) > 1, team.is_owner(request.actor)
    is_first = bool(links) and links[0].workspace_id == request.workspace.pk
    # Names of other workspaces are for owners only.
    shops = [
        _Shop(each.workspace.name, each.joined_at, each.workspace_id == request.workspace.pk)
        for each in links
    ]
    context = {
        "form": form,
        "is_owner": is_owner,
        "shares": shares,
        "other_shops": len(links) - 1,
        "shops": shops if is_owner else [],
        "is_starting": shares and any(each.ready_at is None for each in links),
        "code": link.advertiser.code if link is not None and is_owner and is_first else "",
        "own_request": advertisers.open_request_of(request.workspace, now=request.now),
        "requests": advertisers.open_requests_to(link.advertiser, now=request.now)
        if link is not None and is_owner and is_first
        else [],
        "request_days": advertiser_services.REQUEST_DAYS,
    }
    return page(request, "compliance/company.html", context)


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def company_code(request: WorkspaceRequest) -> HttpResponse:
    """Create the code for owners of other shops, or replace it."""
    renew = request.POST.get("renew") == "1"
    services.show_code(workspace=request.workspace, renew=renew, actor=request.actor, now=request.now)
    message = _("The old code no longer works.") if renew else ""
    return success(request, message=message, to=reverse("compliance:company"))


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def withdraw_request(request: WorkspaceRequest) -> HttpResponse:
    """Withdraw the workspace's own request."""
    services.withdraw_request(workspace=request.workspace, actor=request.actor, now=request.now)
    return success(request, message=_("Withdrawn."), to=reverse("compliance:company"))


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def accept_request(request: WorkspaceRequest, request_id: int) -> HttpResponse:
    """Accept the request of another shop."""
    _answer(request, request_id, accept=True)
    message = _("Accepted. Opt-outs and the 24-hour limit are shared from now on.")
    return success(request, message=message, to=reverse("compliance:company"))


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def decline_request(request: WorkspaceRequest, request_id: int) -> HttpResponse:
    """Decline the request of another shop."""
    _answer(request, request_id, accept=False)
    return success(request, message=_("Declined."), to=reverse("compliance:company"))


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def leave(request: WorkspaceRequest) -> HttpResponse:
    """Stop sharing."""
    services.leave_company(workspace=request.workspace, actor=request.actor, now=request.now)
    return success(request, message=_("Nothing new is shared any more."), to=reverse("compliance:company"))


def _answer(request: WorkspaceRequest, request_id: int, *, accept: bool) -> None:
    services.answer_request(
        workspace=request.workspace,
        request_id=request_id,
        accept=accept,
        actor=request.actor,
        now=request.now,
    )
