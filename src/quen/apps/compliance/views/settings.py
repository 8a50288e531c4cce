"""The sending settings and the anti-spam policy."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.forms.settings import FirstSendingForm, SendingSettingsForm, initial_values
from quen.apps.compliance.types import TERMS_VERSION, ComplianceRight
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.apps.team.types import TeamRight
from quen.ui.pages import page, refusals_on, success


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def sending_settings(request: WorkspaceRequest) -> HttpResponse:
    """Show and change the sending settings, with a preview of the footer."""
    settings = queries.sending_settings()
    policies = registry.used_policies()
    rules = [queries.channel_rules(policy.channel) for policy in policies]
    form = SendingSettingsForm(
        request.POST or None,
        policies=policies,
        initial=initial_values(settings, rules, request.workspace),
    )
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.update_sending_settings(**form.values(), actor=request.actor, now=request.now)
            return success(request, message=_("Saved."), to=reverse("compliance:settings"))
    shop = request.workspace.brand or request.workspace.name
    context = {
        "form": form,
        "channels": list(form.channels()),
        "sender": queries.sender_block(request.workspace),
        "placeholder": "…",
        "footers": [
            (language, name, str(form[f"permission_reminder_{language}"].value()).replace("{shop}", shop))
            for language, name in (("vi", "Tiếng Việt"), ("en", "English"))
        ],
        "is_saved": bool(settings.permission_reminders),
        "may_change_sender": request.member.can(TeamRight.CONFIGURE),
    }
    return page(request, "compliance/settings.html", context)


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def terms(request: WorkspaceRequest) -> HttpResponse:
    """Show the anti-spam policy and who accepted it; POST accepts it (ACC-15)."""
    if request.method == "POST":
        services.accept_terms(actor=request.actor, now=request.now)
        return success(request, message=_("Accepted."), to=reverse("compliance:terms"))
    accepted = list(queries.acceptances()[:50])
    context = {
        "version": TERMS_VERSION,
        "accepted": accepted,
        "is_accepted": queries.terms_accepted(),
        "accepted_by_me": any(
            each.member_id == request.member.pk and each.version == TERMS_VERSION for each in accepted
        ),
    }
    return page(request, "compliance/terms.html", context)


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def first_sending(request: WorkspaceRequest) -> HttpResponse:
    """Ask on one page for all that has to be settled before the first message, then go back to ``to``."""
    ensure(request.member, TeamRight.CONFIGURE)
    settings, given = queries.sending_settings(), request.POST or request.GET
    form = FirstSendingForm.of(request.POST or None, request.workspace, settings)
    to = given.get("to", "")
    if not (to.startswith("/") and url_has_allowed_host_and_scheme(to, None)):
        to = ""
    if request.method == "POST" and form.is_valid():
        with refusals_on(form), transaction.atomic():
            workspace = team.change_settings(
                workspace=request.workspace, actor=request.actor, now=request.now, **form.sender()
            )
            services.update_sending_settings(
                permission_reminders=form.reminders(workspace, settings),
                bot_open_seconds=settings.bot_open_seconds,
                actor=request.actor,
                now=request.now,
            )
            services.accept_terms(actor=request.actor, now=request.now)
            return success(
                request, message=_("Saved. You can send now."), to=to or reverse("compliance:settings")
            )
    context = {"form": form, "version": TERMS_VERSION, "to": to}
    return page(request, "compliance/first_sending.html", context)
