"""Passes providers' receipts to the registered handlers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.channels import registry
from quen.apps.channels.types import ReceiptKind


@transaction.atomic
def notify_receipt(*, message_id: int, kind: ReceiptKind, text: str = "", at: datetime) -> None:
    """Call every receipt handler."""
    for handler in registry.receipt_handlers():
        handler(message_id=message_id, kind=kind, text=text, at=at)
