"""Opens and clicks as the web process receives them: verified by their token, then stored raw and processed later."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from urllib.parse import unquote_to_bytes

from django.conf import settings

from quen.apps.delivery.rules import tracking
from quen.apps.ingest.types import NewRawEvent
from quen.core import crypto

#: the ingest endpoint that stores opens and clicks until they are processed
TRACKING_ENDPOINT = tracking.ENDPOINT
_USER_AGENT_MAX_CHARS = 200


def tracker(workspace_id: int, *, opens: bool = True, clicks: bool = True) -> tracking.Tracker:
    """Return the tracker that builds the open and click URLs of a workspace's messages."""
    return tracking.Tracker(
        base_url=settings.BASE_URL, workspace_id=workspace_id, key=_key(), opens=opens, clicks=clicks
    )


def open_event(token: str, *, user_agent: str, now: datetime) -> NewRawEvent | None:
    """Return the raw event of an opened pixel; None when the token is invalid."""
    tracked = tracking.read_open(_key(), token)
    return _raw_event(tracked, user_agent=user_agent, now=now) if tracked else None


def click_event(token: str, *, query: bytes, user_agent: str, now: datetime) -> NewRawEvent | None:
    """Return the raw event of a followed link, with its target as ``body["url"]``; None when the token is invalid.

    token: with the signature of the target.  query: the query string as received.
    """
    url = _target_url(query)
    tracked = tracking.read_click(_key(), token, url)
    return _raw_event(tracked, user_agent=user_agent, now=now, url=url) if tracked else None


def _raw_event(
    tracked: tracking.TrackedMessage, *, user_agent: str, now: datetime, **more: str
) -> NewRawEvent:
    body = {"message": tracked.message_id, "user_agent": user_agent[:_USER_AGENT_MAX_CHARS], **more}
    return NewRawEvent(tracked.workspace_id, TRACKING_ENDPOINT, now, body)


def _target_url(query: bytes) -> str:
    """Return the URL after ``u=``, without parameters that mail programs append."""
    for pair in query.split(b"&"):
        if pair.startswith(b"u="):
            try:
                return unquote_to_bytes(pair[2:]).decode()
            except UnicodeDecodeError:
                return ""
    return ""


@cache
def _key() -> bytes:
    return crypto.derive_key(tracking.KEY_PURPOSE)
