"""Background tasks of the import_export app."""

from datetime import UTC, datetime

from quen.apps.import_export import services
from quen.core import clock, jobs, schemas


@jobs.task("import_export.run_import", queue=jobs.BULK)
def run_import(*, import_id: int) -> None:
    """Run an import from its position."""
    services.run_import(import_id=import_id, clock=clock.now)


@jobs.task("import_export.run_dry_run", queue=jobs.BULK)
def run_dry_run(*, import_id: int) -> None:
    """Run the dry run of an import."""
    services.run_dry_run(import_id=import_id, clock=clock.now)


@jobs.periodic("import_export.resume_orphaned", cron="* * * * *")
def resume_orphaned(timestamp: int) -> None:
    """Queue imports whose worker died, in every workspace."""
    _resume_in_every_workspace(datetime.fromtimestamp(timestamp, UTC))


@jobs.at_worker_start
def resume_at_worker_start() -> None:
    """Queue them at once when a worker starts, without waiting for the next minute."""
    _resume_in_every_workspace(clock.now())


def _resume_in_every_workspace(now: datetime) -> None:
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.resume_orphaned(now=now)


@jobs.periodic("import_export.expire_imports", cron="20 18 * * *")
def expire_imports(timestamp: int) -> None:
    """Delete unfinished and expired imports in every workspace."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.expire_imports(now=datetime.fromtimestamp(timestamp, UTC))
