"""Reads the bodies of requests before a thread of Django is occupied with them.

A body of up to 1 MB is read here, with a limit of time, and passed on whole: who sends it byte by byte keeps no thread
busy. A longer one is passed on unread: Django checks who may upload and how much before it reads, see
``quen.config.middleware.RequestBodyMiddleware``.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from starlette.responses import PlainTextResponse, Response

from quen.core.uploads import MAX_BODY_BYTES

log = logging.getLogger(__name__)
TOO_LARGE, TOO_SLOW, BUSY = 413, 408, 503
#: what all bodies being read may take together
MAX_BUFFERED_BYTES = 64 * MAX_BODY_BYTES
#: an upload may be this much slower than the body limit allows: 60 s, and a second for every 32 KB
UPLOAD_BYTES_PER_SECOND = 32 * 1024
WAIT_SECONDS = 30
Receive = Callable[[], Any]


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


class BodyReader:
    """An ASGI app around another one.

    seconds: how long a body may take to arrive.  uploads: how many long bodies are read at the same time.
    """

    def __init__(self, app: Any, *, seconds: float, uploads: int) -> None:
        self._app, self._seconds = app, seconds
        self._uploads = asyncio.Semaphore(uploads)
        self._buffered = 0

    async def __call__(self, scope: Any, receive: Receive, send: Any) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            length = _length(scope)
            if length == 0:
                await self._app(scope, receive, send)
            elif length is not None and length > MAX_BODY_BYTES:
                await self._pass_on(scope, receive, send, length)
            else:
                await self._read_first(scope, receive, send)
        except _Refused as refusal:
            await refusal_response(refusal.status)(scope, receive, send)

    async def _read_first(self, scope: Any, receive: Receive, send: Any) -> None:
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                more = True
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return
                    piece = message.get("body", b"")
                    body += piece
                    self._buffered += len(piece)
                    if len(body) > MAX_BODY_BYTES:
                        raise _Refused(TOO_LARGE)
                    if self._buffered > MAX_BUFFERED_BYTES:
                        raise _Refused(BUSY)
                    more = message.get("more_body", False)
        except TimeoutError:
            raise _Refused(TOO_SLOW) from None
        finally:
            self._buffered -= len(body)
        headers = [(k, v) for k, v in scope["headers"] if k not in (b"content-length", b"transfer-encoding")]
        headers.append((b"content-length", b"%d" % len(body)))
        await self._app({**scope, "headers": headers}, _replay(bytes(body), receive), send)

    async def _pass_on(self, scope: Any, receive: Receive, send: Any, length: int) -> None:
        try:
            await asyncio.wait_for(self._uploads.acquire(), WAIT_SECONDS)
        except TimeoutError:
            raise _Refused(BUSY) from None
        try:
            await self._app(scope, self._in_time(receive, length), send)
        finally:
            self._uploads.release()

    def _in_time(self, receive: Receive, length: int) -> Receive:
        """Wrap ``receive``: a body that is too slow ends as if the sender were gone."""
        until = asyncio.get_running_loop().time() + self._seconds + length / UPLOAD_BYTES_PER_SECOND

        async def received() -> Any:
            left = until - asyncio.get_running_loop().time()
            try:
                return await asyncio.wait_for(_awaited(receive), max(min(left, self._seconds), 0))
            except TimeoutError:
                log.info("an upload was too slow and was ended")
                return {"type": "http.disconnect"}

        return received


def refusal_response(status: int) -> Response:
    """Return the response to a body that was not read whole; the connection ends with it."""
    texts = {
        TOO_LARGE: "This is too large. / Nội dung gửi lên quá lớn.",
        TOO_SLOW: "This took too long. Try again. / Gửi lên mất quá lâu. Hãy thử lại.",
        BUSY: "The server is busy. Try again in a minute. / Máy chủ đang bận. Hãy thử lại sau một phút.",
    }
    headers = {"connection": "close", "cache-control": "no-store", "x-content-type-options": "nosniff"}
    if status == BUSY:
        headers["retry-after"] = "60"
    return PlainTextResponse(texts[status], status_code=status, headers=headers)


def _length(scope: Any) -> int | None:
    """Return the announced length of the body, 0 without a body; None when only its end will tell."""
    headers = dict(scope["headers"])
    announced = headers.get(b"content-length", b"")
    if b"transfer-encoding" in headers:
        return None
    if announced.isdigit():
        return int(announced)
    return None if announced or not scope.get("http_version", "1.1").startswith("1") else 0


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a ``receive`` that yields the body at once, and afterwards what the server reports."""
    given = False

    async def received() -> Any:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return received


async def _awaited(receive: Receive) -> Any:
    # Callables of the server return futures, which wait_for must not cancel unseen.
    return await receive()
