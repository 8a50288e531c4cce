"""Passes receipts and inbound messages to the registered handlers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from quen.apps.channels import registry
from quen.apps.channels.types import InboundMessage, Receipt


@transaction.atomic
def notify_receipts(receipts: Sequence[Receipt], *, connection_id: int, now: datetime) -> None:
    """Call every receipts handler with the receipts of one connection; none for an empty batch."""
    if receipts:
        for handler in registry.receipts_handlers():
            handler(receipts, connection_id=connection_id, now=now)


@transaction.atomic
def notify_inbound(messages: Sequence[InboundMessage], *, connection_id: int, now: datetime) -> None:
    """Call every inbound handler with the messages of one connection; none for an empty batch."""
    if messages:
        for handler in registry.inbound_handlers():
            handler(messages, connection_id=connection_id, now=now)
