"""Deleting one's own account."""

from __future__ import annotations

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from quen.apps.accounts.access import SignedInRequest
from quen.apps.team import queries, services
from quen.apps.team.forms import DeleteAccountForm
from quen.ui.pages import page, refusals_on, success


@login_required
@require_http_methods(["GET", "POST"])
def delete_account(request: SignedInRequest) -> HttpResponse:
    """Show what happens when the account is deleted; delete it and sign out."""
    user = request.user
    form = DeleteAccountForm(request.POST if request.method == "POST" else None, user=user)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.delete_account(user=user, now=request.now)
            logout(request)
            return success(request, message=_("Your account was deleted."), to=reverse("account_login"))
    context = {"form": form, "owned_alone": queries.workspaces_owned_alone(user)}
    return page(request, "team/delete_account.html", context)
