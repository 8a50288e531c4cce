"""Headers of every response, whoever serves it, and of the front end's files."""

from __future__ import annotations

from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

_STATIC_SECONDS = 30 * 24 * 3600


class SecurityHeaders:
    """An ASGI app around another one: no guessing of content types, and with an https address only https."""

    def __init__(self, app: Any, *, hsts_seconds: int) -> None:
        self._app = app
        self._headers = [(b"x-content-type-options", b"nosniff")]
        if hsts_seconds:
            self._headers.append((b"strict-transport-security", b"max-age=%d" % hsts_seconds))
        self._replaced = {name for name, _value in self._headers}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = [each for each in message["headers"] if each[0] not in self._replaced]
                message = {**message, "headers": [*headers, *self._headers]}
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class StaticAssets(StaticFiles):
    """The built front end; browsers keep it for a month, as names change with the content."""

    async def get_response(self, path: str, scope: Any) -> Response:
        """Return a file, or a short refusal."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as refusal:
            return PlainTextResponse(refusal.detail, status_code=refusal.status_code)

    def file_response(self, *arguments: Any, **options: Any) -> Response:
        """Return a file."""
        response = super().file_response(*arguments, **options)
        response.headers["cache-control"] = f"public, max-age={_STATIC_SECONDS}"
        return response
