"""The endpoints of opens and clicks, served without Django: verify, store, respond.

Nothing is acknowledged that is not stored. A contact who follows a link is always redirected: when the database is
unavailable, the event goes to the spool file of this home.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import quote

from django.template.loader import render_to_string
from django.utils import translation
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from quen.apps.delivery.services import tracking
from quen.apps.ingest.types import NotStored
from quen.config.raw_events import writer
from quen.config.website import marked_link
from quen.core import clock

log = logging.getLogger(__name__)
_NO_STORE = {"cache-control": "no-store, no-cache, must-revalidate, private, max-age=0"}
_NO_ROBOTS = {"x-robots-tag": "noindex, nofollow", "x-content-type-options": "nosniff"}
_GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_PIXEL = Response(_GIF, media_type="image/gif", headers={**_NO_STORE, **_NO_ROBOTS})
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class TrackingEndpoint:
    """A handler on the bare scope: with Starlette's Request a request costs a third more CPU."""

    respond: Callable[[Scope], Awaitable[Response]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request."""
        response = await self.respond(scope)
        await response(scope, receive, send)


async def open_pixel(scope: Scope) -> Response:
    """Store an open and return the pixel. A HEAD request is not an open."""
    raw_event = tracking.open_event(
        scope["path_params"]["token"], user_agent=_header(scope, b"user-agent"), now=clock.now()
    )
    if raw_event is None:
        return Response(status_code=404, headers=_NO_ROBOTS)
    if scope["method"] == "GET":
        try:
            await writer.store(raw_event)
        except NotStored:
            return Response(status_code=503, headers={"retry-after": "60", **_NO_STORE, **_NO_ROBOTS})
    return _PIXEL


async def click(scope: Scope) -> Response:
    """Store a click and redirect to its signed target. A HEAD request is not a click."""
    raw_event = tracking.click_event(
        scope["path_params"]["token"],
        query=scope["query_string"],
        user_agent=_header(scope, b"user-agent"),
        now=clock.now(),
    )
    if raw_event is None:
        page = _not_found(_language(_header(scope, b"accept-language")))
        return Response(page, status_code=404, media_type="text/html", headers=_NO_ROBOTS)
    if scope["method"] == "GET":
        try:
            await writer.store(raw_event, allow_spool=True)
        except NotStored:
            log.error(
                "a click on message %d of workspace %d is lost",
                raw_event.body["message"],
                raw_event.workspace_id,
            )
    url = raw_event.body["url"]
    if scope["method"] == "GET":
        url = await marked_link(
            url, workspace_id=raw_event.workspace_id, message_id=raw_event.body["message"]
        )
    # A URL may contain characters that a header must not; browsers accept them percent-encoded.
    location = quote(url, safe=_PRINTABLE)
    return Response(status_code=302, headers={"location": location, **_NO_STORE, **_NO_ROBOTS})


def _header(scope: Scope, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def _language(accepted: str) -> str:
    english, vietnamese = accepted.find("en"), accepted.find("vi")
    return "en" if english >= 0 and (vietnamese < 0 or english < vietnamese) else "vi"


@cache
def _not_found(language: str) -> str:
    with translation.override(language):
        return render_to_string("ingest/not_found.html", {"language": language})


routes = [
    Route("/o/{token}.gif", TrackingEndpoint(open_pixel), methods=["GET", "HEAD"]),
    Route("/c/{token}", TrackingEndpoint(click), methods=["GET", "HEAD"]),
]
