"""Doing to a sandbox message what a customer or a mailbox provider would do, by the real public addresses."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime

from django.conf import settings

from quen.apps.channels.models import SandboxMessage
from quen.apps.channels.rules.showing import is_ours, one_click_address, open_address
from quen.apps.channels.services.sandbox import note_played
from quen.apps.channels.types import NoAnswerPlayed, NothingToPlay

_SECONDS = 10
OPENED, UNSUBSCRIBED = "opened", "unsubscribed"


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


def open_as_customer(*, message: SandboxMessage, agent: str, now: datetime) -> None:
    """Fetch the open pixel as a mail program would. Raises NothingToPlay, NoAnswerPlayed."""
    url = open_address(message.html)
    if not is_ours(url, settings.BASE_URL, "/o/"):
        raise NothingToPlay()
    _ask(urllib.request.Request(url, headers={"User-Agent": agent}))  # noqa: S310  # ours, checked
    note_played(message=message, what=OPENED, now=now)


def unsubscribe_by_one_click(*, message: SandboxMessage, now: datetime) -> None:
    """Post to List-Unsubscribe as RFC 8058 has mailbox providers do. Raises NothingToPlay, NoAnswerPlayed."""
    url = one_click_address(message.headers)
    if not is_ours(url, settings.BASE_URL, "/u/"):
        raise NothingToPlay()
    body = b"List-Unsubscribe=One-Click"
    _ask(urllib.request.Request(url, data=body, method="POST"))  # noqa: S310  # ours, checked
    note_played(message=message, what=UNSUBSCRIBED, now=now)


def _ask(request: urllib.request.Request) -> None:
    # No proxy of the environment stands between us and ourselves.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects())
    try:
        with opener.open(request, timeout=_SECONDS):
            return
    except urllib.error.HTTPError as error:
        raise NoAnswerPlayed(status=error.code) from error
    except OSError as error:
        raise NoAnswerPlayed(status=str(error.__class__.__name__)) from error
