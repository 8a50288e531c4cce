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
from quen.apps.accounts.access import OpenRequest
from quen.apps.team import services
from quen.apps.team.forms import JoinForm
from quen.apps.team.types import Role
from quen.ui.pages import done, page, refusals_on

if TYPE_CHECKING:
    from quen.apps.accounts.models import Invitation, User


@never_cache
@require_http_methods(["GET", "POST"])
def invitation(request: OpenRequest, token: str) -> HttpResponse:
    """Let an invited person in: by confirming, by signing in first, or with a new account."""
    found = accounts_services.get_invitation(token, now=request.now)
    if request.user.is_authenticated:
        return _confirm(request, request.user, found)
    if accounts_queries.find_user(found.email):
        return page(request, "team/join.html", _told(found) | {"way": "sign_in"})
    return _new_person(request, found)


def _confirm(request: OpenRequest, user: User, found: Invitation) -> HttpResponse:
    mine = user.email.lower() == found.email.lower()
    if request.method == "POST":
        services.join(invitation=found, user=user, now=request.now)
        return _welcome(request, found)
    return page(request, "team/join.html", _told(found) | {"way": "confirm" if mine else "other"})


def _new_person(request: OpenRequest, found: Invitation) -> HttpResponse:
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            user = services.join_as_new(
                invitation=found,
                language=translation.get_language() or "vi",
                now=request.now,
                **form.cleaned_data,
            )
            login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
            return _welcome(request, found)
    return page(request, "team/join.html", _told(found) | {"way": "new", "form": form})


def _welcome(request: OpenRequest, found: Invitation) -> HttpResponse:
    said = _("Welcome to “%(workspace)s”.") % {"workspace": found.workspace.name}
    return done(request, say=said, to=f"/w/{found.workspace.slug}/")


def _told(found: Invitation) -> dict[str, object]:
    return {"invitation": found, "role": str(Role(found.role).label)}
