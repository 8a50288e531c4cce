"""Job doors of the import_export room."""

from datetime import UTC, datetime

from quen.apps.import_export import services
from quen.core import clock, jobs, schemas


@jobs.task("import_export.run_import", queue=jobs.BULK)
def run_import(*, import_id: int) -> None:
    """Carry an import out, from where it stands."""
    services.carry_out(import_id=import_id, clock=clock.now)


@jobs.task("import_export.run_trial", queue=jobs.BULK)
def run_trial(*, import_id: int) -> None:
    """Try an import out."""
    services.carry_out_trial(import_id=import_id, clock=clock.now)


@jobs.periodic("import_export.pick_up_orphans", cron="* * * * *")
def pick_up_orphans(timestamp: int) -> None:
    """Go on with imports whose worker died."""
    _everywhere(datetime.fromtimestamp(timestamp, UTC))


@jobs.at_worker_start
def pick_up_at_once() -> None:
    """Go on at once where the worker before this one died."""
    _everywhere(clock.now())


def _everywhere(now: datetime) -> None:
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.pick_up_orphans(now=now)


@jobs.periodic("import_export.expire_imports", cron="20 18 * * *")
def expire_imports(timestamp: int) -> None:
    """Forget what nobody finished."""
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.expire_imports(now=datetime.fromtimestamp(timestamp, UTC))
