"""Keeping what came: in the table, or for a while in a file when the database is away."""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from quen.apps.ingest.types import NewRawEvent
from quen.core import jobs, schemas
from quen.core.database.base import PUBLIC

log = logging.getLogger(__name__)
#: an installation whose database is away for days does not fill the disk
_SPOOL_MAX_BYTES = 256 * 1024 * 1024
_NUL_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
INSERT = (
    "INSERT INTO ingest_rawevent (workspace_id, endpoint, at, body, external_id)"
    " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::jsonb[], %s::text[])"
    " ON CONFLICT DO NOTHING"
)


def insert_params(raw_events: Sequence[NewRawEvent]) -> list[list[Any]]:
    """Give the parameters of KEEP."""
    return [
        [each.workspace_id for each in raw_events],
        [each.endpoint for each in raw_events],
        [each.at for each in raw_events],
        [_json(each.body) for each in raw_events],
        [each.external_id for each in raw_events],
    ]


def store(raw_events: Sequence[NewRawEvent]) -> int:
    """Keep hits in the present transaction and have them understood after it; give how many were new.

    For endpoints of Django's side; the very busy ones use a Writer.
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
    """Have the hits of workspaces understood soon. What a lost hint leaves, the sweep of each minute finds."""
    with schemas.use(PUBLIC):
        for workspace_id in sorted(workspace_ids):
            jobs.enqueue_unique("ingest.process", workspace_id=workspace_id)


def spool(raw_events: Sequence[NewRawEvent]) -> None:
    """Write hits to the spill file of this home, safe on the disk when it returns. Raises OSError.

    At most 256 MB are held; what comes then is dropped and told in the log.
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
    """Bring what was spilled into the table; give how many hits. A line cut short by a crash is passed over.

    The file is emptied after the commit: a crash just between counts its hits twice rather than not at all.
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
    """Name the file for hits that came while the database was away."""
    return Path(settings.HOME) / "spooled-events.jsonl"


def _parsed(line: bytes) -> NewRawEvent | None:
    try:
        workspace_id, endpoint, at, body, external_id = json.loads(line)
        return NewRawEvent(int(workspace_id), endpoint, datetime.fromisoformat(at), body, external_id)
    except (ValueError, TypeError):
        return None


def _json(body: Any) -> str:
    # PostgreSQL's jsonb takes neither NUL nor half a character.
    text = json.dumps(dict(body), ensure_ascii=False, allow_nan=False)
    return _NUL_ESCAPE.sub(r"\1", text.encode("utf-8", "replace").decode())
