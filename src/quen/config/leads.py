"""The secret addresses for forms of other systems, served without Django: store the call, acknowledge, read it later.

The sender may be a server or a browser on any page, and repeats nothing: what was stored is acknowledged, whatever it
says, and while the database is unavailable the call goes to the spool file.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from django.conf import settings
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from quen.apps.ingest.types import NotStored
from quen.apps.signup.services import MAX_BYTES, external_event
from quen.config.raw_events import writer
from quen.core import clock

_CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "POST, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-max-age": "86400",
    "cache-control": "no-store",
}


async def lead(request: Request) -> Response:
    """Store a call of another system's form. 200 also for one of which nobody can be made: it waits to be seen."""
    if request.method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers=_CORS)
    try:
        async with asyncio.timeout(settings.BODY_SECONDS):
            body = await request.body()
    except ClientDisconnect:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    except TimeoutError:
        return _refusal(HTTPStatus.REQUEST_TIMEOUT, "too_slow")
    raw_event = external_event(
        request.path_params["token"],
        body=body,
        content_type=request.headers.get("content-type", ""),
        now=clock.now(),
    )
    if raw_event is None:
        return _refusal(HTTPStatus.NOT_FOUND, "unknown_address")
    try:
        await writer.store(raw_event, allow_spool=True)
    except NotStored:
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "try_again")
    return JSONResponse({"ok": True}, headers=_CORS)


def _refusal(status: HTTPStatus, code: str) -> Response:
    return JSONResponse({"ok": False, "code": code}, status_code=status, headers=_CORS)


routes = [
    # A longer body gets 413: before it is read if the request says its length, otherwise as soon as it is too long.
    Route("/leads/{token}", lead, methods=["POST", "OPTIONS"], max_body_size=MAX_BYTES)
]
