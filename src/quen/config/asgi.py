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
from django.conf import settings
from starlette.routing import Mount, Router

from quen.config.bodies import BodyReader
from quen.config.headers import SecurityHeaders, StaticAssets
from quen.config.proxies import TrustedProxies
from quen.config.wsgi import application as pages

# After wsgi: these need Django's apps.
from quen.apps.api.types import API_PATH  # isort: skip
from quen.config import leads, streams, tracking, webhooks, website  # isort: skip
from quen.config.raw_events import writer  # isort: skip

_THREADS = int(os.environ.get("QUEN_WEB_THREADS", "8"))
_django: Any = WSGIMiddleware(cast("Any", pages), workers=_THREADS)


@asynccontextmanager
async def _lifespan(_app: Any) -> AsyncIterator[None]:
    yield
    await writer.stop()


async def _run_django(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await _django(scope, _as_coroutine(receive), _as_coroutine(send))


def _as_coroutine(call: Any) -> Any:
    """Wrap a callable of the server, which returns futures, for the thread bridge, which takes only coroutines."""

    async def awaited(*arguments: Any) -> Any:
        return await call(*arguments)

    return awaited


# Uploads may occupy half of the threads, so that pages are served meanwhile.
_serve_pages = BodyReader(_run_django, seconds=settings.BODY_SECONDS, uploads=max(1, _THREADS // 2))
_static = Mount("/static", StaticAssets(directory=settings.PACKAGE / "ui" / "dist", check_dir=False))
#: scripts of the reference of the API, as its library brings them
_reference = Mount(f"{API_PATH}docs/files", StaticAssets(packages=[("ninja", "static/ninja")]))
_routes = [
    *tracking.routes,
    *streams.routes,
    *webhooks.routes,
    *website.routes,
    *leads.routes,
    _reference,
    _static,
]
_router = Router(_routes, redirect_slashes=False, default=_serve_pages, lifespan=_lifespan)
_protected = SecurityHeaders(_router, hsts_seconds=settings.HSTS_SECONDS)
application = TrustedProxies(_protected, trusted=settings.TRUSTED_PROXIES, header=settings.PROXY_HEADER)
