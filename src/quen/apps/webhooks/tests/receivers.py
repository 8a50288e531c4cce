"""Other systems: small servers on real sockets, and what tests do with them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.test import override_settings
from tests.cast import NOW

from quen.apps.events import services as events
from quen.apps.webhooks import services
from quen.apps.webhooks.models import Endpoint
from quen.apps.webhooks.types import SendLimits
from quen.core.actors import SYSTEM

CONTACT_KINDS = (
    "contact.created",
    "contact.updated",
    "contact.deleted",
    "contact.restored",
    "contact.erased",
)
#: a test does not wait for fifteen seconds
LIMITS = SendLimits(request_seconds=2.0)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        """Return the message's id."""
        return self.headers["webhook-id"]

    @property
    def type(self) -> str:
        """Return the kind."""
        return str(self.json["type"])

    @property
    def json(self) -> Any:
        """Return the body."""
        return json.loads(self.body)

    @property
    def contact_id(self) -> int:
        """Return whom it is about."""
        return int(self.json["data"]["contact_id"])

    @property
    def version(self) -> int:
        """Return the contact's version."""
        return int(self.json["data"]["version"])


Handler = Callable[[BaseHTTPRequestHandler, Received], None]


def answer(status: int = 200, body: bytes = b"ok", **headers: str) -> Handler:
    """Return a handler that always answers so."""

    def handle(request: BaseHTTPRequestHandler, _received: Received) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return handle


@dataclass(slots=True)
class Receiver:
    """A running receiver. ``handler`` may be changed at any time."""

    url: str
    port: int
    handler: Handler
    received: list[Received] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        """Return the kinds that came, in their order."""
        return [each.type for each in self.received]


@contextmanager
def receiving(handler: Handler | None = None, *, allowed: bool = True) -> Iterator[Receiver]:
    """Run a receiver on loopback. allowed: the operator named it, as for a receiver beside Quen."""

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                # The sender died in the middle.
                self.close_connection = True
                return
            one = Received({name.lower(): value for name, value in self.headers.items()}, body)
            receiver.received.append(one)
            receiver.handler(self, one)

        def log_message(self, *_arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    receiver = Receiver(
        f"http://127.0.0.1:{server.server_port}/hook", server.server_port, handler or answer()
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with allowing(receiver.port) if allowed else allowing():
            yield receiver
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def allowing(*ports: int) -> Iterator[None]:
    """Allow these ports of loopback, as the operator would, besides those allowed already."""
    from django.conf import settings

    places = {*settings.HTTP_ALLOWED_ADDRESSES, *(f"127.0.0.1:{port}" for port in ports)}
    with override_settings(HTTP_ALLOWED_ADDRESSES=frozenset(places)):
        yield


def make_endpoint(
    receiver: Receiver, kinds: Sequence[str] = CONTACT_KINDS, *, now: datetime = NOW, **more: Any
) -> Endpoint:
    """Return an endpoint that sends to a receiver."""
    return services.create_endpoint(url=receiver.url, kinds=kinds, actor=SYSTEM, now=now, **more).endpoint


def deliver(*, now: datetime = NOW, limits: SendLimits = LIMITS) -> None:
    """Write the messages of what happened, and send what is due."""
    events.drain(services.CONSUMER, now=now)
    assert services.send_due(clock=lambda: now, limits=limits) is False
