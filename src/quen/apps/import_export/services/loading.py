"""Write the batches of an import. A batch commits its rows and the position together, so no row is written twice.

A large batch whose rows fall into two parts that have nothing in common is written in two transactions at once, on two
connections, where a processor is to spare. The one beside commits first and records its rows as written ahead of the
position; the other moves the position over all of them. Whichever of them a crash leaves out is written on resuming.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from psycopg.types.json import Jsonb

from quen.apps.import_export.models import Import
from quen.apps.import_export.registry import BatchOutcome, BatchParts, ImportWriter, RowIssue
from quen.apps.import_export.services.prefetch import RowBatch
from quen.apps.import_export.tables import Row, cell_text
from quen.apps.import_export.types import IssueKind
from quen.core import citus, schemas
from quen.core.database.outage import is_disk_full

Clock = Callable[[], datetime]
log = logging.getLogger(__name__)
_MAX_ATTEMPTS: Final = 5
#: the part beside must not wait for the one that waits for it: PostgreSQL sees no deadlock there
_BESIDE_LOCK_TIMEOUT: Final = (
    # On Citus the wait is on a node, which learns of settings that are propagated; elsewhere the name means nothing.
    "SET LOCAL citus.propagate_set_commands = 'local'",
    "SET LOCAL lock_timeout = '1s'",
)
#: after a part that could not be written beside another, so many batches are written whole
_WHOLE_AFTER_FAILURE: Final = 10
COUNTERS: Final = ("created", "updated", "unchanged", "repeated", "refused", "warned")


class BatchLoader:
    """Writes the batches of one run, one after the other. Close it at the end."""

    def __init__(self, import_: Import, writer: ImportWriter, clock: Clock) -> None:
        self._import = import_
        self._writer = writer
        self._clock = clock
        self._schema = schemas.current()
        self._ahead = set(import_.written_ahead)
        #: how many of the next batches are written whole: the first, to see whether the file has people who are known
        self._whole = 1
        self._since = time.perf_counter()
        self._beside: ThreadPoolExecutor | None = None

    def load(self, batch: RowBatch) -> None:
        """Write a batch and move the position over it."""
        parts = self._parts(batch)
        outcomes: list[BatchOutcome] = []
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            try:
                if parts is not None:
                    try:
                        outcomes.append(self._write_parts(batch, parts, outcomes))
                        break
                    except _NotBeside as refusal:
                        log.info(
                            "import %s: a batch is written whole: %r", self._import.pk, refusal.__cause__
                        )
                        parts, self._whole = None, _WHOLE_AFTER_FAILURE
                outcomes.append(self._write_whole(batch))
                break
            except (OperationalError, IntegrityError) as conflict:
                if attempt == _MAX_ATTEMPTS or not connection.is_usable() or is_disk_full(conflict):
                    raise
                log.info("import %s: a batch met other writers (%s), once more", self._import.pk, conflict)
                time.sleep(0.05 * attempt)
        self._ahead -= batch.numbers
        self._import.position += batch.read
        if any(outcome.updated + outcome.unchanged > outcome.repeated for outcome in outcomes):
            self._whole = max(self._whole, 1)
        for outcome in outcomes:
            for name, count in counts(outcome).items():
                setattr(self._import, name, getattr(self._import, name) + count)
        self._since = time.perf_counter()

    def close(self) -> None:
        """Close the connection of the part beside."""
        if self._beside is not None:
            with suppress(DatabaseError):
                self._beside.submit(self._close_beside).result()
            self._beside.shutdown()

    def _close_beside(self) -> None:
        try:
            with schemas.use(self._schema):
                self._writer.close()
        finally:
            connection.close()

    def _parts(self, batch: RowBatch) -> BatchParts | None:
        if self._whole or connection.in_atomic_block or not has_processor_to_spare():
            self._whole = max(self._whole - 1, 0)
            return None
        return self._writer.split(batch.prepared, now=self._clock())

    def _write_whole(self, batch: RowBatch) -> BatchOutcome:
        with transaction.atomic():
            citus.commit_unflushed()
            self._check_position()
            outcome = self._writer.write(batch.prepared, now=self._clock())
            self._store(outcome, batch.rows)
            self._move(batch, outcome, len(batch.rows))
        return outcome

    def _write_parts(self, batch: RowBatch, parts: BatchParts, beside: list[BatchOutcome]) -> BatchOutcome:
        """Write one part while another connection writes the other, and move the position over both.

        beside: the outcome of the other part once it is committed. Filled here, or by an attempt before.
        """
        now = self._clock()
        with transaction.atomic():
            citus.commit_unflushed()
            parts.take_turn()
            other = None if beside else self._executor().submit(self._write_beside, batch, parts, now)
            try:
                outcome = parts.write(now=now)
            finally:
                if other is not None:
                    wait([other])
                    if other.exception() is None:
                        beside.append(other.result())
            if other is not None and not beside:
                raise _NotBeside from other.exception()
            self._check_position()
            rows = [row for row in batch.rows if row[0] not in parts.rows_beside]
            self._store(outcome, rows)
            parts.record(outcome, now=now)
            self._move(batch, outcome, len(rows))
        return outcome

    def _write_beside(self, batch: RowBatch, parts: BatchParts, now: datetime) -> BatchOutcome:
        """Write the part beside and record its rows as written ahead of the position."""
        rows = [row for row in batch.rows if row[0] in parts.rows_beside]
        with schemas.use(self._schema):
            with transaction.atomic():
                citus.commit_unflushed()
                with connection.cursor() as cursor:
                    for setting in _BESIDE_LOCK_TIMEOUT:
                        cursor.execute(setting)
                outcome = parts.write_beside(now=now)
                if outcome is None:
                    raise _NotBeside
                self._check_position()
                self._store(outcome, rows)
                parts.record(outcome, now=now)
                ahead = self._ahead | parts.rows_beside
                self._update(outcome, len(rows), written_ahead=sorted(ahead))
            self._ahead = ahead
        return outcome

    def _executor(self) -> ThreadPoolExecutor:
        if self._beside is None:
            self._beside = ThreadPoolExecutor(1, thread_name_prefix="import-beside")
        return self._beside

    def _check_position(self) -> None:
        """Lock the import's row. Raises RuntimeError if another process has written rows of it."""
        stored = (
            Import.objects.select_for_update()
            .values_list("position", "written_ahead")
            .get(pk=self._import.pk)
        )
        if stored != (self._import.position, sorted(self._ahead)):
            raise RuntimeError(
                f"import {self._import.pk} moved from {self._import.position} to {stored[0]} beside its holder"
            )

    def _move(self, batch: RowBatch, outcome: BatchOutcome, rows: int) -> None:
        self._update(
            outcome,
            rows,
            position=F("position") + batch.read,
            written_ahead=sorted(self._ahead - batch.numbers),
            seconds=F("seconds") + (time.perf_counter() - self._since),
        )

    def _update(self, outcome: BatchOutcome, rows: int, **values: Any) -> None:
        increments = {name: F(name) + count for name, count in counts(outcome).items()}
        Import.objects.filter(pk=self._import.pk).update(rows=F("rows") + rows, **increments, **values)

    def _store(self, outcome: BatchOutcome, rows: Sequence[Row]) -> None:
        """Store the issues of rows."""
        if not outcome.refused and not outcome.warnings:
            return
        cells = dict(rows) if outcome.refused else {}
        with (
            connection.cursor() as cursor,
            cursor.copy(
                "COPY import_export_importissue (import_record_id, kind, row_number, field, code, params, cells)"
                " FROM STDIN"
            ) as copy,
        ):
            for issue in outcome.refused:
                cells_json = Jsonb([_json_value(cell) for cell in cells[issue.row]])
                copy.write_row((*self._issue(IssueKind.REFUSED, issue), cells_json))
            for issue in outcome.warnings:
                copy.write_row((*self._issue(IssueKind.WARNING, issue), None))

    def _issue(self, kind: IssueKind, issue: RowIssue) -> tuple[Any, ...]:
        params = {name: _json_value(value) for name, value in issue.params.items()}
        return self._import.pk, kind.value, issue.row, issue.field, issue.code, Jsonb(params)


class _NotBeside(Exception):
    """The part beside could not be written; nothing of it is."""


def has_processor_to_spare() -> bool:
    """Return whether a batch is better written by two connections at once."""
    if settings.IMPORT_LOADERS:
        return int(settings.IMPORT_LOADERS) > 1
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return processors > 1 and os.getloadavg()[0] < 2 * processors


def counts(outcome: BatchOutcome) -> dict[str, int]:
    """Return the numbers that are stored and told; each row is in one of them, repeated ones are only that."""
    repeated_unchanged = outcome.repeated - outcome.repeated_updated
    return {
        "created": outcome.created,
        "updated": outcome.updated - outcome.repeated_updated,
        "unchanged": outcome.unchanged - repeated_unchanged,
        "repeated": outcome.repeated,
        "refused": len(outcome.refused),
        "warned": len({issue.row for issue in outcome.warnings}),
    }


def _json_value(value: Any) -> Any:
    """Return a cell as a JSON value; PostgreSQL text cannot contain NUL."""
    if isinstance(value, bool | int | list) or value is None:
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    return cell_text(value).replace("\x00", "")
