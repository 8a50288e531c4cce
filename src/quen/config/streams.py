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
from django.db import connection
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from quen.core import crypto, live

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
    """Stream ``/live/<token>``; the signed token names the topics and is the permission."""
    try:
        topics = live.topics_of(request.path_params["token"])
    except crypto.BadToken:
        return PlainTextResponse("not found", status_code=404)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(_events(topics), media_type="text/event-stream", headers=headers)


async def _events(topics: list[str]) -> AsyncIterator[str]:
    """Yield the events of topics; the response ends it when the page is gone, the server when it stops."""
    queue = await hub.subscribe(topics)
    try:
        yield "retry: 1500\n\n"
        while True:
            try:
                message = await asyncio.wait_for(queue.get(), _PING_SECONDS)
            except TimeoutError:
                yield ": ping\n\n"
                continue
            yield f"event: {message['name']}\ndata: {json.dumps(message['data'], ensure_ascii=False)}\n\n"
    finally:
        hub.unsubscribe(topics, queue)


routes = [Route("/live/{token:path}", stream)]
