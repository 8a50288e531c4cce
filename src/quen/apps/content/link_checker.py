"""Checks whether links work, through core.http: no private network is reached, also behind a redirect."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from quen.apps.content.types import ContentIssue
from quen.core import http

MAX_LINKS, MAX_REDIRECTS, TIMEOUT_SECONDS, TOTAL_SECONDS = 20, 4, 5.0, 60.0
_ALIVE_BELOW: Final = 400
_RETRY_WITH_GET: Final = frozenset({400, 403, 404, 405, 406, 501, 503})
#: the host is alive and only refuses bots or asks to sign in
_ACCESS_DENIED: Final = frozenset({401, 403, 429, 999})

_TEXTS: Final = {
    "link_private": _("The link %(address)s leads to a private network."),
    "link_dead": _("The link %(address)s doesn't work (%(reason)s)."),
}


def find_dead_links(urls: Iterable[str], *, is_allowed: http.Guard = http.is_public) -> list[ContentIssue]:
    """Return an issue for each URL that does not work. Stops checking after a minute.

    is_allowed: called with each IP address of each hop before anything is sent to it.
    """
    found = []
    deadline = time.monotonic() + TOTAL_SECONDS
    with http.Client(
        timeout_seconds=TIMEOUT_SECONDS,
        total_seconds=4 * TIMEOUT_SECONDS,
        max_redirects=MAX_REDIRECTS,
        may_connect=is_allowed,
        user_agent="Quen link check",
    ) as client:
        for url in urls:
            if time.monotonic() > deadline:
                break
            broken = _check(client, url)
            if broken is not None:
                found.append(broken)
    return found


def _check(client: http.Client, url: str) -> ContentIssue | None:
    try:
        status = client.request("HEAD", url).status
        if status in _RETRY_WITH_GET:
            status = client.get(url).status
    except http.AnswerTooLarge:
        return None
    except http.AddressRefused:
        return issue("link_private", {"address": url})
    except http.HttpError as error:
        return _dead(url, error.reason)
    if status >= _ALIVE_BELOW and status not in _ACCESS_DENIED:
        return _dead(url, str(status))
    return None


def issue(code: str, params: Mapping[str, Any]) -> ContentIssue:
    """Return an issue of a link from what was stored of it; its sentence is in the reader's language."""
    return ContentIssue(code, _TEXTS[code], False, params)


def _dead(url: str, reason: str) -> ContentIssue:
    return issue("link_dead", {"address": url, "reason": reason})
