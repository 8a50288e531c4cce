"""Opens and clicks from ingest, receipts from channels, unsubscriptions from the stream of events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from quen.apps.channels import registry as channels
from quen.apps.channels.types import ReceiptKind
from quen.apps.delivery.rules import tracking
from quen.apps.delivery.services import hits as hits_services
from quen.apps.delivery.services import receipts
from quen.apps.events import registry as events
from quen.apps.events import services as events_services
from quen.apps.events.types import Consumer
from quen.apps.ingest import registry as ingest
from quen.apps.ingest.types import Kept
from quen.apps.team import registry as team
from quen.core import jobs, schemas
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

UNSUBSCRIBED = "delivery.unsubscribed"


def register() -> None:
    """Plug in."""
    ingest.endpoint(tracking.ENDPOINT, _hits)
    channels.on_receipt(_receipt)
    events.consume(Consumer(UNSUBSCRIBED, _unsubscribed))
    team.on_new_workspace("delivery.unsubscribed", _new_workspace)
    jobs.at_worker_start(_all_workspaces)


def _hits(hits: Sequence[Kept], *, now: datetime) -> None:
    hits_services.understand_hits(hits, now=now)


def _receipt(*, message_id: int, kind: ReceiptKind, text: str, at: datetime) -> None:
    receipts.take_receipt(message_id=message_id, kind=kind, text=text, at=at)


def _unsubscribed(batch: Relation, *, now: datetime) -> None:
    hits_services.note_unsubscribed(batch, now=now)


def _new_workspace(*, workspace: Workspace, now: Any) -> None:
    events_services.declare_interest(UNSUBSCRIBED, ["unsubscribed"])


def _all_workspaces() -> None:
    """Workspaces made by an older Quen."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            events_services.declare_interest(UNSUBSCRIBED, ["unsubscribed"])
