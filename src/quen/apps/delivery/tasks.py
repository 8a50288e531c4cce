"""Job doors of the delivery room."""

from datetime import UTC, datetime

from quen.apps.delivery import services
from quen.core import clock, jobs, schemas


@jobs.task("delivery.gather", queue=jobs.BULK)
def gather(*, launch_id: int) -> None:
    """Turn the people of a launch into messages."""
    services.gather(launch_id=launch_id, clock=clock.now)


@jobs.task("delivery.hand_over_bulk", queue=jobs.BULK)
def hand_over_bulk(*, connection_id: int) -> None:
    """Hand over what campaigns wait to send on a connection."""
    services.carry_on(connection_id=connection_id, lane="bulk", clock=clock.now)


@jobs.task("delivery.hand_over_prompt", queue=jobs.INTERACTIVE)
def hand_over_prompt(*, connection_id: int) -> None:
    """Hand over what one person asked for just now."""
    services.carry_on(connection_id=connection_id, lane="prompt", clock=clock.now)


@jobs.task("delivery.drop_rest", queue=jobs.INTERACTIVE)
def drop_rest(*, launch_id: int) -> None:
    """Mark what a cancelled launch still had waiting."""
    services.drop_rest(launch_id=launch_id, now=clock.now())


@jobs.periodic("delivery.sweep", cron="* * * * *")
def sweep(timestamp: int) -> None:
    """Go on with what lost its job or whose time has come."""
    _everywhere(datetime.fromtimestamp(timestamp, UTC))


@jobs.at_worker_start
def sweep_at_once() -> None:
    """Go on at once where the worker before this one died."""
    _everywhere(clock.now())


def _everywhere(now: datetime) -> None:
    for schema in schemas.workspace_schemas():
        with schemas.use(schema):
            services.hint_all(now=now)


@jobs.task("delivery.confirm_refusal")
def confirm_refusal(*, refusal_id: int) -> None:
    """Confirm a refusal to whoever said it."""
    services.confirm_refusal(refusal_id=refusal_id, now=clock.now())
