"""Background tasks of the import_export app."""

from datetime import datetime

from quen.apps.import_export import services
from quen.core import clock, jobs


@jobs.task("import_export.run_import", queue=jobs.BULK)
def run_import(*, import_id: int) -> None:
    """Run an import from its position."""
    services.run_import(import_id=import_id, clock=clock.now)


def _dry_run_failed(*, import_id: int, reference: str) -> None:
    services.record_failed_dry_run(import_id=import_id, reference=reference, now=clock.now())


@jobs.task("import_export.run_dry_run", queue=jobs.BULK, failed=_dry_run_failed)
def run_dry_run(*, import_id: int) -> None:
    """Run the dry run of an import."""
    services.run_dry_run(import_id=import_id, clock=clock.now)


def _export_failed(*, export_id: int, reference: str) -> None:
    services.record_failed_export(export_id=export_id, reference=reference, now=clock.now())


@jobs.task("import_export.run_export", queue=jobs.BULK, failed=_export_failed)
def run_export(*, export_id: int) -> None:
    """Make the file of an export."""
    services.run_export(export_id=export_id, clock=clock.now)


@jobs.sweep("import_export.resume_orphaned")
def resume_orphaned(now: datetime) -> None:
    """Enqueue imports and exports whose worker ended."""
    services.resume_orphaned(now=now)
    services.resume_orphaned_exports(now=now)


@jobs.periodic("import_export.expire_imports", cron="20 18 * * *", each_workspace=True)
def expire_imports(now: datetime) -> None:
    """Delete unfinished and expired imports, and expired exports."""
    services.expire_imports(now=now)
    services.expire_exports(now=now)
