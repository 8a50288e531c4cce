"""The endpoint of providers' webhooks, served without Django: store the raw request, acknowledge, process later."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from django.conf import settings
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from quen.apps.channels.services.webhooks import WEBHOOK_PATH
from quen.apps.delivery.services import WEBHOOK_MAX_BYTES, webhook_event
from quen.apps.ingest.types import NotStored
from quen.config.raw_events import writer
from quen.core import clock

_NO_STORE = {"cache-control": "no-store"}


async def webhook(request: Request) -> Response:
    """Store a webhook. It is acknowledged only after its commit, so that the provider repeats what was not stored."""
    try:
        async with asyncio.timeout(settings.BODY_SECONDS):
            body = await request.body()
    except ClientDisconnect:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    except TimeoutError:
        return Response(status_code=HTTPStatus.REQUEST_TIMEOUT, headers={"connection": "close"})
    raw_event = webhook_event(
        request.path_params["token"],
        method=request.method,
        query=request.scope["query_string"],
        headers=request.scope["headers"],
        body=body,
        now=clock.now(),
    )
    if raw_event is None:
        return Response(status_code=HTTPStatus.NOT_FOUND, headers=_NO_STORE)
    try:
        await writer.store(raw_event, allow_spool=True)
    except NotStored:
        return Response(
            status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"retry-after": "60", **_NO_STORE}
        )
    return Response(headers=_NO_STORE)


routes = [
    # A longer body gets 413: before it is read if the request says its length, otherwise as soon as it is too long.
    Route(f"{WEBHOOK_PATH}{{token}}", webhook, methods=["GET", "POST"], max_body_size=WEBHOOK_MAX_BYTES)
]
