"""Job doors of the import_export room."""

from datetime import UTC, datetime

from quen.apps.import_export import services
from quen.core import clock, jobs, schemas


@jobs.task("import_export.run_import", queue=jobs.BULK)
def run_import(*, import_id: int) -> None:
    """Carry an import out, from where it stands."""
    services.run_import(import_id=import_id, clock=clock.now)


@jobs.task("import_export.run_dry_run", queue=jobs.BULK)
def run_dry_run(*, import_id: int) -> None:
    """Try an import out."""
    services.run_dry_run(import_id=import_id, clock=clock.now)


@jobs.periodic("import_export.resume_orphaned", cron="* * * * *")
def resume_orphaned(timestamp: int) -> None:
    """Go on with imports whose worker died."""
    _resume_in_every_workspace(datetime.fromtimestamp(timestamp, UTC))


@jobs.at_worker_start
def resume_at_worker_start() -> None:
    """Go on at once where the worker before this one died."""
    _resume_in_every_workspace(clock.now())


def _resume_in_every_workspace(now: datetime) -> None:
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.resume_orphaned(now=now)


@jobs.periodic("import_export.expire_imports", cron="20 18 * * *")
def expire_imports(timestamp: int) -> None:
    """Forget what nobody finished."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.expire_imports(now=datetime.fromtimestamp(timestamp, UTC))
