"""What a person decides about messages of which we know nothing, or which failed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Coalesce

from quen.apps.compliance.types import MessageClass
from quen.apps.delivery import queries
from quen.apps.delivery.models import Launch, Message
from quen.apps.delivery.services.ending import tell
from quen.apps.delivery.services.gathering import take_turns
from quen.apps.delivery.services.lanes import hint
from quen.apps.delivery.services.loading import note_ranges
from quen.apps.delivery.services.tallies import figures_at, move_tally
from quen.apps.delivery.types import (
    UNGATED,
    HadEnough,
    LaunchOver,
    LaunchState,
    MessageState,
    NotUncertain,
    Source,
)
from quen.apps.events import services as events
from quen.apps.events.types import NewEvent
from quen.apps.team import services as team
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Member


@transaction.atomic
def settle_uncertain(message: Message, *, sent: bool, actor: Member | None, now: datetime) -> Message:
    """Say of an uncertain message that it arrived, or let it go again.

    Raises NotUncertain, LaunchOver, HadEnough.
    """
    if not _settle(queries.get_launch(message.launch_id), sent=sent, actor=actor, now=now, only=message.pk):
        raise NotUncertain()
    message.refresh_from_db()
    return message


@transaction.atomic
def settle_all_uncertain(launch: Launch, *, sent: bool, actor: Member | None, now: datetime) -> int:
    """Say the same of every uncertain message of a launch; give how many. Raises LaunchOver, HadEnough."""
    return _settle(launch, sent=sent, actor=actor, now=now)


@transaction.atomic
def retry_failed(launch: Launch, *, actor: Member | None, now: datetime) -> int:
    """Try again what failed for good after its tries; give how many. Addresses that were refused stay out.

    Raises LaunchOver for a cancelled launch, HadEnough.
    """
    locked = _for_more(launch)
    failed = Message.objects.filter(launch_id=locked.pk, state=MessageState.FAILED)
    again = _queue_again(locked, list(failed.values_list("pk", flat=True)), MessageState.FAILED, now)
    team.log_action(
        actor, "delivery.retried", now=now, target=locked, data={"name": locked.name, "people": again}
    )
    return again


def _settle(
    launch: Launch, *, sent: bool, actor: Member | None, now: datetime, only: int | None = None
) -> int:
    found = Message.objects.filter(launch_id=launch.pk, state=MessageState.UNCERTAIN)
    if only is not None:
        found = found.filter(pk=only)
    if sent:
        told = list(found.values_list("contact_id", "pk"))
        settled = found.update(state=MessageState.ACCEPTED, handed_at=Coalesce("handed_at", Value(now)))
        if launch.source != Source.TEST:
            events.record_many(
                [
                    NewEvent("message_sent", contact, now, None, ref, {"name": launch.name})
                    for contact, ref in told
                ]
            )
        move_tally({launch.pk: {"uncertain": -settled, "handed_over": settled}})
    else:
        ids = list(found.values_list("pk", flat=True))
        settled = _queue_again(_for_more(launch), ids, MessageState.UNCERTAIN, now)
    if settled:
        data = {"name": launch.name, "people": settled, "sent": sent}
        team.log_action(actor, "delivery.settled", now=now, target=launch, data=data)
    return settled


def _queue_again(launch: Launch, ids: Sequence[int], state: MessageState, now: datetime) -> int:
    """Let messages of a state wait anew under their next attempt; who has had enough meanwhile stays as they are."""
    ids = _within_cap(launch, ids, now)
    again = Message.objects.filter(pk__in=ids, state=state).update(
        state=MessageState.QUEUED, attempt=F("attempt") + 1, tries=0, due_at=None, code="", told=""
    )
    if not again:
        return 0
    note_ranges(launch.pk, ids)
    (before,) = figures_at(state)
    move_tally({launch.pk: {before: -again, "queued": again}})
    if launch.state == LaunchState.FINISHED:
        launch.state, launch.ended_at = LaunchState.SENDING, None
        launch.save(update_fields=["state", "ended_at"])
        tell(launch)
    if launch.state == LaunchState.SENDING:
        hint(launch)
    return again


def _within_cap(launch: Launch, ids: Sequence[int], now: datetime) -> Sequence[int]:
    """Leave out whom other launches have written as often as is allowed (Decree 91/2020 Art. 13.5)."""
    if launch.message_class != MessageClass.MARKETING or launch.source in UNGATED or not ids:
        return ids
    take_turns()
    people = Relation(
        "SELECT contact_id FROM delivery_message WHERE id = ANY(%(ids)s)", {"ids": list(ids)}, ("contact_id",)
    )
    capped = queries.over_cap(people, kind=launch.kind, now=now, but=launch.pk)
    full = [contact_id for (contact_id,) in sql.rows(capped)] if capped is not None else []
    free = Message.objects.filter(pk__in=ids).exclude(contact_id__in=full).values_list("pk", flat=True)
    found = list(free) if full else ids
    if not found:
        raise HadEnough()
    return found


def _for_more(launch: Launch) -> Launch:
    locked = Launch.objects.select_for_update().get(pk=launch.pk)
    if locked.state in (LaunchState.CANCELLED, LaunchState.FAILED):
        raise LaunchOver(name=locked.name, state=LaunchState(locked.state).label)
    return locked
