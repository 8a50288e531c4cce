"""The sandbox: messages are stored instead of sent, to be viewed and simulated."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from quen.apps.channels import queries, registry
from quen.apps.channels.models import SandboxMessage
from quen.apps.channels.services.receipts import notify_receipts
from quen.apps.channels.types import (
    AlreadySimulated,
    NothingToSimulate,
    Outgoing,
    Receipt,
    ReceiptKind,
    SendOutcome,
    SendResult,
)
from quen.apps.team import services as team
from quen.core import live, sql
from quen.core.actors import Actor
from quen.core.sql import Relation

RETENTION = timedelta(days=30)
TOPIC = "sandbox"
_CODES = {
    ReceiptKind.DELIVERED: "250 2.0.0",
    ReceiptKind.BOUNCED_HARD: "550 5.1.1",
    ReceiptKind.BOUNCED_SOFT: "452 4.2.2",
    ReceiptKind.COMPLAINED: "",
}
_INSERT = """
INSERT INTO channels_sandboxmessage
       (message_id, channel, recipient, sender, subject, html, text, headers, at, simulated)
SELECT NULLIF(message_id, 0), %(channel)s, recipient, sender, subject, html, body, headers::jsonb, %(now)s, '{}'
  FROM unnest(%(keys)s::bigint[], %(recipients)s::text[], %(senders)s::text[], %(subjects)s::text[],
              %(htmls)s::text[], %(texts)s::text[], %(headers)s::text[])
       AS new(message_id, recipient, sender, subject, html, body, headers)
    ON CONFLICT (message_id) DO NOTHING
"""


def store_in_sandbox(batch: Sequence[Outgoing], *, channel: str, now: datetime) -> list[SendResult]:
    """Store a batch of messages with one statement and return an accepted result for each."""
    if batch:
        previews = [registry.channel(channel).preview(message) for message in batch]
        senders = [message.parts.get("from") or message.sender for message in batch]
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT,
                {
                    "channel": channel,
                    "now": now,
                    "keys": [message.key for message in batch],
                    "recipients": [message.recipient for message in batch],
                    "senders": [_without_nul(sender)[:330] for sender in senders],
                    "subjects": [_without_nul(preview.subject) for preview in previews],
                    "htmls": [_without_nul(preview.html) for preview in previews],
                    "texts": [_without_nul(preview.text) for preview in previews],
                    "headers": [_without_nul(json.dumps(preview.headers)) for preview in previews],
                },
            )
        live.publish(TOPIC)
    return [
        SendResult(key=message.key, outcome=SendOutcome.ACCEPTED, code="250", text="sandbox")
        for message in batch
    ]


def _without_nul(text: str) -> str:
    return text.replace("\x00", "").replace("\\u0000", "")


@transaction.atomic
def simulate_receipt(*, message: SandboxMessage, kind: ReceiptKind, now: datetime) -> None:
    """Send a receipt for a message as its provider would. Raises NothingToSimulate, AlreadySimulated."""
    locked = SandboxMessage.objects.select_for_update().get(pk=message.pk)
    if locked.message_id is None:
        raise NothingToSimulate()
    if kind.value in locked.simulated:
        raise AlreadySimulated()
    record_simulated(message=locked, action=kind.value, now=now)
    sandbox = queries.find_connection(locked.channel, queries.SANDBOX)
    receipt = Receipt(
        kind, at=now, message_id=locked.message_id, code=_CODES[kind], text=_("Simulated in the sandbox")
    )
    notify_receipts([receipt], connection_id=sandbox.pk if sandbox else 0, now=now)


def record_simulated(*, message: SandboxMessage, action: str, now: datetime) -> None:
    """Record what was simulated for a message."""
    message.simulated = {**message.simulated, action: now.isoformat()}
    message.save(update_fields=["simulated"])
    live.publish(TOPIC)


@transaction.atomic
def empty_sandbox(*, actor: Actor, now: datetime) -> int:
    """Delete all messages in the sandbox and return their number."""
    deleted = SandboxMessage.objects.all().delete()[0]
    team.audit(actor, "channels.sandbox_emptied", now=now, data={"messages": deleted})
    live.publish(TOPIC)
    return deleted


def delete_old_sandbox_messages(*, now: datetime) -> int:
    """Delete messages older than 30 days and return their number."""
    return SandboxMessage.objects.filter(at__lt=now - RETENTION).delete()[0]


def erase_recipients(*, messages: Relation, addresses: Collection[str]) -> int:
    """Delete stored messages to people who are erased, and what servers said of their addresses. Return how many.

    messages: message_id.  Test messages are deleted too, because they may show anybody's values.
    """
    deleted = sql.execute(
        sql.compose(
            "DELETE FROM channels_sandboxmessage WHERE message_id IS NULL OR recipient = ANY(%(addresses)s)"
            " OR message_id IN (SELECT message_id FROM {messages} m)",
            messages=messages,
            addresses=list(addresses),
        )
    )
    sql.execute(
        Relation(
            "UPDATE channels_connection SET last_error = '' WHERE last_error <> '' AND EXISTS (SELECT 1"
            " FROM unnest(%(addresses)s::text[]) AS a(value) WHERE position(a.value in last_error) > 0)",
            {"addresses": list(addresses)},
        )
    )
    if deleted:
        live.publish(TOPIC)
    return deleted
