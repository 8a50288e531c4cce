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

from quen.apps.ingest.types import NewHit
from quen.core import jobs, schemas
from quen.core.database.base import PUBLIC

log = logging.getLogger(__name__)
#: an installation whose database is away for days does not fill the disk
_SPILL_MAX_BYTES = 256 * 1024 * 1024
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
KEEP = (
    "INSERT INTO ingest_rawhit (workspace_id, endpoint, at, body, external_id)"
    " SELECT * FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::jsonb[], %s::text[])"
    " ON CONFLICT DO NOTHING"
)


def columns(hits: Sequence[NewHit]) -> list[list[Any]]:
    """Give the parameters of KEEP."""
    return [
        [hit.workspace_id for hit in hits],
        [hit.endpoint for hit in hits],
        [hit.at for hit in hits],
        [_json(hit.body) for hit in hits],
        [hit.external_id for hit in hits],
    ]


def keep(hits: Sequence[NewHit]) -> int:
    """Keep hits in the present transaction and have them understood after it; give how many were new.

    For endpoints of Django's side; the very busy ones use a Writer.
    """
    if not hits:
        return 0
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(KEEP, columns(hits))
        new = int(cursor.rowcount)
    workspaces = {hit.workspace_id for hit in hits}
    transaction.on_commit(lambda: hint(workspaces))
    return new


def hint(workspace_ids: Iterable[int]) -> None:
    """Have the hits of workspaces understood soon. What a lost hint leaves, the sweep of each minute finds."""
    with schemas.use(PUBLIC):
        for workspace_id in sorted(workspace_ids):
            jobs.hint("ingest.understand", workspace_id=workspace_id)


def spill(hits: Sequence[NewHit]) -> None:
    """Write hits to the spill file of this home, safe on the disk when it returns. Raises OSError.

    At most 256 MB are held; what comes then is dropped and told in the log.
    """
    lines = "".join(
        json.dumps([hit.workspace_id, hit.endpoint, hit.at.isoformat(), dict(hit.body), hit.external_id])
        + "\n"
        for hit in hits
    )
    with spill_file().open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.seek(0, os.SEEK_END) > _SPILL_MAX_BYTES:
            log.error("%d hits lost: the database is away and the spill file is full", len(hits))
            return
        file.write(lines.encode())
        file.flush()
        os.fsync(file.fileno())


def take_back_spilled() -> int:
    """Bring what was spilled into the table; give how many hits. A line cut short by a crash is passed over.

    The file is emptied after the commit: a crash just between counts its hits twice rather than not at all.
    """
    path = spill_file()
    if not path.exists():
        return 0
    with path.open("r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        hits = [hit for hit in map(_parsed, file) if hit is not None]
        with transaction.atomic():
            keep(hits)
        file.truncate(0)
    if hits:
        log.info("%d spilled hits taken back", len(hits))
    return len(hits)


def spill_file() -> Path:
    """Name the file for hits that came while the database was away."""
    return Path(settings.HOME) / "spilled-hits.jsonl"


def _parsed(line: bytes) -> NewHit | None:
    try:
        workspace_id, endpoint, at, body, external_id = json.loads(line)
        return NewHit(int(workspace_id), endpoint, datetime.fromisoformat(at), body, external_id)
    except (ValueError, TypeError):
        return None


def _json(body: Any) -> str:
    # PostgreSQL's jsonb takes neither NUL nor half a character.
    text = json.dumps(dict(body), ensure_ascii=False, allow_nan=False)
    return _NUL.sub(r"\1", text.encode("utf-8", "replace").decode())
