"""The rules of sending and the anti-spam policy."""

from __future__ import annotations

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.compliance import queries, services
from quen.apps.compliance.forms.rules import RulesForm, rules_initial
from quen.apps.compliance.types import TERMS_VERSION
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.pages import done, page, refusals_on


@allowed(Right.CONFIGURE_SENDING)
@require_http_methods(["GET", "POST"])
def rules(request: WorkspaceRequest) -> HttpResponse:
    """Show and change what stands in every message, with the footer as readers see it."""
    held = queries.rules()
    form = RulesForm(request.POST or None, initial=rules_initial(held, request.workspace))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.change_rules(**form.values(), actor=request.member, now=request.now)
            return done(request, say=_("Saved."), to=reverse("compliance:rules"))
    shop = request.workspace.brand or request.workspace.name
    context = {
        "form": form,
        "sender": queries.sender_block(request.workspace),
        "gap": "…",
        "footers": [
            (language, name, str(form[f"reminder_{language}"].value()).replace("{shop}", shop))
            for language, name in (("vi", "Tiếng Việt"), ("en", "English"))
        ],
        "written": bool(held.reminders),
        "may_change_sender": request.member.can(Right.CONFIGURE_WORKSPACE),
    }
    return page(request, "compliance/rules.html", context)


@allowed(Right.CONFIGURE_SENDING)
@require_http_methods(["GET", "POST"])
def terms(request: WorkspaceRequest) -> HttpResponse:
    """Show the anti-spam policy, who accepted it, and accept it (ACC-15)."""
    if request.method == "POST":
        services.accept_terms(actor=request.member, now=request.now)
        return done(request, say=_("Accepted."), to=reverse("compliance:terms"))
    accepted = list(queries.acceptances()[:50])
    context = {
        "version": TERMS_VERSION,
        "accepted": accepted,
        "holds": queries.terms_accepted(),
        "mine": any(
            each.member_id == request.member.pk and each.version == TERMS_VERSION for each in accepted
        ),
    }
    return page(request, "compliance/terms.html", context)
