"""Simulates a customer or a mailbox provider for a sandbox message, through our real public URLs."""

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
    """Request the open pixel as a mail client would. Raises NothingToSimulate, SimulationFailed."""
    url = open_pixel_url(message.html)
    if not is_own_url(url, settings.BASE_URL, "/o/"):
        raise NothingToSimulate()
    _request(urllib.request.Request(url, headers={"User-Agent": user_agent}))  # noqa: S310  # our own URL, checked
    record_simulated(message=message, action=OPENED, now=now)


def simulate_unsubscribe(*, message: SandboxMessage, now: datetime) -> None:
    """POST to the List-Unsubscribe URL as RFC 8058 mailbox providers do. Raises NothingToSimulate, SimulationFailed."""
    url = one_click_url(message.headers)
    if not is_own_url(url, settings.BASE_URL, "/u/"):
        raise NothingToSimulate()
    body = b"List-Unsubscribe=One-Click"
    _request(urllib.request.Request(url, data=body, method="POST"))  # noqa: S310  # our own URL, checked
    record_simulated(message=message, action=UNSUBSCRIBED, now=now)


def _request(request: urllib.request.Request) -> None:
    # Proxies of the environment must not be used to reach ourselves.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
    try:
        with opener.open(request, timeout=_TIMEOUT_SECONDS):
            return
    except urllib.error.HTTPError as error:
        raise SimulationFailed(status=error.code) from error
    except OSError as error:
        raise SimulationFailed(status=str(error.__class__.__name__)) from error
