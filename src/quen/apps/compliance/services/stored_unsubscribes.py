"""Unsubscribes while the workspace is paused or out of reach: stored raw, effective before anything else is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from quen.apps.accounts import queries as accounts
from quen.apps.compliance.rules.tokens import UnsubscribeToken
from quen.apps.compliance.services.unsubscribes import unsubscribe
from quen.apps.ingest import services as ingest
from quen.apps.ingest.types import NewRawEvent, StoredEvent
from quen.core.errors import NotFound

UNSUBSCRIBE_ENDPOINT = "unsubscribe"


@transaction.atomic
def store_unsubscribe(*, payload: UnsubscribeToken, method: str, all_channels: bool, now: datetime) -> None:
    """Store an unsubscribe by a link, without reading or writing anything of the workspace."""
    body = {
        "contact": payload.contact_id,
        "message": payload.message_id,
        "channel": payload.channel,
        "method": method,
        "all_channels": all_channels,
    }
    ingest.store([NewRawEvent(payload.workspace_id, UNSUBSCRIBE_ENDPOINT, now, body)])


def process_stored_unsubscribes(*, now: datetime) -> None:
    """Make the stored unsubscribes of the current workspace effective. Whoever sends calls it first."""
    ingest.process_endpoint(workspace=accounts.current_workspace(), endpoint=UNSUBSCRIBE_ENDPOINT, now=now)


def process_unsubscribes(raw_events: Sequence[StoredEvent], *, now: datetime) -> None:
    """Unsubscribe as at the time of the request; a contact who was erased since needs nothing."""
    for each in raw_events:
        try:
            unsubscribe(
                contact_id=each.body["contact"],
                channel=each.body["channel"],
                method=each.body["method"],
                all_channels=each.body["all_channels"],
                message_id=each.body["message"],
                now=each.at,
            )
        except NotFound:
            continue
