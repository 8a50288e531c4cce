"""Run an import in batches. Each batch commits its rows and the position together, so no row is written twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from quen.apps.import_export import queries, registry
from quen.apps.import_export.models import Import
from quen.apps.import_export.registry import ImportWriter, RowIssue
from quen.apps.import_export.services import results
from quen.apps.import_export.services.loading import COUNTERS, BatchLoader, Clock, counts
from quen.apps.import_export.services.locks import IMPORT_LOCK
from quen.apps.import_export.services.prefetch import BatchPrefetcher, RowBatch
from quen.apps.import_export.tables import RowStream
from quen.apps.import_export.types import (
    ImportState,
    ImportStep,
    InvalidImportState,
    NoIdentifyingColumn,
    UnknownTarget,
)
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, pauses
from quen.core.actors import Actor
from quen.core.database.outage import is_outage
from quen.core.errors import DomainError
from quen.core.job_outcomes import unexpected_text

if TYPE_CHECKING:
    from quen.apps.team.models import Progress

_PROGRESS_EVERY_SECONDS: Final = 0.5
_LOST_AFTER: Final = timedelta(minutes=2)
_EXAMPLES: Final = 20


def ensure_runnable(*, import_: Import) -> None:
    """Check the matching and the settings of a draft together, with the columns that are skipped.

    Raises InvalidImportState, UnknownTarget, NoIdentifyingColumn, FileGone and the kind's errors.
    """
    _ensure_in(import_, ImportState.DRAFT)
    _ensure_targets(import_)
    kind = registry.get(import_.kind)
    if not kind.identifies([entry["target"] for entry in import_.matching if entry.get("target")]):
        raise NoIdentifyingColumn(fields=str(kind.texts.identifying))
    kind.validate_settings(import_.settings)
    columns = queries.context_for(import_).columns
    kind.validate_left_out(import_.settings, columns, queries.left_out_columns(import_))


@transaction.atomic
def validate_for_run(*, import_: Import, actor: Actor, now: datetime) -> Import:
    """Validate a draft and set it to waiting, without queueing a job (`start` does; `quen import` runs it itself).

    Raises like ensure_runnable.
    """
    import_.settings = {"conflict_policy": registry.get(import_.kind).policies[0].value, **import_.settings}
    ensure_runnable(import_=import_)
    _set_waiting(import_, actor)
    team.audit(
        actor,
        "import_export.import_started",
        now=now,
        target=import_,
        data={"file": import_.filename, "conflict_policy": import_.settings["conflict_policy"]},
    )
    return import_


@transaction.atomic
def start(*, import_: Import, actor: Actor, now: datetime) -> Import:
    """Start an import in the background. Raises like validate_for_run."""
    validate_for_run(import_=import_, actor=actor, now=now)
    jobs.enqueue("import_export.run_import", import_id=import_.pk)
    return import_


@transaction.atomic
def resume(*, import_: Import, actor: Actor, now: datetime) -> Import:
    """Resume a stopped or failed import after the last committed row. Raises InvalidImportState."""
    _ensure_in(import_, ImportState.STOPPED, ImportState.FAILED)
    _set_waiting(import_, actor)
    team.audit(
        actor, "import_export.import_resumed", now=now, target=import_, data={"file": import_.filename}
    )
    jobs.enqueue("import_export.run_import", import_id=import_.pk)
    return import_


@transaction.atomic
def stop(*, import_: Import, actor: Actor, now: datetime) -> Import:
    """Stop after the current batch; imported rows are kept and the import can be resumed. Raises InvalidImportState."""
    _ensure_in(import_, ImportState.WAITING, ImportState.RUNNING)
    if import_.progress is not None:
        team.request_stop(import_.progress, now=now)
    if not IMPORT_LOCK.is_held(import_.pk):
        import_.state, import_.ended_at = ImportState.STOPPED, now
        import_.save(update_fields=["state", "ended_at"])
        if import_.progress is not None:
            team.end_progress(import_.progress, state=ProgressState.STOPPED, now=now)
    team.audit(
        actor, "import_export.import_stopped", now=now, target=import_, data={"file": import_.filename}
    )
    return import_


@transaction.atomic
def start_dry_run(*, import_: Import, actor: Actor, now: datetime) -> Progress:
    """Start a dry run in the background; its result is stored in `dry_run_report` (IMX-42). Raises like
    validate_for_run.
    """
    ensure_runnable(import_=import_)
    progress = team.start_progress(
        kind="import_export.dry_run",
        title=_("Test run of %(file)s") % {"file": import_.filename},
        path=f"/imports/{import_.pk}/",
        actor=actor,
        total=import_.total_rows,
    )
    import_.dry_run_report = None
    import_.progress = progress
    import_.save(update_fields=["dry_run_report", "progress"])
    jobs.enqueue("import_export.run_dry_run", import_id=import_.pk)
    return progress


def run_import(*, import_id: int, clock: Clock) -> None:
    """Run an import from its position to its end, unless another process does. Safe to call again at any time."""
    with IMPORT_LOCK.session(import_id) as acquired:
        if not acquired:
            return
        import_ = queries.get_import(import_id)
        if import_.state not in queries.ACTIVE_STATES:
            return
        try:
            _run(import_, clock)
        except DomainError as refusal:
            results.fail(import_, failure=str(refusal), now=clock())
        except (OperationalError, pauses.GiveWay):
            # The database was unreachable, locks took too long, or the workspace is being paused: it is resumed later.
            raise
        except Exception as error:
            if is_outage(error):
                raise
            results.fail(
                import_,
                failure=_("Something went wrong. Imported rows were kept. Resume the import."),
                now=clock(),
            )
            raise


def run_dry_run(*, import_id: int, clock: Clock) -> dict[str, Any]:
    """Read the whole file, compare it with existing rows, store the report and return it. Writes nothing else."""
    import_ = queries.get_import(import_id)
    writer = registry.get(import_.kind).open_dry_run(queries.context_for(import_))
    report = Counter[str]()
    refused, warned = _IssueCounter(), _IssueCounter()
    reporter = _ProgressReporter(import_.progress, clock, total=import_.total_rows)
    try:
        with queries.opened(import_) as table:
            stream = table.rows()
            for batch in _prefetched(stream, writer):
                with transaction.atomic():
                    outcome = writer.dry_run(batch.prepared)
                report.update(rows=batch.read, **counts(outcome))
                refused.add(outcome.refused)
                warned.add(outcome.warnings)
                reporter.report(report["rows"])
                pauses.give_way()
            report["blank_rows"] = stream.blank_rows
    except DomainError as refusal:
        reporter.end(ProgressState.FAILED, {"failure": str(refusal)})
        raise
    finally:
        writer.close()
    dry_run = {name: report[name] for name in COUNTERS} | {
        "rows": report["rows"],
        "blank_rows": report["blank_rows"],
        "refusals": refused.summary(),
        "warnings": warned.summary(),
        "skipped_columns": [column.name for column in queries.skipped_columns(import_)],
        "at": clock().isoformat(),
    }
    import_.dry_run_report = dry_run
    import_.save(update_fields=["dry_run_report"])
    reporter.end(ProgressState.DONE, {})
    return dry_run


def record_failed_dry_run(*, import_id: int, reference: str, now: datetime) -> None:
    """End a dry run whose job failed unexpectedly, for its page to say so; it can be started again there."""
    progress = queries.get_import(import_id).progress
    if progress is not None and not progress.is_ended:
        data = {"failure": unexpected_text(reference)}
        team.end_progress(progress, state=ProgressState.FAILED, now=now, data=data)


def resume_orphaned(*, now: datetime) -> int:
    """Queue imports whose worker died or whose job was lost; return how many."""
    requeued = 0
    for import_ in Import.objects.filter(state__in=queries.ACTIVE_STATES).select_related("progress"):
        queued_lately = (
            import_.state == ImportState.WAITING
            and import_.progress is not None
            and import_.progress.created_at > now - _LOST_AFTER
        )
        if not queued_lately and not IMPORT_LOCK.is_held(import_.pk):
            jobs.enqueue("import_export.run_import", import_id=import_.pk)
            requeued += 1
    return requeued


def _run(import_: Import, clock: Clock) -> None:
    writer = _start_run(import_, clock())
    loader = BatchLoader(import_, writer, clock)
    reporter = _ProgressReporter(import_.progress, clock, total=import_.total_rows, done=import_.position)
    try:
        with queries.opened(import_) as table:
            stream = table.rows(import_.position)
            for batch in _prefetched(stream, writer, import_.written_ahead):
                loader.load(batch)
                reporter.report(import_.position)
                pauses.give_way()
                if import_.progress is not None and team.stop_requested(import_.progress):
                    results.stop(import_, now=clock())
                    return
            import_.blank_rows = stream.blank_rows
    finally:
        loader.close()
        writer.close()
    results.finish(import_, now=clock())


def _start_run(import_: Import, now: datetime) -> ImportWriter:
    with transaction.atomic():
        # The last statement of a dead worker may still hold the row: wait until its batch is committed or rolled
        # back.
        locked = Import.objects.select_for_update(of=("self",)).get(pk=import_.pk)
        for name in ("position", "rows", "written_ahead", "change_id", "settings", *COUNTERS):
            setattr(import_, name, getattr(locked, name))
        writer = registry.get(import_.kind).open_writer(queries.context_for(import_), now=now)
        import_.state, import_.step = ImportState.RUNNING, ImportStep.RUN
        import_.change_id = writer.change_id
        import_.started_at = import_.started_at or now
        import_.failure = ""
        import_.save(update_fields=["state", "step", "change_id", "started_at", "failure"])
    return writer


def _prefetched(stream: RowStream, writer: ImportWriter, written: Collection[int] = ()) -> Iterator[RowBatch]:
    batches = BatchPrefetcher(stream, writer, written)
    try:
        yield from batches
    finally:
        batches.close()


def _set_waiting(import_: Import, actor: Actor) -> None:
    import_.progress = team.start_progress(
        kind="import_export.import",
        title=_("Import of %(file)s") % {"file": import_.filename},
        path=f"/imports/{import_.pk}/",
        actor=actor,
        total=import_.total_rows,
    )
    import_.state, import_.step, import_.ended_at = ImportState.WAITING, ImportStep.RUN, None
    import_.save(update_fields=["state", "step", "progress", "settings", "ended_at"])


def _ensure_targets(import_: Import) -> None:
    for entry, header in queries.missing_targets(import_):
        raise UnknownTarget(target=entry["target"], header=header)


def _ensure_in(import_: Import, *states: ImportState) -> None:
    if import_.state not in states:
        raise InvalidImportState(state=str(ImportState(import_.state).label))


class _ProgressReporter:
    """Updates the progress at intervals, with the rate of this run and the remaining time."""

    def __init__(self, progress: Progress | None, clock: Clock, *, total: int | None, done: int = 0) -> None:
        self._progress = progress
        self._clock = clock
        self._total = total
        self._before = done
        self._since = time.perf_counter()
        self._reported_at = 0.0

    def report(self, done: int) -> None:
        """Report the number of processed rows."""
        moment = time.perf_counter()
        if self._progress is None or moment - self._reported_at < _PROGRESS_EVERY_SECONDS:
            return
        self._reported_at = moment
        rate = (done - self._before) / max(moment - self._since, 0.001)
        total = max(self._total or 0, done)
        data = {"rate": round(rate), "remaining_seconds": round((total - done) / rate) if rate else None}
        team.update_progress(self._progress, done=done, total=total, now=self._clock(), data=data)

    def end(self, state: ProgressState, data: dict[str, Any]) -> None:
        """Close the progress record."""
        if self._progress is not None:
            team.end_progress(self._progress, state=state, now=self._clock(), data=data)


class _IssueCounter:
    """Counts issues by code and field, with a few row numbers as examples."""

    def __init__(self) -> None:
        self._times = Counter[tuple[str, str]]()
        self._rows: dict[tuple[str, str], list[int]] = {}

    def add(self, issues: Sequence[RowIssue]) -> None:
        for issue in issues:
            key = (issue.code, issue.field)
            self._times[key] += 1
            rows = self._rows.setdefault(key, [])
            if len(rows) < _EXAMPLES:
                rows.append(issue.row)

    def summary(self) -> list[dict[str, Any]]:
        return [
            {"code": code, "field": field, "count": times, "rows": self._rows[code, field]}
            for (code, field), times in self._times.most_common()
        ]
