"""One port: live streams and tracking as raw ASGI, Django's pages by WSGI in threads.

Under ASGI Django was measured 3 to 12 times slower than under WSGI (docs/decisions), so only connections that stay open
for minutes, or requests that come by the thousand per second, are served by ASGI.
"""

from __future__ import annotations

import os
from typing import Any, cast

from a2wsgi import WSGIMiddleware

from quen.config.streams import serve_stream, stop_streams
from quen.config.wsgi import application as pages

# After wsgi: these need Django's apps.
from quen.config.tracking import is_tracking, serve_tracking, stop_tracking  # isort: skip

_django: Any = WSGIMiddleware(cast("Any", pages), workers=int(os.environ.get("QUEN_WEB_THREADS", "8")))


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Dispatch a request by its path."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                await stop_streams()
                await stop_tracking()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    if scope["type"] == "http" and scope["path"].startswith("/live/"):
        await serve_stream(scope, receive, send)
    elif scope["type"] == "http" and is_tracking(scope["path"]):
        await serve_tracking(scope, receive, send)
    elif scope["type"] == "http":
        await _django(scope, _as_coroutine(receive), _as_coroutine(send))


def _as_coroutine(call: Any) -> Any:
    """Wrap a callable of the server, which returns futures, for the thread bridge, which takes only coroutines."""

    async def awaited(*arguments: Any) -> Any:
        return await call(*arguments)

    return awaited
