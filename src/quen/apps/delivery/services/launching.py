"""Deciding to send: who is meant is frozen in one statement, the rest is work for the background."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from quen.apps.channels.types import NoConnection
from quen.apps.compliance.types import MessageClass
from quen.apps.content import queries as content_queries
from quen.apps.content import services as content
from quen.apps.delivery.models import Launch, Message
from quen.apps.delivery.services.chunks import wait_in
from quen.apps.delivery.services.ending import tell
from quen.apps.delivery.services.lanes import hint
from quen.apps.delivery.services.tallies import move_tally
from quen.apps.delivery.types import UNGATED, AlreadyLaunched, LaunchState, MessageState
from quen.apps.team import services as team
from quen.core import jobs, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection, Sender
    from quen.apps.team.models import Member


@transaction.atomic
def launch(
    *,
    source: str,
    source_id: int,
    origin_at: datetime,
    name: str,
    people: Relation,
    message_class: str,
    connection: Connection,
    sender: Sender,
    content_id: int,
    reminders: Mapping[str, str],
    track_opens: bool,
    track_clicks: bool,
    rate_per_second: float | None,
    actor: Member | None,
    now: datetime,
    link_tags: Mapping[str, str] | None = None,
) -> Launch:
    """Freeze who is meant (CAM-54) and begin to send; give the launch.

    people: column contact_id, any order, each once or more.  link_tags: appended to every link.
    The gate is asked later, batch by batch, and again right before the first byte.
    Raises AlreadyLaunched; nothing is written then.
    """
    made = _make(
        Launch(
            source=source,
            source_id=source_id,
            origin_at=origin_at,
            message_class=message_class,
            name=name,
            content_id=content_id,
            **_way(connection, sender),
            reminders=dict(reminders),
            link_tags=dict(link_tags or {}),
            track_opens=track_opens,
            track_clicks=track_clicks,
            rate_per_second=rate_per_second,
            created_at=now,
            member_id=actor.pk if actor else None,
        )
    )
    content.freeze(content_queries.get_content(content_id), now=now)
    made.pinned = _pin(made, people)
    made.save(update_fields=["pinned"])
    team.log_action(
        actor, "delivery.launched", now=now, target=made, data={"name": name, "people": made.pinned}
    )
    tell(made)
    jobs.enqueue("delivery.gather", launch_id=made.pk)
    return made


@transaction.atomic
def send_one(
    *,
    source: str,
    source_id: int,
    origin_at: datetime,
    name: str,
    address: str,
    language: str,
    message_class: str,
    connection: Connection,
    sender: Sender,
    now: datetime,
    content_id: int = 0,
    contact_id: int = 0,
    reminders: Mapping[str, str] | None = None,
    link_tags: Mapping[str, str] | None = None,
    ready: Mapping[str, str] | None = None,
) -> Launch:
    """Send one message to one address past the gate: a test to a colleague, a confirmation to a customer.

    It overtakes every campaign. content_id or ready ({"subject", "text"}) says what; contact_id whose data fill
    the tags. Neither opens nor clicks are followed. Raises AlreadyLaunched; nothing is written then.
    """
    if source not in UNGATED:
        raise ValueError(source)
    made = _make(
        Launch(
            source=source,
            source_id=source_id,
            origin_at=origin_at,
            message_class=message_class,
            name=name,
            content_id=content_id,
            **_way(connection, sender),
            reminders=dict(reminders or {}),
            link_tags=dict(link_tags or {}),
            ready=dict(ready or {}),
            track_opens=False,
            track_clicks=False,
            state=LaunchState.SENDING,
            pinned=1,
            gathered=1,
            created_at=now,
            gathered_at=now,
        )
    )
    message = Message.objects.create(
        launch_id=made.pk,
        contact_id=contact_id,
        origin_at=origin_at,
        address=address,
        language=language,
        state=MessageState.QUEUED,
    )
    wait_in(made.pk, [message.pk])
    move_tally({made.pk: {"audience": 1, "queued": 1}})
    hint(made)
    return made


def _way(connection: Connection, sender: Sender) -> dict[str, Any]:
    """Give what a launch keeps of how it travels and whom it comes from."""
    return {
        "kind": connection.kind,
        "connection_id": connection.pk,
        "sender_name": sender.name,
        "sender_address": sender.address,
        "reply_to": sender.reply_to,
    }


def _make(launch: Launch) -> Launch:
    if launch.connection_id is None:
        raise NoConnection()
    MessageClass(launch.message_class)
    try:
        with transaction.atomic():
            launch.save(force_insert=True)
    except IntegrityError as taken:
        raise AlreadyLaunched() from taken
    return launch


def _pin(launch: Launch, people: Relation) -> int:
    statement = sql.compose(
        "INSERT INTO delivery_pinned (launch_id, position, contact_id)"
        " SELECT %(launch)s, row_number() OVER (ORDER BY contact_id), contact_id"
        " FROM (SELECT DISTINCT contact_id FROM {people} asked) meant",
        people=people,
        launch=launch.pk,
    )
    return sql.execute(statement)
