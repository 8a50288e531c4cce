"""Doing to a sandbox message what a customer or a mailbox provider would do, by the real public addresses."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime

from django.conf import settings

from quen.apps.channels.models import SandboxMessage
from quen.apps.channels.rules.sandbox_preview import is_own_url, one_click_url, open_pixel_url
from quen.apps.channels.services.sandbox import record_simulated
from quen.apps.channels.types import NothingToSimulate, SimulationFailed

_TIMEOUT_SECONDS = 10
OPENED, UNSUBSCRIBED = "opened", "unsubscribed"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


def simulate_open(*, message: SandboxMessage, user_agent: str, now: datetime) -> None:
    """Fetch the open pixel as a mail program would. Raises NothingToPlay, NoAnswerPlayed."""
    url = open_pixel_url(message.html)
    if not is_own_url(url, settings.BASE_URL, "/o/"):
        raise NothingToSimulate()
    _request(urllib.request.Request(url, headers={"User-Agent": user_agent}))  # noqa: S310  # ours, checked
    record_simulated(message=message, action=OPENED, now=now)


def simulate_unsubscribe(*, message: SandboxMessage, now: datetime) -> None:
    """Post to List-Unsubscribe as RFC 8058 has mailbox providers do. Raises NothingToPlay, NoAnswerPlayed."""
    url = one_click_url(message.headers)
    if not is_own_url(url, settings.BASE_URL, "/u/"):
        raise NothingToSimulate()
    body = b"List-Unsubscribe=One-Click"
    _request(urllib.request.Request(url, data=body, method="POST"))  # noqa: S310  # ours, checked
    record_simulated(message=message, action=UNSUBSCRIBED, now=now)


def _request(request: urllib.request.Request) -> None:
    # No proxy of the environment stands between us and ourselves.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS):
            return
    except urllib.error.HTTPError as error:
        raise SimulationFailed(status=error.code) from error
    except OSError as error:
        raise SimulationFailed(status=str(error.__class__.__name__)) from error
