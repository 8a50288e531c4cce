"""Pausing, going on, giving up: at once, for no window opens without asking the launch."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.db import transaction

from quen.apps.delivery.models import Chunk, Launch, Message, Pinned
from quen.apps.delivery.services.ending import finish_if_done, tell
from quen.apps.delivery.services.lanes import hint
from quen.apps.delivery.services.tallies import move_tally
from quen.apps.delivery.types import AT_WORK, LaunchOver, LaunchState, MessageState
from quen.apps.team import services as team
from quen.core import jobs, sql

if TYPE_CHECKING:
    from quen.apps.team.models import Member

#: ranges of about a thousand messages that one transaction drops
_RANGES: Final = 20


@transaction.atomic
def pause_launch(launch: Launch, *, actor: Member | None, now: datetime) -> Launch:
    """Let nothing leave until it is resumed. What is on the wire gets its result. Raises LaunchOver."""
    locked = _locked(launch, *AT_WORK)
    locked.state = LaunchState.PAUSED
    locked.save(update_fields=["state"])
    _log(locked, "delivery.paused", actor, now)
    tell(locked)
    return locked


@transaction.atomic
def resume_launch(launch: Launch, *, actor: Member | None, now: datetime) -> Launch:
    """Go on where it was paused. Raises LaunchOver."""
    locked = _locked(launch, LaunchState.PAUSED)
    locked.state = LaunchState.SENDING if locked.gathered_at else LaunchState.GATHERING
    locked.trouble = {}
    locked.save(update_fields=["state", "trouble"])
    _log(locked, "delivery.resumed", actor, now)
    tell(locked)
    if locked.state == LaunchState.GATHERING:
        jobs.enqueue("delivery.gather", launch_id=locked.pk)
    elif not finish_if_done(locked, now=now):
        hint(locked)
    return locked


@transaction.atomic
def cancel_launch(launch: Launch, *, actor: Member | None, now: datetime) -> Launch:
    """Give up what has not left: no window opens after this, a job marks the rest. Raises LaunchOver."""
    locked = _locked(launch, *AT_WORK, LaunchState.PAUSED)
    locked.state, locked.trouble = LaunchState.CANCELLED, {}
    locked.save(update_fields=["state", "trouble"])
    _log(locked, "delivery.cancelled", actor, now)
    tell(locked)
    jobs.enqueue("delivery.drop_rest", launch_id=locked.pk)
    return locked


@transaction.atomic
def stop_for_trouble(launch: Launch, *, code: str, text: str) -> Launch | None:
    """Pause a launch because its provider refuses us; None when it does not move anyway."""
    locked = Launch.objects.select_for_update().get(pk=launch.pk)
    if locked.state not in AT_WORK:
        return None
    locked.state, locked.trouble = LaunchState.PAUSED, {"code": code, "text": text}
    locked.save(update_fields=["state", "trouble"])
    tell(locked)
    return locked


def drop_rest(*, launch_id: int, now: datetime) -> None:
    """Mark what a cancelled launch still had waiting, batch by batch. Safe to call again."""
    while _drop_batch(launch_id, now):
        pass


@transaction.atomic
def _drop_batch(launch_id: int, now: datetime) -> bool:
    launch = Launch.objects.select_for_update().filter(pk=launch_id).first()
    if launch is None or launch.state != LaunchState.CANCELLED:
        return False
    Pinned.objects.filter(launch_id=launch_id).delete()
    ranges = list(Chunk.objects.filter(launch_id=launch_id).order_by("first_id", "id")[:_RANGES])
    dropped = [drop_waiting(launch_id, since=each.first_id, until=each.last_id) for each in ranges]
    Chunk.objects.filter(pk__in=[each.pk for each in ranges]).delete()
    deferred = Message.objects.filter(
        launch_id=launch_id, due_at__isnull=False, state=MessageState.DEFERRED
    ).update(state=MessageState.CANCELLED, due_at=None)
    move_tally(
        {launch_id: {"queued": -sum(dropped), "deferred": -deferred, "cancelled": sum(dropped) + deferred}}
    )
    if not ranges and launch.ended_at is None:
        launch.ended_at = now
        launch.save(update_fields=["ended_at"])
        tell(launch)
    return bool(ranges)


def drop_waiting(launch_id: int, *, since: int, until: int) -> int:
    """Cancel what waits in a range of ids, both included; give how many. The tally is the caller's."""
    return sql.execute(
        sql.compose(
            "UPDATE delivery_message SET state = %(cancelled)s WHERE id BETWEEN %(since)s AND %(until)s"
            " AND launch_id = %(launch)s AND state = %(queued)s",
            since=since,
            until=until,
            launch=launch_id,
            queued=MessageState.QUEUED,
            cancelled=MessageState.CANCELLED,
        )
    )


def _locked(launch: Launch, *states: LaunchState) -> Launch:
    locked = Launch.objects.select_for_update().get(pk=launch.pk)
    if locked.state not in states:
        raise LaunchOver(name=locked.name, state=LaunchState(locked.state).label)
    return locked


def _log(launch: Launch, kind: str, actor: Member | None, now: datetime) -> None:
    team.log_action(actor, kind, now=now, target=launch, data={"name": launch.name})
