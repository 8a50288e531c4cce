"""Sessions end when they are not used, and their last use is known."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from quen.apps.accounts import services
from quen.apps.accounts.access import client_of
from quen.apps.accounts.types import SEEN_AT
from quen.core import clock

#: how often the last use of a session is written
_WRITE_SECONDS = 300


class SessionActivityMiddleware:
    """Signs out a session that was idle for longer than the setting allows, and records when it was last used."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response; a request of an idle session is one of a stranger."""
        if request.user.is_authenticated:
            now = clock.now()
            seen_at = request.session.get(SEEN_AT)
            idle_seconds = now.timestamp() - seen_at if isinstance(seen_at, int) else None
            if idle_seconds is not None and idle_seconds > settings.SESSION_IDLE_SECONDS:
                logout(request)
            elif idle_seconds is None or idle_seconds > _WRITE_SECONDS:
                request.session[SEEN_AT] = int(now.timestamp())
                services.touch_session(
                    user=request.user,
                    session_key=request.session.session_key or "",
                    client=client_of(request),
                    now=now,
                )
        return self.get_response(request)
