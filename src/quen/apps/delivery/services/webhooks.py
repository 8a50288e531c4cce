"""Webhooks of providers: stored raw as they are received, read later by the adapter of their connection."""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from quen.apps.channels import services as channels
from quen.apps.channels.types import WebhookRequest
from quen.apps.ingest.types import NewRawEvent, StoredEvent

log = logging.getLogger(__name__)
#: the ingest endpoint that stores webhooks until they are read
WEBHOOK_ENDPOINT: Final = "channels.webhook"
#: of a request's body; the web process refuses more before it reads it
WEBHOOK_MAX_BYTES: Final = 256 * 1024
_HEADERS_MAX_CHARS: Final = 8 * 1024
#: headers that no signature covers, and cookies, which are not ours to store
_SKIPPED_HEADERS: Final = frozenset({
    "accept", "accept-encoding", "accept-language", "connection", "cookie", "forwarded", "host", "user-agent", "via",
})  # fmt: skip
_SKIPPED_PREFIXES: Final = ("x-forwarded-", "cf-", "sec-")


def webhook_event(
    token: str,
    *,
    method: str,
    query: bytes,
    headers: Iterable[tuple[bytes, bytes]],
    body: bytes,
    now: datetime,
) -> NewRawEvent | None:
    """Return the raw event of a request to ``/hooks/<token>``; None when the token is invalid.

    The provider's signature is checked later, by the adapter, which needs the exact bytes of the body.
    """
    found = channels.read_webhook_token(token)
    if found is None:
        return None
    workspace_id, connection_id = found
    stored = {
        "connection": connection_id,
        "method": method,
        "query": query.decode("latin-1"),
        "headers": _stored_headers(headers),
        **_stored_body(body),
    }
    return NewRawEvent(workspace_id, WEBHOOK_ENDPOINT, now, stored)


def process_webhooks(raw_events: Sequence[StoredEvent], *, now: datetime) -> list[int]:
    """Read webhooks, connection by connection; return the ids of those that are forged or cannot be read.

    Receipts and inbound messages of a connection are handled as one batch each, in the order they were received.
    """
    by_connection: dict[int, list[StoredEvent]] = defaultdict(list)
    for each in raw_events:
        by_connection[int(each.body["connection"])].append(each)
    rejected: list[int] = []
    for connection_id, events in sorted(by_connection.items()):
        requests = [_as_request(each) for each in events]
        outcome = channels.receive_webhooks(requests, connection_id=connection_id, now=now)
        refused = {id(request) for request in outcome.rejected}
        rejected += [
            event.id for event, request in zip(events, requests, strict=True) if id(request) in refused
        ]
        if refused:
            log.warning("%d webhooks of connection %d were rejected", len(refused), connection_id)
    return rejected


def _stored_headers(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    stored: dict[str, str] = {}
    left = _HEADERS_MAX_CHARS
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        left -= len(name) + len(value)
        if left >= 0 and name not in _SKIPPED_HEADERS and not name.startswith(_SKIPPED_PREFIXES):
            stored[name] = value
    return stored


def _stored_body(body: bytes) -> dict[str, str]:
    """Return the body as text, if it is text that a JSON column can hold unchanged, else in base64."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "\0"
    return {"base64": b64encode(body).decode()} if "\0" in text or "\\u0000" in text else {"text": text}


def _as_request(event: StoredEvent) -> WebhookRequest:
    stored: Mapping[str, Any] = event.body
    body = b64decode(stored["base64"]) if "base64" in stored else str(stored["text"]).encode()
    return WebhookRequest(
        method=stored["method"],
        query=stored["query"],
        headers=stored["headers"],
        body=body,
        received_at=event.at,
    )
