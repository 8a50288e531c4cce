"""Turning the people of a launch into messages: batch by batch, one statement each."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.delivery import queries
from quen.apps.delivery.models import Launch, Pinned
from quen.apps.delivery.services.ending import finish_if_done
from quen.apps.delivery.services.lanes import hint
from quen.apps.delivery.services.news import show
from quen.apps.delivery.services.tallies import figures_at, move_tally
from quen.apps.delivery.types import AT_WORK, LaunchState, MessageState
from quen.core import schemas, sql
from quen.core.sql import Relation

Clock = Callable[[], datetime]
BATCH: Final = 50_000
CHUNK: Final = 1_000


def gather(*, launch_id: int, clock: Clock, batch: int = BATCH) -> None:
    """Gather a launch to its end, from where it stands. Stops when it is paused or cancelled; safe to call again."""
    while _gather_batch(launch_id, clock(), batch):
        pass


@transaction.atomic
def _gather_batch(launch_id: int, now: datetime, batch: int) -> bool:
    # No key: whoever hands over holds the launch's key, and goes on beside us.
    launch = Launch.objects.select_for_update(no_key=True).filter(pk=launch_id).first()
    if launch is None or launch.state != LaunchState.GATHERING:
        return False
    if launch.gathered < launch.pinned:
        take_turns()
        until = min(launch.gathered + batch, launch.pinned)
        _queue(launch, _slice(launch, until), now)
        launch.gathered = until
    if launch.gathered >= launch.pinned:
        Pinned.objects.filter(launch_id=launch.pk).delete()
        launch.gathered_at, launch.state = now, LaunchState.SENDING
    launch.save(update_fields=["gathered", "gathered_at", "state"])
    show(launch)
    if launch.state == LaunchState.SENDING:
        finish_if_done(launch, now=now)
    if launch.state in AT_WORK:
        hint(launch)
    return launch.state == LaunchState.GATHERING


def _slice(launch: Launch, until: int) -> Relation:
    return Relation(
        "SELECT contact_id FROM delivery_pinned WHERE launch_id = %(launch)s"
        " AND position > %(since)s AND position <= %(until)s",
        {"launch": launch.pk, "since": launch.gathered, "until": until},
        ("contact_id",),
    )


def _queue(launch: Launch, people: Relation, now: datetime) -> None:
    """Write a message for each of the people, and with them where they wait and what they count."""
    capped = None
    if launch.message_class == MessageClass.MARKETING:
        capped = queries.over_cap(people, kind=launch.kind, now=now, but=launch.pk)
    gate = compliance.gate(
        people, channel=launch.kind, message_class=launch.message_class, now=now, capped=capped
    )
    statement = sql.compose(
        sql.text("delivery/queue"),
        gate=gate,
        launch=launch.pk,
        origin=launch.origin_at,
        queued=MessageState.QUEUED,
        skipped=MessageState.SKIPPED,
        chunk=CHUNK,
    )
    sums: Counter[str] = Counter()
    for state, reason, count in sql.rows(statement):
        sums["audience"] += count
        for figure in figures_at(state, reason):
            sums[figure] += count
    move_tally({launch.pk: sums})


def take_turns() -> None:
    """Wait for whoever looks at the cap in this workspace, until the end of the transaction."""
    # Two launches that gather at once would each see nothing of what the other queues, and both pass the cap.
    digest = hashlib.blake2b(f"gather:{schemas.current()}".encode(), digest_size=8).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int.from_bytes(digest, "big", signed=True)])
