"""Accepting an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.access import PublicRequest
from quen.apps.team import services
from quen.apps.team.forms import JoinForm
from quen.apps.team.types import Role
from quen.ui.pages import page, refusals_on, success

if TYPE_CHECKING:
    from quen.apps.accounts.models import Invitation, User


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: PublicRequest, token: str) -> HttpResponse:
    """Accept an invitation: signed in, after signing in, or with a new account."""
    found = accounts_services.get_invitation(token, now=request.now)
    if request.user.is_authenticated:
        return _confirm(request, request.user, found)
    if accounts_queries.find_user(found.email):
        return page(request, "team/join.html", _context(found) | {"must_sign_in": True})
    return _sign_up(request, found)


def _confirm(request: PublicRequest, user: User, found: Invitation) -> HttpResponse:
    mine = user.email.lower() == found.email.lower()
    if request.method == "POST":
        services.accept_invitation(invitation=found, user=user, now=request.now)
        return _welcome(request, found)
    return page(request, "team/join.html", _context(found) | {"may_join": mine, "is_wrong_user": not mine})


def _sign_up(request: PublicRequest, found: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            user = services.sign_up_and_join(
                invitation=found,
                language=translation.get_language() or "vi",
                now=request.now,
                **form.cleaned_data,
            )
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return _welcome(request, found)
    return page(request, "team/join.html", _context(found) | {"form": form})


def _welcome(request: PublicRequest, found: Invitation) -> HttpResponse:
    message = _("Welcome to “%(workspace)s”.") % {"workspace": found.workspace.name}
    return success(request, message=message, to=f"/w/{found.workspace.slug}/")


def _context(found: Invitation) -> dict[str, object]:
    return {"invitation": found, "role": str(Role(found.role).label)}
