"""Understanding what came: batch by batch, acted on and deleted in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from quen.apps.accounts import queries as accounts
from quen.apps.ingest import registry
from quen.apps.ingest.models import RawHit
from quen.apps.ingest.registry import Understand
from quen.apps.ingest.services import keeping
from quen.apps.ingest.types import Kept, Understood
from quen.core import schemas
from quen.core.database.base import PUBLIC

log = logging.getLogger(__name__)
_BATCH = 5000
#: with the workspace's id: one process at a time understands a workspace, so hits are taken in order
_LOCK = 7_306_003
_KEPT_DAYS = 30


def understand(*, workspace_id: int, now: datetime, batch_size: int = _BATCH) -> Understood:
    """Act on all that waits for a workspace. Hits of a workspace that is gone or archived are dropped.

    A paused workspace's hits stay until it goes on. Raises OperationalError; what was not understood is still there.
    """
    outcome = Understood()
    workspace = next((each for each in accounts.all_workspaces() if each.pk == workspace_id), None)
    with schemas.use(PUBLIC):
        if workspace is None or workspace.archived_at is not None:
            outcome.dropped, _ = RawHit.objects.filter(workspace_id=workspace_id).delete()
        elif workspace.paused_at is None:
            for key, act in registry.endpoints().items():
                _Endpoint(workspace_id, workspace.schema_name, key, act, now, outcome).run(batch_size)
    return outcome


def hint_what_waits() -> None:
    """Hint every workspace for which something waits."""
    with schemas.use(PUBLIC):
        waiting = (
            RawHit.objects.filter(failed_at=None)
            .order_by("workspace_id")
            .values_list("workspace_id", flat=True)
        )
        keeping.hint(waiting.distinct())


def forget_old_hits(*, now: datetime) -> int:
    """Delete what nobody understood within 30 days."""
    with schemas.use(PUBLIC):
        return RawHit.objects.filter(at__lt=now - timedelta(days=_KEPT_DAYS)).delete()[0]


class _Endpoint:
    """The hits of one workspace at one endpoint."""

    def __init__(
        self, workspace_id: int, schema: str, key: str, act: Understand, now: datetime, outcome: Understood
    ) -> None:
        self._workspace_id, self._schema, self._key, self._act = workspace_id, schema, key, act
        self._now, self._outcome = now, outcome

    def run(self, batch_size: int) -> None:
        """Take batches until one is not full."""
        size = batch_size
        while size == batch_size:
            with transaction.atomic():
                self._lock()
                hits = list(
                    RawHit.objects.filter(workspace_id=self._workspace_id, endpoint=self._key, failed_at=None)
                    .order_by("id")
                    .values_list("id", "at", "body")[:batch_size]
                )
                size = len(hits)
                self._take([Kept(*hit) for hit in hits])

    def _take(self, hits: Sequence[Kept]) -> None:
        """Act on hits and delete them. When that fails, halve until the one that makes it fail is alone."""
        if not hits:
            return
        try:
            with transaction.atomic():
                with schemas.use(self._schema):
                    self._act(hits, now=self._now)
                RawHit.objects.filter(pk__in=[hit.id for hit in hits]).delete()
        except (OperationalError, InterfaceError):
            # The database's trouble, not the hit's.
            raise
        except Exception:
            if len(hits) > 1:
                half = len(hits) // 2
                self._take(hits[:half])
                self._take(hits[half:])
                return
            log.exception("hit %d of %s is set aside", hits[0].id, self._key)
            RawHit.objects.filter(pk=hits[0].id).update(failed_at=self._now)
            self._outcome.set_aside += 1
        else:
            self._outcome.understood += len(hits)

    def _lock(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, self._workspace_id % 2**31])
