"""Pause, resume, cancel and finish dispatches. Effective at once, because every claim checks the dispatch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils import translation

from quen.apps.accounts import queries as accounts
from quen.apps.delivery import queries, signals
from quen.apps.delivery.models import Dispatch, DispatchRecipient, Message, QueueRange
from quen.apps.delivery.services.allocation import release_values
from quen.apps.delivery.services.counters import add_counters
from quen.apps.delivery.services.live_updates import publish
from quen.apps.delivery.services.priority import wake
from quen.apps.delivery.types import (
    ACTIVE_STATES,
    DispatchFinished,
    DispatchSource,
    DispatchState,
    MessageState,
)
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.core import jobs, pauses, sql
from quen.core.actors import Actor
from quen.core.job_outcomes import UNEXPECTED, unexpected_text
from quen.core.sql import Relation

#: ranges, of about a thousand messages each, cancelled by one transaction
_RANGES_PER_TRANSACTION: Final = 20


@transaction.atomic
def pause_dispatch(dispatch: Dispatch, *, actor: Actor, now: datetime) -> Dispatch:
    """Pause sending; messages in flight still get their result. Raises DispatchFinished."""
    locked = _locked(dispatch, *ACTIVE_STATES)
    locked.state = DispatchState.PAUSED
    locked.save(update_fields=["state"])
    _log(locked, "delivery.paused", actor, now)
    publish_state(locked)
    return locked


@transaction.atomic
def resume_dispatch(dispatch: Dispatch, *, actor: Actor, now: datetime) -> Dispatch:
    """Resume where it was paused. Raises DispatchFinished."""
    locked = _locked(dispatch, DispatchState.PAUSED)
    locked.state = DispatchState.SENDING if locked.fanned_out_at else DispatchState.FANNING_OUT
    locked.error = {}
    locked.save(update_fields=["state", "error"])
    _log(locked, "delivery.resumed", actor, now)
    publish_state(locked)
    if locked.state == DispatchState.FANNING_OUT:
        jobs.enqueue("delivery.fan_out", dispatch_id=locked.pk)
    elif not finish_if_done(locked, now=now):
        wake(locked)
    return locked


@transaction.atomic
def cancel_dispatch(dispatch: Dispatch, *, actor: Actor, now: datetime) -> Dispatch:
    """Cancel what has not been sent. Raises DispatchFinished.

    No batch is claimed from now on; a job marks the remaining messages.
    """
    locked = _locked(dispatch, *ACTIVE_STATES, DispatchState.PAUSED)
    locked.state, locked.error = DispatchState.CANCELLED, {}
    locked.save(update_fields=["state", "error"])
    _log(locked, "delivery.cancelled", actor, now)
    publish_state(locked)
    jobs.enqueue("delivery.cancel_remaining", dispatch_id=locked.pk)
    return locked


@transaction.atomic
def close_dispatch(dispatch: Dispatch, *, now: datetime) -> Dispatch:
    """Close an open dispatch: no recipients are added any more, and it finishes once all messages are sent."""
    locked = Dispatch.objects.select_for_update().get(pk=dispatch.pk)
    locked.is_open = False
    locked.save(update_fields=["is_open"])
    finish_if_done(locked, now=now)
    return locked


@transaction.atomic
def pause_on_error(dispatch: Dispatch, *, code: str, text: str, reference: str = "") -> Dispatch | None:
    """Pause a dispatch because its provider refuses us and return it; None when it is not active.

    reference: of an unexpected error, the number in the log.
    """
    locked = Dispatch.objects.select_for_update().get(pk=dispatch.pk)
    if locked.state not in ACTIVE_STATES:
        return None
    locked.state, locked.error = DispatchState.PAUSED, {"code": code, "text": text}
    if reference:
        locked.error["reference"] = reference
    locked.save(update_fields=["state", "error"])
    publish_state(locked)
    return locked


@transaction.atomic
def pause_failed(dispatches: Iterable[Dispatch], *, reference: str, now: datetime) -> None:
    """Pause dispatches whose job ended with an unexpected error, and notify who started them. They can be resumed."""
    with translation.override(accounts.current_workspace().language):
        text = unexpected_text(reference)
    for dispatch in dispatches:
        paused = pause_on_error(dispatch, code=UNEXPECTED, text=text, reference=reference)
        if paused is not None:
            notify_error(paused, now=now)


def cancel_remaining(*, dispatch_id: int, now: datetime) -> None:
    """Cancel the queued messages of a cancelled dispatch, batch by batch. Safe to repeat."""
    while _cancel_batch(dispatch_id, now):
        pauses.give_way()


@transaction.atomic
def _cancel_batch(dispatch_id: int, now: datetime) -> bool:
    dispatch = Dispatch.objects.select_for_update().filter(pk=dispatch_id).first()
    if dispatch is None or dispatch.state != DispatchState.CANCELLED:
        return False
    DispatchRecipient.objects.filter(dispatch_id=dispatch_id).delete()
    ranges = list(
        QueueRange.objects.filter(dispatch_id=dispatch_id).order_by("first_id", "id")[
            :_RANGES_PER_TRANSACTION
        ]
    )
    cancelled = [_cancel_range(dispatch, since=each.first_id, until=each.last_id, now=now) for each in ranges]
    QueueRange.objects.filter(pk__in=[each.pk for each in ranges]).delete()
    due = Message.objects.filter(dispatch_id=dispatch_id, due_at__isnull=False, state=MessageState.DEFERRED)
    if dispatch.allocated_tags:
        release_values(dispatch, list(due.values_list("pk", flat=True)), now=now)
    deferred = due.update(state=MessageState.CANCELLED, due_at=None)
    add_counters(
        {
            dispatch_id: {
                "queued": -sum(cancelled),
                "deferred": -deferred,
                "cancelled": sum(cancelled) + deferred,
            }
        }
    )
    if not ranges and dispatch.ended_at is None:
        dispatch.ended_at = now
        dispatch.save(update_fields=["ended_at"])
        publish_state(dispatch)
    return bool(ranges)


def _cancel_range(dispatch: Dispatch, *, since: int, until: int, now: datetime) -> int:
    """Cancel queued messages in a range of ids, both inclusive; return how many. The caller updates the counters."""
    queued = Relation(
        "SELECT id AS message_id FROM delivery_message WHERE id BETWEEN %(since)s AND %(until)s"
        " AND dispatch_id = %(dispatch)s AND state = %(queued)s",
        {"since": since, "until": until, "dispatch": dispatch.pk, "queued": int(MessageState.QUEUED)},
        ("message_id",),
    )
    release_values(dispatch, queued, now=now)
    return sql.execute(
        sql.compose(
            "UPDATE delivery_message SET state = %(cancelled)s WHERE id IN (SELECT message_id FROM {queued} q)",
            queued=queued,
            cancelled=MessageState.CANCELLED,
        )
    )


def _locked(dispatch: Dispatch, *states: DispatchState) -> Dispatch:
    locked = Dispatch.objects.select_for_update().get(pk=dispatch.pk)
    if locked.state not in states:
        raise DispatchFinished(name=locked.name, state=DispatchState(locked.state).label)
    return locked


def _log(dispatch: Dispatch, kind: str, actor: Actor, now: datetime) -> None:
    team.audit(actor, kind, now=now, target=dispatch, data={"name": dispatch.name})


def finish_if_done(dispatch: Dispatch, *, now: datetime) -> bool:
    """Finish a closed dispatch without queued or deferred messages. The caller has locked it."""
    counts = queries.counts(dispatch.pk)
    if dispatch.is_open or dispatch.state != DispatchState.SENDING or counts.queued or counts.deferred:
        return False
    dispatch.state, dispatch.ended_at, dispatch.error = DispatchState.FINISHED, now, {}
    dispatch.save(update_fields=["state", "ended_at", "error"])
    publish_state(dispatch)
    if dispatch.source == DispatchSource.CAMPAIGN:
        _notify(
            dispatch,
            "delivery.finished",
            now=now,
            data={"sent": counts.sent, "uncertain": counts.uncertain},
        )
    return True


def publish_state(dispatch: Dispatch) -> None:
    """Send dispatch_changed to the apps above and update open pages."""
    signals.dispatch_changed.send(
        sender=Dispatch,
        dispatch_id=dispatch.pk,
        source=dispatch.source,
        source_id=dispatch.source_id,
        state=dispatch.state,
    )
    publish(dispatch)


def notify_error(dispatch: Dispatch, *, now: datetime) -> None:
    """Notify the member who started the dispatch that it was paused by an error."""
    _notify(dispatch, "delivery.paused_on_error", now=now, data={"text": dispatch.error.get("text", "")})


def _notify(dispatch: Dispatch, kind: str, *, now: datetime, data: dict[str, object]) -> None:
    member = team_queries.members().filter(pk=dispatch.member_id or 0).first()
    if member is not None:
        path = f"/messages/?dispatch={dispatch.pk}"
        team.notify(member, kind, now=now, path=path, data={"name": dispatch.name, **data})
