"""One port: live streams, tracking and webhooks as Starlette endpoints, Django's pages by WSGI in threads.

Under ASGI Django was measured 3 to 12 times slower than under WSGI (docs/decisions), so only connections that stay open
for minutes, or requests that come by the thousand per second, are served by ASGI.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from a2wsgi import WSGIMiddleware
from starlette.routing import Router

from quen.config.wsgi import application as pages

# After wsgi: these need Django's apps.
from quen.config import streams, tracking, webhooks  # isort: skip
from quen.config.raw_events import writer  # isort: skip

_django: Any = WSGIMiddleware(cast("Any", pages), workers=int(os.environ.get("QUEN_WEB_THREADS", "8")))


@asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    yield
    await writer.stop()


async def _serve_pages(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _django(scope, _as_coroutine(receive), _as_coroutine(send))


def _as_coroutine(call: Any) -> Any:
    """Wrap a callable of the server, which returns futures, for the thread bridge, which takes only coroutines."""

    async def awaited(*arguments: Any) -> Any:
        return await call(*arguments)

    return awaited


_routes = [*tracking.routes, *streams.routes, *webhooks.routes]
application = Router(_routes, redirect_slashes=False, default=_serve_pages, lifespan=_lifespan)
