"""Opens and clicks from ingest, receipts from channels, unsubscriptions from the stream of events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from quen.apps.channels import registry as channels
from quen.apps.channels.types import ReceiptKind
from quen.apps.delivery.rules import tracking
from quen.apps.delivery.services import engagement, receipts
from quen.apps.events import registry as events
from quen.apps.events import services as events_services
from quen.apps.events.types import Consumer
from quen.apps.ingest import registry as ingest
from quen.apps.ingest.types import StoredEvent
from quen.apps.team import registry as team
from quen.core import jobs, schemas
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

UNSUBSCRIBED = "delivery.unsubscribed"


def register() -> None:
    """Plug in."""
    ingest.register_endpoint(tracking.ENDPOINT, _process_raw_events)
    channels.on_receipt(_apply_receipt)
    events.register_consumer(Consumer(UNSUBSCRIBED, _record_unsubscribes))
    team.on_new_workspace("delivery.unsubscribed", _new_workspace)
    jobs.at_worker_start(_all_workspaces)


def _process_raw_events(raw_events: Sequence[StoredEvent], *, now: datetime) -> None:
    engagement.process_opens_and_clicks(raw_events, now=now)


def _apply_receipt(*, message_id: int, kind: ReceiptKind, text: str, at: datetime) -> None:
    receipts.apply_receipt(message_id=message_id, kind=kind, text=text, at=at)


def _record_unsubscribes(batch: Relation, *, now: datetime) -> None:
    engagement.record_unsubscribes(batch, now=now)


def _new_workspace(*, workspace: Workspace, now: Any) -> None:
    events_services.subscribe(UNSUBSCRIBED, ["unsubscribed"])


def _all_workspaces() -> None:
    """Workspaces made by an older Quen."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            events_services.subscribe(UNSUBSCRIBED, ["unsubscribed"])
