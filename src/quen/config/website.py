"""The endpoints of shops' websites, served without Django: the script, and the collector of what it sends."""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus

from django.conf import settings
from django.db import Error, connection
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from quen.apps.ingest.types import NotStored
from quen.apps.website import services
from quen.apps.website.types import COLLECTOR_PATH, MAX_BODY_BYTES, SCRIPT_PATH, BadBatch, ServedSite
from quen.config.raw_events import writer
from quen.core import clock

log = logging.getLogger(__name__)
#: browsers ask again after so long, so that a changed banner is soon on the website
_SCRIPT_SECONDS = 300
_MAX_SITES = 10_000
#: how long a request waits for the settings of a website, and how long nobody asks again once they did not come
_LOAD_SECONDS, _FAILURE_SECONDS = 2.0, 2.0
#: how long reading them is tried again
_RETRY_SECONDS = 1.0


class SiteUnavailable(Exception):
    """The website is not known yet, and the database does not answer."""


@dataclass(slots=True)
class Sites:
    """The websites that this process serves, read again after ``seconds``.

    A website is read once for all who ask for it, in threads of its own: while the database is down, those who wait
    for it must not hold up others.
    """

    seconds: float
    _known: dict[int, tuple[float, ServedSite]] = field(default_factory=dict)
    _loading: dict[int, asyncio.Task[ServedSite]] = field(default_factory=dict)
    _failed_at: float = -_FAILURE_SECONDS
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "website"))

    async def get(self, workspace_id: int) -> ServedSite:
        """Return a website. Raises SiteUnavailable."""
        known = self._known.get(workspace_id)
        now = time.monotonic()
        if known is not None and now - known[0] < self.seconds:
            return known[1]
        if now - self._failed_at >= _FAILURE_SECONDS:
            try:
                async with asyncio.timeout(_LOAD_SECONDS):
                    return await asyncio.shield(self._load(workspace_id))
            except (Error, TimeoutError) as error:
                self._failed_at = time.monotonic()
                log.warning("the website of workspace %d could not be read: %s", workspace_id, error)
        if known is None:
            raise SiteUnavailable()
        return known[1]

    def _load(self, workspace_id: int) -> asyncio.Task[ServedSite]:
        if workspace_id not in self._loading:
            task = asyncio.get_running_loop().create_task(self._read(workspace_id))
            self._loading[workspace_id] = task
            task.add_done_callback(lambda done: self._loaded(workspace_id, done))
        return self._loading[workspace_id]

    async def _read(self, workspace_id: int) -> ServedSite:
        return await asyncio.get_running_loop().run_in_executor(self._threads, _load, workspace_id)

    def _loaded(self, workspace_id: int, task: asyncio.Task[ServedSite]) -> None:
        del self._loading[workspace_id]
        # Reading the exception tells the loop that it was seen, also when nobody waits any more.
        if not task.cancelled() and task.exception() is None:
            if len(self._known) >= _MAX_SITES:
                self._known.clear()
            self._known[workspace_id] = (time.monotonic(), task.result())


@dataclass(slots=True)
class RequestLimit:
    """How many requests a minute one client, and all clients of one website, may make of this process."""

    per_client: int
    per_site: int
    _minute: int = 0
    _counts: dict[tuple[int, str], int] = field(default_factory=dict)

    def allows(self, workspace_id: int, client: str) -> bool:
        """Count a request and return whether it is within both limits."""
        minute = int(time.monotonic() // 60)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        # The client first: what is refused to one must not use up what all may.
        for key, limit in (((workspace_id, client), self.per_client), ((workspace_id, ""), self.per_site)):
            self._counts[key] = self._counts.get(key, 0) + 1
            if self._counts[key] > limit:
                return False
        return True


sites = Sites(settings.WEBSITE_SETTINGS_SECONDS)
limit = RequestLimit(settings.WEBSITE_REQUESTS_PER_CLIENT, settings.WEBSITE_REQUESTS_PER_SITE)


async def script(request: Request) -> Response:
    """Return the script with the configuration of the shop whose public key is in the query."""
    workspace_id = services.workspace_of(request.query_params.get("k", ""))
    if workspace_id is None:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    try:
        site = await sites.get(workspace_id)
    except SiteUnavailable:
        return _unavailable()
    body = services.script_of(site)
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    headers = {
        "cache-control": f"public, max-age={_SCRIPT_SECONDS}",
        "etag": tag,
        "access-control-allow-origin": "*",
        "cross-origin-resource-policy": "cross-origin",
    }
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(body, media_type="text/javascript; charset=utf-8", headers=headers)


async def collect(request: Request) -> Response:
    """Store what the script sends from an allowed page. It is acknowledged only after its commit."""
    workspace_id = services.workspace_of(request.path_params["key"])
    if workspace_id is None:
        return Response(status_code=HTTPStatus.NOT_FOUND)
    if not limit.allows(workspace_id, _client(request)):
        return Response(status_code=HTTPStatus.TOO_MANY_REQUESTS, headers={"retry-after": "60"})
    try:
        site = await sites.get(workspace_id)
    except SiteUnavailable:
        return _unavailable()
    origin = request.headers.get("origin", "")
    if not site.enabled or origin not in site.origins:
        return Response(status_code=HTTPStatus.FORBIDDEN)
    headers = {"access-control-allow-origin": origin, "vary": "origin", "cache-control": "no-store"}
    try:
        async with asyncio.timeout(settings.BODY_SECONDS):
            body = await request.body()
    except ClientDisconnect:
        return Response(status_code=HTTPStatus.BAD_REQUEST)
    except TimeoutError:
        return Response(status_code=HTTPStatus.REQUEST_TIMEOUT, headers={"connection": "close"})
    try:
        raw_event = services.site_event(
            site,
            body,
            origin=origin,
            user_agent=request.headers.get("user-agent", ""),
            now=clock.now(),
        )
    except BadBatch:
        return Response(status_code=HTTPStatus.BAD_REQUEST, headers=headers)
    if raw_event is not None:
        try:
            await writer.store(raw_event)
        except NotStored:
            return _unavailable(headers)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)


async def marked_link(url: str, *, workspace_id: int, message_id: int) -> str:
    """Return where a tracked link leads: with the mark that names its recipient, if the script is on that page."""
    try:
        site = await sites.get(workspace_id)
    except SiteUnavailable:
        # The contact is redirected all the same.
        return url
    return services.mark_link(site, url, message_id=message_id, now=clock.now())


def _load(workspace_id: int) -> ServedSite:
    began = time.monotonic()
    while True:
        try:
            return services.load_site(workspace_id)
        except Error:
            # After a restart of the database each connection of the pool fails once, at once.
            if time.monotonic() - began > _RETRY_SECONDS:
                raise
        finally:
            connection.close()


def _client(request: Request) -> str:
    """Return the client's address; of IPv6 the network, since one client has many addresses."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


def _unavailable(headers: dict[str, str] | None = None) -> Response:
    return Response(
        status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"retry-after": "60", **(headers or {})}
    )


routes = [
    Route(SCRIPT_PATH, script, methods=["GET"]),
    # A longer body gets 413: before it is read if the request says its length, otherwise as soon as it is too long.
    Route(f"{COLLECTOR_PATH}{{key}}", collect, methods=["POST"], max_body_size=MAX_BODY_BYTES),
]
