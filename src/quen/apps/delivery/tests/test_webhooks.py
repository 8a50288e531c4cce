"""Webhooks: stored raw with the exact bytes, verified by the adapter, applied in sets; forged ones are quarantined."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from tests.cast import NOW
from tests.registries import Registrations

from quen.apps.channels import registry
from quen.apps.channels import services as channels
from quen.apps.channels.models import Connection
from quen.apps.channels.types import InboundMessage, InvalidSignature, Receipt, ReceiptKind, WebhookRequest
from quen.apps.delivery import services
from quen.apps.delivery.models import Message, ProviderReference
from quen.apps.delivery.tests.engagement_factories import make_active_dispatch, make_sent_message
from quen.apps.delivery.types import MessageState
from quen.apps.ingest import services as ingest
from quen.apps.ingest.models import RawEvent
from quen.core import schemas
from quen.core.database.base import PUBLIC

pytestmark = pytest.mark.usefixtures("workspace")
SECRET = "webhook-secret"


def sign(body: bytes) -> bytes:
    """The provider's signature."""
    return hmac.new(SECRET.encode(), body, "sha256").hexdigest().encode()


def receive(
    request: WebhookRequest, settings: Mapping[str, Any], secret: str
) -> Sequence[Receipt | InboundMessage]:
    """The adapter's reader: {"id", "status"} or {"from", "text"}."""
    if not hmac.compare_digest(request.headers.get("x-signature", ""), sign(request.body).decode()):
        raise InvalidSignature
    report = json.loads(request.body.decode("utf-8", "replace"))
    if "from" in report:
        return [InboundMessage(report["from"], report["text"], request.received_at, report["id"])]
    return [Receipt(ReceiptKind(report["status"]), request.received_at, provider_id=report["id"])]


@pytest.fixture
def connection(workspace: Any, registrations: Registrations) -> Connection:
    """A connection whose provider reports to its webhook address."""
    adapter = replace(registry.adapter("email", "sandbox"), key="reporting", receive=receive)
    registrations(registry)
    registry.register_adapter(adapter)
    return Connection.objects.create(channel="email", adapter="reporting", active=False, created_at=NOW)


@pytest.fixture
def inbound(registrations: Registrations) -> Iterator[list[InboundMessage]]:
    """The messages that customers have sent."""
    received: list[InboundMessage] = []

    def handle(messages: Sequence[InboundMessage], *, connection_id: int, now: datetime) -> None:
        received.extend(messages)

    registrations(registry, empty=("_inbound_handlers",))
    registry.on_inbound(handle)
    yield received


def post(connection: Connection, workspace: Any, body: bytes, *, signature: bytes | None = None) -> None:
    """A request to the webhook address, as the web process stores it."""
    token = channels.webhook_url(connection, workspace=workspace).rpartition("/")[2]
    event = services.webhook_event(
        token,
        method="POST",
        query=b"a=1",
        headers=[(b"X-Signature", sign(body) if signature is None else signature), (b"Cookie", b"no")],
        body=body,
        now=NOW,
    )
    assert event is not None
    ingest.store([event])


def process(workspace: Any) -> Any:
    return ingest.process(workspace_id=workspace.pk, now=NOW)


def sent_message(connection: Connection, provider_id: str) -> Message:
    """A message of the connection, known by the provider's id."""
    message = make_sent_message(make_active_dispatch(connection_id=connection.pk), provider_id=provider_id)
    ProviderReference.objects.create(
        connection_id=connection.pk, provider_id=provider_id, message_id=message.pk
    )
    return message


def test_receipts_reach_their_messages(connection: Connection, workspace: Any) -> None:
    first, second = sent_message(connection, "p1"), sent_message(connection, "p2")
    post(connection, workspace, b'{"id": "p1", "status": "delivered"}')
    post(connection, workspace, b'{"id": "p2", "status": "bounced_hard"}')
    assert process(workspace).processed == 2
    states = [Message.objects.get(pk=each.pk).state for each in (first, second)]
    assert states == [MessageState.DELIVERED, MessageState.BOUNCED]


def test_inbound_messages_reach_their_handler(
    connection: Connection, workspace: Any, inbound: list[InboundMessage]
) -> None:
    post(connection, workspace, '{"id": "m1", "from": "0901", "text": "Còn trà sen không?"}'.encode())
    process(workspace)
    assert [(each.sender, each.text) for each in inbound] == [("0901", "Còn trà sen không?")]


def test_forged_and_unreadable_requests_are_quarantined(connection: Connection, workspace: Any) -> None:
    message = sent_message(connection, "p1")
    post(connection, workspace, b'{"id": "p1", "status": "bounced_hard"}', signature=b"forged")
    post(connection, workspace, b"no json")
    post(connection, workspace, b'{"id": "p1", "status": "delivered"}')
    outcome = process(workspace)
    assert (outcome.processed, outcome.quarantined) == (1, 2)
    assert Message.objects.get(pk=message.pk).state == MessageState.DELIVERED
    with schemas.use(PUBLIC):
        assert RawEvent.objects.exclude(quarantined_at=None).count() == 2


@pytest.mark.parametrize(
    "text",
    [b'{"id": "\xff\xfe", "status": "delivered"}', b'{"id": "a\\u0000b\\ud800", "status": "delivered"}'],
)
def test_the_adapter_gets_the_exact_bytes(connection: Connection, workspace: Any, text: bytes) -> None:
    """Otherwise the signature would not match."""
    post(connection, workspace, text)
    outcome = process(workspace)
    assert outcome.quarantined == 0


def test_no_other_token_is_accepted(connection: Connection, workspace: Any) -> None:
    token = channels.webhook_url(connection, workspace=workspace).rpartition("/")[2]
    for wrong in ("", token[:-1], token[:-1] + ("0" if token[-1] != "0" else "1"), "x", token + "a"):
        assert services.webhook_event(wrong, method="POST", query=b"", headers=[], body=b"", now=NOW) is None


def test_cookies_and_long_headers_are_not_stored(connection: Connection, workspace: Any) -> None:
    token = channels.webhook_url(connection, workspace=workspace).rpartition("/")[2]
    headers = [(b"Cookie", b"a=b"), (b"X-Signature", b"s"), (b"X-Long", b"x" * 10_000)]
    event = services.webhook_event(token, method="GET", query=b"q=\xff", headers=headers, body=b"", now=NOW)
    assert event is not None
    assert event.body["headers"] == {"x-signature": "s"}
    assert event.body["query"] == "q=ÿ"
