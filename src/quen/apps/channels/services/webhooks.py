"""Webhooks of providers: the address of a connection, and reading what was posted to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from quen.apps.channels import queries, registry
from quen.apps.channels.rules import webhooks
from quen.apps.channels.services.receipts import notify_inbound, notify_receipts
from quen.apps.channels.types import (
    InboundMessage,
    InvalidSignature,
    NoConnection,
    Receipt,
    WebhookOutcome,
    WebhookRequest,
)

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.channels.models import Connection

WEBHOOK_PATH = webhooks.PATH


def webhook_url(connection: Connection, *, workspace: Workspace) -> str:
    """Return the address at which the connection's provider reports; "" if its adapter receives nothing."""
    if registry.adapter(connection.channel, connection.adapter).receive is None:
        return ""
    token = webhooks.encode(workspace_id=workspace.pk, connection_id=connection.pk)
    return f"{settings.BASE_URL}{WEBHOOK_PATH}{token}"


def read_webhook_token(token: str) -> tuple[int, int] | None:
    """Return workspace id and connection id of a webhook address; None for any other token. Uses no database."""
    return webhooks.decode(token)


@transaction.atomic
def receive_webhooks(
    requests: Sequence[WebhookRequest], *, connection_id: int, now: datetime
) -> WebhookOutcome:
    """Read requests of one connection and pass receipts and inbound messages on, each kind as one batch.

    Requests with a wrong signature, and those the adapter cannot read, are in the outcome's ``rejected``; the others
    count. A connection that is gone, or that receives nothing, rejects all.
    """
    try:
        connection = queries.get_connection(connection_id)
    except NoConnection:
        return WebhookOutcome(rejected=tuple(requests))
    receive = registry.adapter(connection.channel, connection.adapter).receive
    if receive is None:
        return WebhookOutcome(rejected=tuple(requests))
    secret = queries.decrypted_secret(connection)
    receipts: list[Receipt] = []
    messages: list[InboundMessage] = []
    rejected: list[WebhookRequest] = []
    for request in requests:
        try:
            reports = receive(request, connection.settings, secret)
        except (InvalidSignature, ValueError, KeyError, TypeError):
            rejected.append(request)
            continue
        receipts += [report for report in reports if isinstance(report, Receipt)]
        messages += [report for report in reports if isinstance(report, InboundMessage)]
    notify_receipts(receipts, connection_id=connection_id, now=now)
    notify_inbound(messages, connection_id=connection_id, now=now)
    return WebhookOutcome(receipts=len(receipts), messages=len(messages), rejected=tuple(rejected))
