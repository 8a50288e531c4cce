"""Opens and clicks of emails, served without Django: verify, store, respond.

Nothing is acknowledged that is not stored. A contact who follows a link is always redirected: when the database is
unavailable, the event goes to the spool file of this home.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from django.db import connection
from django.template.loader import render_to_string
from django.utils import translation

from quen.apps.delivery.rules import tracking
from quen.apps.ingest.services import GroupCommitWriter
from quen.apps.ingest.types import NewRawEvent, NotStored
from quen.core import clock, crypto

log = logging.getLogger(__name__)
_AGENT_MAX_CHARS = 200
_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_NO_STORE = (b"cache-control", b"no-store, no-cache, must-revalidate, private, max-age=0")
_NO_ROBOTS = (b"x-robots-tag", b"noindex, nofollow")
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
Headers = list[tuple[bytes, bytes]]


def is_tracking(path: str) -> bool:
    """Return whether a path is served here."""
    return path.startswith((tracking.OPEN_PATH, tracking.CLICK_PATH))


async def serve_tracking(scope: dict[str, Any], _receive: Any, send: Any) -> None:
    """Serve ``/o/<token>.gif`` and ``/c/<token>.<signature>?u=<url>``."""
    if scope["method"] not in ("GET", "HEAD"):
        await _answer(send, scope, 405, [(b"allow", b"GET, HEAD")])
    elif scope["path"].startswith(tracking.OPEN_PATH):
        await _serve_open(scope, send)
    else:
        await _serve_click(scope, send)


async def stop_tracking() -> None:
    """Store waiting events before the process ends."""
    await _writer.stop()


async def _serve_open(scope: dict[str, Any], send: Any) -> None:
    token = scope["path"].removeprefix(tracking.OPEN_PATH)
    tracked = tracking.read_open(_key(), token.removesuffix(".gif")) if token.endswith(".gif") else None
    if tracked is None:
        await _answer(send, scope, 404, [])
        return
    if scope["method"] == "GET":
        try:
            await _writer.store(_raw_event(scope, tracked))
        except NotStored:
            await _answer(send, scope, 503, [(b"retry-after", b"60"), _NO_STORE])
            return
    await _answer(send, scope, 200, [(b"content-type", b"image/gif"), _NO_STORE, _NO_ROBOTS], _GIF)


async def _serve_click(scope: dict[str, Any], send: Any) -> None:
    token = scope["path"].removeprefix(tracking.CLICK_PATH)
    url = _target_url(scope["query_string"])
    tracked = tracking.read_click(_key(), token, url)
    if tracked is None:
        page = _not_found(_language(_header(scope, b"accept-language")))
        await _answer(send, scope, 404, [(b"content-type", b"text/html; charset=utf-8"), _NO_ROBOTS], page)
        return
    if scope["method"] == "GET":
        try:
            await _writer.store(_raw_event(scope, tracked, url=url), allow_spool=True)
        except NotStored:
            log.error(
                "a click on message %d of workspace %d is lost", tracked.message_id, tracked.workspace_id
            )
    # A URL may contain characters that a header must not; browsers accept them percent-encoded.
    location = (b"location", quote(url, safe=_PRINTABLE).encode("ascii"))
    await _answer(send, scope, 302, [location, _NO_STORE, _NO_ROBOTS])


def _raw_event(scope: dict[str, Any], tracked: tracking.TrackedMessage, **more: str) -> NewRawEvent:
    user_agent = _header(scope, b"user-agent").decode("latin-1")[:_AGENT_MAX_CHARS]
    body = {"message": tracked.message_id, "user_agent": user_agent, **more}
    return NewRawEvent(tracked.workspace_id, tracking.ENDPOINT, clock.now(), body)


def _target_url(query: bytes) -> str:
    """Return the URL after ``u=``, without parameters that mail programs append."""
    for pair in query.split(b"&"):
        if pair.startswith(b"u="):
            try:
                return unquote_to_bytes(pair[2:]).decode()
            except UnicodeDecodeError:
                return ""
    return ""


def _header(scope: dict[str, Any], name: bytes) -> bytes:
    return next((bytes(value) for key, value in scope["headers"] if key == name), b"")


def _language(accepted: bytes) -> str:
    english, vietnamese = accepted.find(b"en"), accepted.find(b"vi")
    return "en" if english >= 0 and (vietnamese < 0 or english < vietnamese) else "vi"


@cache
def _not_found(language: str) -> bytes:
    with translation.override(language):
        return render_to_string("ingest/not_found.html", {"language": language}).encode()


@cache
def _key() -> bytes:
    return crypto.derive_key(tracking.KEY_PURPOSE)


def _parameters() -> Mapping[str, Any]:
    given = connection.get_connection_params()
    return {key: value for key, value in given.items() if isinstance(value, str | int) and value != ""}


async def _answer(send: Any, scope: dict[str, Any], status: int, headers: Headers, body: bytes = b"") -> None:
    headers = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


_writer = GroupCommitWriter(_parameters)
