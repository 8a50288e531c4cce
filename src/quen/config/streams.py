"""Server-sent events: one LISTEN connection per process, fanned out to the open pages.

The stream replays nothing: a page that reconnects reloads what it shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import psycopg
from django.conf import settings
from django.db import Error, connection
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from quen.apps.accounts import queries as accounts
from quen.apps.team import access as team
from quen.core import crypto, live
from quen.core.live import StreamTicket

log = logging.getLogger(__name__)
_PING_SECONDS = 20


class LiveHub:
    """The LISTEN connection and the subscribers of each topic."""

    def __init__(self) -> None:
        self._subscribers: dict[str, set[asyncio.Queue[dict[str, Any]]]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def subscribe(self, topics: list[str]) -> asyncio.Queue[dict[str, Any]]:
        """Subscribe to topics. The returned queue receives {"topic", "name", "data"}."""
        if self._listener is None or self._listener.done():
            self._ready.clear()
            self._listener = asyncio.get_running_loop().create_task(self._listen())
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(self._ready.wait(), 5)
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=200)
        for topic in topics:
            self._subscribers.setdefault(topic, set()).add(queue)
        return queue

    def unsubscribe(self, topics: list[str], queue: asyncio.Queue[dict[str, Any]]) -> None:
        """Remove a subscription."""
        for topic in topics:
            self._subscribers.get(topic, set()).discard(queue)
            if not self._subscribers.get(topic):
                self._subscribers.pop(topic, None)

    async def _listen(self) -> None:
        pause = 0.5
        while True:
            try:
                params = {k: v for k, v in connection.get_connection_params().items() if _plain(k, v)}
                async with await psycopg.AsyncConnection.connect(**params, autocommit=True) as listening:
                    await listening.execute(f"LISTEN {live.CHANNEL}")
                    self._ready.set()
                    pause = 0.5
                    async for notice in listening.notifies():
                        self._deliver(json.loads(notice.payload))
            except psycopg.OperationalError as error:
                log.warning("live streams wait for the database: %s", error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, 10)

    def _deliver(self, message: dict[str, Any]) -> None:
        for queue in list(self._subscribers.get(message["topic"], ())):
            with contextlib.suppress(asyncio.QueueFull):
                queue.put_nowait(message)


def _plain(key: str, value: Any) -> bool:
    return key in {"dbname", "user", "password", "host", "port"} and bool(value)


hub = LiveHub()


async def stream(request: Request) -> Response:
    """Stream ``/live/<token>``: the topics that the signed token names, to the user it names while they may read them.

    The session's cookie must be this user's, and the user a member of the workspace: when the stream opens, every
    20 seconds, and whenever the user's sessions or memberships change.
    """
    headers = {"cache-control": "no-store", "x-accel-buffering": "no", "x-content-type-options": "nosniff"}
    session_key = request.cookies.get(settings.SESSION_COOKIE_NAME, "")
    try:
        ticket = live.read_ticket(request.path_params["token"])
        permitted = await asyncio.to_thread(is_permitted, ticket, session_key)
    except (crypto.BadToken, TypeError):
        permitted = False
    except Error:
        return PlainTextResponse("unavailable", status_code=503, headers={"retry-after": "60", **headers})
    if not permitted:
        return PlainTextResponse("not found", status_code=404, headers=headers)
    return StreamingResponse(_events(ticket, session_key), media_type="text/event-stream", headers=headers)


def is_permitted(ticket: StreamTicket, session_key: str) -> bool:
    """Return whether a session is still the ticket's user, and the user an active member of its workspace."""
    try:
        if not session_key:
            return False
        user = accounts.user_of_session(session_key)
        if user is None or user.pk != ticket.user_id:
            return False
        return team.may_enter(user, ticket.schema)
    finally:
        connection.close()


async def _events(ticket: StreamTicket, session_key: str) -> AsyncIterator[str]:
    """Yield the events of a ticket's topics until it is no longer permitted; the page going away ends it, too."""
    checks = live.user_topic(ticket.user_id)
    topics = [*ticket.topics, checks]
    queue = await hub.subscribe(topics)
    try:
        yield "retry: 1500\n\n"
        while True:
            try:
                message = await asyncio.wait_for(queue.get(), _PING_SECONDS)
            except TimeoutError:
                message = None
            if message is None or message["topic"] == checks:
                # A database that is away sends no news either; what it says when it is back decides.
                with contextlib.suppress(Error):
                    if not await asyncio.to_thread(is_permitted, ticket, session_key):
                        return
                if message is None:
                    yield ": ping\n\n"
                continue
            yield f"event: {message['name']}\ndata: {json.dumps(message['data'], ensure_ascii=False)}\n\n"
    finally:
        hub.unsubscribe(topics, queue)


routes = [Route("/live/{token:path}", stream)]
