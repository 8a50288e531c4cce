"""Process raw events batch by batch; each batch is processed and deleted in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from quen.apps.accounts import queries as accounts
from quen.apps.ingest import registry
from quen.apps.ingest.models import RawEvent
from quen.apps.ingest.registry import EndpointHandler
from quen.apps.ingest.services import storage
from quen.apps.ingest.types import ProcessingResult, StoredEvent
from quen.core import pauses, schemas, sql
from quen.core.database.base import PUBLIC
from quen.core.database.outage import is_outage
from quen.core.locks import AdvisoryLock
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

log = logging.getLogger(__name__)
_BATCH_SIZE = 5000
#: with the workspace's id: one process at a time per workspace, so that events are processed in order
_LOCK = AdvisoryLock("ingest.process")
_RETENTION_DAYS = 30


def process(*, workspace_id: int, now: datetime, batch_size: int = _BATCH_SIZE) -> ProcessingResult:
    """Process the raw events of a workspace. Events of a deleted or archived workspace are dropped.

    Those of lasting endpoints are processed in an archived one, too. Events of a paused workspace are kept until it
    resumes. Raises OperationalError; unprocessed events are kept then.
    """
    result = ProcessingResult()
    workspace = next((each for each in accounts.all_workspaces() if each.pk == workspace_id), None)
    with schemas.use(PUBLIC):
        if workspace is None:
            result.dropped, _ = RawEvent.objects.filter(workspace_id=workspace_id).delete()
            return result
        with pauses.entered(workspace.schema_name) as paused:
            if paused:
                return result
            handlers, lasting = registry.endpoints(), registry.lasting_endpoints()
            if workspace.archived_at is not None:
                handlers = {key: handler for key, handler in handlers.items() if key in lasting}
                unwanted = RawEvent.objects.filter(workspace_id=workspace_id).exclude(endpoint__in=lasting)
                result.dropped, _ = unwanted.delete()
            for key, handler in handlers.items():
                _process(workspace, key, handler, now, result, batch_size)
    return result


def process_endpoint(*, workspace: Workspace, endpoint: str, now: datetime) -> None:
    """Process the raw events of one endpoint of a workspace now, for work that must not begin before. Raises like it.

    Costs one small query when there are none.
    """
    with schemas.use(PUBLIC):
        if RawEvent.objects.filter(
            workspace_id=workspace.pk, endpoint=endpoint, quarantined_at=None
        ).exists():
            handler = registry.endpoints()[endpoint]
            _process(workspace, endpoint, handler, now, ProcessingResult(), _BATCH_SIZE)


def _process(
    workspace: Workspace,
    key: str,
    handler: EndpointHandler,
    now: datetime,
    result: ProcessingResult,
    batch_size: int,
) -> None:
    _EndpointProcessor(workspace.pk, workspace.schema_name, key, handler, now, result).run(batch_size)


def enqueue_pending() -> None:
    """Enqueue a job for every workspace with raw events."""
    with schemas.use(PUBLIC):
        pending = (
            RawEvent.objects.filter(quarantined_at=None)
            .order_by("workspace_id")
            .values_list("workspace_id", flat=True)
        )
        storage.enqueue_processing(pending.distinct())


def delete_expired(*, now: datetime) -> int:
    """Delete events that could not be processed within 30 days; return how many.

    Kept are lasting ones that wait, and all that wait for the end of their workspace's pause.
    """
    paused = [workspace.pk for workspace in accounts.all_workspaces() if workspace.paused_at is not None]
    with schemas.use(PUBLIC):
        old = RawEvent.objects.filter(at__lt=now - timedelta(days=_RETENTION_DAYS))
        worth_waiting = Q(endpoint__in=registry.lasting_endpoints()) | Q(workspace_id__in=paused)
        return old.exclude(worth_waiting, quarantined_at=None).delete()[0]


class _EndpointProcessor:
    """Processes the raw events of one workspace and endpoint."""

    def __init__(
        self,
        workspace_id: int,
        schema: str,
        key: str,
        handler: EndpointHandler,
        now: datetime,
        result: ProcessingResult,
    ) -> None:
        self._workspace_id, self._schema, self._key, self._handler = workspace_id, schema, key, handler
        self._now, self._result = now, result

    def run(self, batch_size: int) -> None:
        """Process batches until one is not full."""
        size = batch_size
        while size == batch_size:
            with transaction.atomic():
                _LOCK.acquire(self._workspace_id)
                raw_events = list(
                    RawEvent.objects.filter(
                        workspace_id=self._workspace_id, endpoint=self._key, quarantined_at=None
                    )
                    .order_by("id")
                    .values_list("id", "at", "body")[:batch_size]
                )
                size = len(raw_events)
                self._process([StoredEvent(*row) for row in raw_events])

    def _process(self, raw_events: Sequence[StoredEvent]) -> None:
        """Handle events and delete them. If that fails, halve the batch until the failing event is alone."""
        if not raw_events:
            return
        try:
            with transaction.atomic():
                with schemas.use(self._schema):
                    rejected = set(self._handler(raw_events, now=self._now) or ())
                self._quarantine(rejected)
                RawEvent.objects.filter(
                    pk__in=[each.id for each in raw_events if each.id not in rejected]
                ).delete()
        except (OperationalError, InterfaceError):
            # An error of the database, not of the event.
            raise
        except Exception as error:
            if is_outage(error):
                raise
            if len(raw_events) > 1:
                half = len(raw_events) // 2
                self._process(raw_events[:half])
                self._process(raw_events[half:])
                return
            log.exception("raw event %d of %s is quarantined", raw_events[0].id, self._key)
            self._quarantine({raw_events[0].id})
            self._result.quarantined += 1
        else:
            self._result.quarantined += len(rejected)
            self._result.processed += len(raw_events) - len(rejected)

    def _quarantine(self, ids: Collection[int]) -> None:
        if ids:
            RawEvent.objects.filter(pk__in=ids).update(quarantined_at=self._now)


def erase(*, workspace_id: int, texts: Collection[str]) -> int:
    """Delete raw events in whose body one of the texts occurs: addresses of people who are erased. Return how many."""
    if not texts:
        return 0
    lowered = [text.lower() for text in texts]
    with schemas.use(PUBLIC):
        return sql.execute(
            Relation(
                "DELETE FROM ingest_rawevent e WHERE e.workspace_id = %(workspace)s AND EXISTS (SELECT 1"
                " FROM unnest(%(texts)s::text[]) AS t(value) WHERE position(t.value in lower(e.body::text)) > 0)",
                {"workspace": workspace_id, "texts": [*lowered, *map(quote, lowered)]},
            )
        )
