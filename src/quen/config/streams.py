"""Server-sent events: one LISTEN connection per process, fanned out to the open pages.

The stream replays nothing: a page that reconnects reloads what it shows.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from typing import Any

import psycopg
from django.db import connection

from quen.core import crypto, live

log = logging.getLogger(__name__)
_PING_SECONDS = 20
_STREAM_END: dict[str, Any] = {"topic": "", "name": "end", "data": {}}


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

    async def close(self) -> None:
        """End every open stream, so that the server can stop at once."""
        for queues in list(self._subscribers.values()):
            for queue in queues:
                with contextlib.suppress(asyncio.QueueFull):
                    queue.put_nowait(_STREAM_END)
        if self._listener:
            self._listener.cancel()

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


async def stop_streams() -> None:
    """End all streams of this process."""
    await hub.close()


async def serve_stream(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve ``/live/<token>``; the signed token names the topics and is the permission."""
    try:
        topics = live.topics_of(scope["path"].removeprefix("/live/"))
    except crypto.BadToken:
        await send(
            {"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]}
        )
        await send({"type": "http.response.body", "body": b"not found"})
        return
    queue = await hub.subscribe(topics)
    headers = [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    gone = asyncio.ensure_future(_disconnected(receive))
    try:
        await send({"type": "http.response.body", "body": b"retry: 1500\n\n", "more_body": True})
        while not gone.done():
            message = await _next_message(queue, gone)
            if gone.done() or message is _STREAM_END:
                break
            body = b": ping\n\n"
            if message is not None:
                text = json.dumps(message["data"], ensure_ascii=False)
                body = f"event: {message['name']}\ndata: {text}\n\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": True})
        if not gone.done():
            await send({"type": "http.response.body", "body": b""})
    finally:
        gone.cancel()
        hub.unsubscribe(topics, queue)


async def _disconnected(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _next_message(
    queue: asyncio.Queue[dict[str, Any]], gone: asyncio.Future[None]
) -> dict[str, Any] | None:
    waiting = asyncio.ensure_future(queue.get())
    both: set[asyncio.Future[Any]] = {waiting, gone}
    await asyncio.wait(both, timeout=_PING_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if waiting.done():
        return waiting.result()
    waiting.cancel()
    return None
