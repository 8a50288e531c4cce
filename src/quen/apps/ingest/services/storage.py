"""Store raw events in the table, or in a spool file while the database is unavailable."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, transaction

from quen.apps.ingest.models import RawEvent
from quen.apps.ingest.types import NewRawEvent
from quen.core import jobs, schemas
from quen.core.database.base import PUBLIC

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

log = logging.getLogger(__name__)
#: keeps a long outage of the database from filling the disk
_SPOOL_MAX_BYTES = 256 * 1024 * 1024
_NUL_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
INSERT = (
    "INSERT INTO ingest_rawevent (workspace_id, endpoint, at, body, external_id)"
    " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::jsonb[], %s::text[])"
    " ON CONFLICT DO NOTHING"
)


def insert_params(raw_events: Sequence[NewRawEvent]) -> list[list[Any]]:
    """Return the parameters of INSERT."""
    return [
        [each.workspace_id for each in raw_events],
        [each.endpoint for each in raw_events],
        [each.at for each in raw_events],
        [_json(each.body) for each in raw_events],
        [each.external_id for each in raw_events],
    ]


def store(raw_events: Sequence[NewRawEvent]) -> int:
    """Store events in the current transaction and enqueue their processing; return how many were new.

    For endpoints in Django. Endpoints with heavy traffic use a GroupCommitWriter.
    """
    if not raw_events:
        return 0
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(INSERT, insert_params(raw_events))
        new = int(cursor.rowcount)
    workspaces = {each.workspace_id for each in raw_events}
    transaction.on_commit(lambda: enqueue_processing(workspaces))
    return new


def enqueue_processing(workspace_ids: Iterable[int]) -> None:
    """Enqueue the processing of workspaces. The sweep of each minute finds what lost its job."""
    with schemas.use(PUBLIC):
        for workspace_id in sorted(workspace_ids):
            jobs.enqueue_unique("ingest.process", workspace_id=workspace_id)


def spool(raw_events: Sequence[NewRawEvent]) -> None:
    """Append events to the spool file, synced to disk on return. Raises OSError.

    The file holds at most 256 MB; further events are dropped and logged.
    """
    lines = "".join(
        json.dumps([each.workspace_id, each.endpoint, each.at.isoformat(), dict(each.body), each.external_id])
        + "\n"
        for each in raw_events
    )
    with spool_file().open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.seek(0, os.SEEK_END) > _SPOOL_MAX_BYTES:
            log.error(
                "%d raw events lost: the database is unavailable and the spool file is full", len(raw_events)
            )
            return
        file.write(lines.encode())
        file.flush()
        os.fsync(file.fileno())


def replay_spool() -> int:
    """Move spooled events into the table and return how many. A line truncated by a crash is skipped.

    The file is emptied after the commit: a crash in between stores its events twice rather than never.
    """
    path = spool_file()
    if not path.exists():
        return 0
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        raw_events = [each for each in map(_parsed, file) if each is not None]
        with transaction.atomic():
            store(raw_events)
        file.truncate(0)
    if raw_events:
        log.info("%d spooled raw events replayed", len(raw_events))
    return len(raw_events)


def spool_file() -> Path:
    """Return the path of the spool file."""
    return Path(settings.HOME) / "spooled-events.jsonl"


def _parsed(line: bytes) -> NewRawEvent | None:
    try:
        workspace_id, endpoint, at, body, external_id = json.loads(line)
        return NewRawEvent(int(workspace_id), endpoint, datetime.fromisoformat(at), body, external_id)
    except (ValueError, TypeError):
        return None


def _json(body: Any) -> str:
    # PostgreSQL's jsonb accepts neither NUL nor lone surrogates.
    text = json.dumps(dict(body), ensure_ascii=False, allow_nan=False)
    return _NUL_ESCAPE.sub(r"\1", text.encode("utf-8", "replace").decode())


def delete_events_of(*, workspace: Workspace) -> None:
    """Delete the raw events of a workspace that is being deleted."""
    RawEvent.objects.filter(workspace_id=workspace.pk).delete()
