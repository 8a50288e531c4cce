"""Access to pages outside workspaces."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse

from quen.apps.accounts.models import User


class SignedInRequest(HttpRequest):
    """A request of a signed-in user."""

    user: User
    now: datetime


class PublicRequest(HttpRequest):
    """A request that may be anonymous."""

    user: User | AnonymousUser
    now: datetime


def operators_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Restrict a view to operators; for everybody else the page does not exist (404)."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not cast("User", request.user).is_operator:
            raise Http404
        return view(request, *args, **kwargs)

    return cast("Callable[..., HttpResponse]", guarded)
