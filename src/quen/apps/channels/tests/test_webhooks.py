"""Webhooks: the address of a connection, and what happens to requests."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, NOW, TRA_SEN
from tests.registries import Registrations

from quen.apps.channels import queries, registry, services
from quen.apps.channels.models import Connection
from quen.apps.channels.types import (
    InboundMessage,
    InvalidSignature,
    Receipt,
    ReceiptKind,
    WebhookRequest,
)
from quen.core.actors import SYSTEM

SECRET = "webhook-secret"


def receive(
    request: WebhookRequest, settings: Mapping[str, Any], secret: str
) -> Sequence[Receipt | InboundMessage]:
    if request.headers.get("x-signature") != sign(request.body, secret):
        raise InvalidSignature()
    return [
        Receipt(ReceiptKind(report["kind"]), at=request.received_at, provider_id=report["id"])
        if "kind" in report
        else InboundMessage(report["from"], report["text"], request.received_at, report["id"])
        for report in json.loads(request.body)
    ]


def sign(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, "sha256").hexdigest()


def request(reports: Any, signature: str | None = None) -> WebhookRequest:
    body = json.dumps(reports).encode()
    headers = {"x-signature": sign(body) if signature is None else signature}
    return WebhookRequest("POST", "", headers, body, NOW)


@pytest.fixture
def connection(workspace: Any, registrations: Registrations) -> Iterator[Connection]:
    """A connection whose provider posts receipts and inbound messages."""
    registrations(registry, empty=("_receipts_handlers", "_inbound_handlers"))
    sandbox = registry.adapter("sms", "sandbox")
    registry.register_adapter(
        registry.Adapter("posting", "sms", "Posting provider", None, sandbox.open, receive=receive)
    )
    yield services.set_connection(
        channel="sms",
        adapter="posting",
        settings={},
        secret=SECRET,
        rate_per_second=None,
        actor=SYSTEM,
        now=NOW,
    )


@pytest.fixture
def received(connection: Connection) -> dict[str, list[Any]]:
    """What the registered handlers were called with."""
    calls: dict[str, list[Any]] = {"receipts": [], "inbound": []}

    def on_receipts(receipts: Sequence[Receipt], *, connection_id: int, now: datetime) -> None:
        calls["receipts"].append((connection_id, list(receipts)))

    def on_inbound(messages: Sequence[InboundMessage], *, connection_id: int, now: datetime) -> None:
        calls["inbound"].append((connection_id, list(messages)))

    registry.on_receipts(on_receipts)
    registry.on_inbound(on_inbound)
    return calls


class TestAddress:
    def test_names_workspace_and_connection(self, connection: Connection, workspace: Any) -> None:
        url = services.webhook_url(connection, workspace=workspace)
        token = url.rpartition("/hooks/")[2]
        assert services.read_webhook_token(token) == (workspace.pk, connection.pk)
        assert services.webhook_url(connection, workspace=workspace) == url

    @pytest.mark.parametrize("change", ["x", "", "1-2", "1-2-" + "0" * 32, "a" * 5000])
    def test_any_other_token_is_refused(self, change: str) -> None:
        assert services.read_webhook_token(change) is None

    def test_another_connection_cannot_be_named(self, connection: Connection, workspace: Any) -> None:
        token = services.webhook_url(connection, workspace=workspace).rpartition("/")[2]
        _workspace, _connection, signature = token.split("-")
        assert services.read_webhook_token(f"{workspace.pk}-{connection.pk + 1}-{signature}") is None

    def test_is_shown_only_for_providers_that_report(
        self, connection: Connection, workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        assert services.webhook_url(queries.active_connection("email"), workspace=workspace) == ""
        html = client_of(AN).get(f"/w/{TRA_SEN}/channels/").content.decode()
        assert html.count("/hooks/") == 1


class TestReceive:
    def test_reports_are_passed_on_as_one_batch_of_each_kind(
        self, connection: Connection, received: dict[str, list[Any]]
    ) -> None:
        outcome = services.receive_webhooks(
            [
                request(
                    [{"kind": "delivered", "id": "a"}, {"from": "+84905318274", "text": "Ok", "id": "m1"}]
                ),
                request([{"kind": "bounced_hard", "id": "b"}]),
            ],
            connection_id=connection.pk,
            now=NOW,
        )
        assert (outcome.receipts, outcome.messages, outcome.rejected) == (2, 1, ())
        ((connection_id, receipts),) = received["receipts"]
        assert (connection_id, [receipt.provider_id for receipt in receipts]) == (connection.pk, ["a", "b"])
        ((_connection_id, messages),) = received["inbound"]
        assert [(message.sender, message.text) for message in messages] == [("+84905318274", "Ok")]

    def test_a_wrong_signature_rejects_only_its_request(
        self, connection: Connection, received: dict[str, list[Any]]
    ) -> None:
        forged = request([{"kind": "delivered", "id": "a"}], signature="0")
        broken = WebhookRequest("POST", "", {"x-signature": sign(b"{")}, b"{", NOW)
        good = request([{"kind": "delivered", "id": "b"}])
        outcome = services.receive_webhooks([forged, broken, good], connection_id=connection.pk, now=NOW)
        assert (outcome.receipts, outcome.rejected) == (1, (forged, broken))
        assert [receipt.provider_id for receipt in received["receipts"][0][1]] == ["b"]

    def test_a_connection_that_receives_nothing_rejects_all(self, connection: Connection) -> None:
        requests = [request([])]
        for connection_id in (queries.active_connection("email").pk, 4_000_000):
            outcome = services.receive_webhooks(requests, connection_id=connection_id, now=NOW)
            assert outcome.rejected == tuple(requests)
