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
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.services.counters import add_counters
from quen.apps.delivery.services.lifecycle import publish_state
from quen.apps.delivery.services.message_queue import enqueue_range
from quen.apps.delivery.services.priority import wake
from quen.apps.delivery.types import EXEMPT_SOURCES, AlreadyDispatched, DispatchState, MessageState
from quen.apps.team import services as team
from quen.core import jobs, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection, Sender
    from quen.apps.team.models import Member


@transaction.atomic
def create_dispatch(
    *,
    source: str,
    source_id: int,
    scheduled_for: datetime,
    name: str,
    contacts: Relation,
    message_class: str,
    connection: Connection,
    sender: Sender,
    content_id: int,
    permission_reminders: Mapping[str, str],
    track_opens: bool,
    track_clicks: bool,
    rate_per_second: float | None,
    actor: Member | None,
    now: datetime,
    link_tags: Mapping[str, str] | None = None,
) -> Dispatch:
    """Freeze who is meant (CAM-54) and begin to send; give the dispatch.

    contacts: column contact_id, any order, each once or more.  link_tags: appended to every link.
    The gate is asked later, batch by batch, and again right before the first byte.
    Raises AlreadyDispatched; nothing is written then.
    """
    dispatch = _insert(
        Dispatch(
            source=source,
            source_id=source_id,
            scheduled_for=scheduled_for,
            message_class=message_class,
            name=name,
            content_id=content_id,
            **_channel_columns(connection, sender),
            permission_reminders=dict(permission_reminders),
            link_tags=dict(link_tags or {}),
            track_opens=track_opens,
            track_clicks=track_clicks,
            rate_per_second=rate_per_second,
            created_at=now,
            member_id=actor.pk if actor else None,
        )
    )
    content.freeze(content_queries.get_content(content_id), now=now)
    dispatch.recipient_count = snapshot_recipients(dispatch, contacts)
    dispatch.save(update_fields=["recipient_count"])
    team.audit(
        actor,
        "delivery.started",
        now=now,
        target=dispatch,
        data={"name": name, "contacts": dispatch.recipient_count},
    )
    publish_state(dispatch)
    jobs.enqueue("delivery.fan_out", dispatch_id=dispatch.pk)
    return dispatch


@transaction.atomic
def send_one(
    *,
    source: str,
    source_id: int,
    scheduled_for: datetime,
    name: str,
    address: str,
    language: str,
    message_class: str,
    connection: Connection,
    sender: Sender,
    now: datetime,
    content_id: int = 0,
    contact_id: int = 0,
    permission_reminders: Mapping[str, str] | None = None,
    link_tags: Mapping[str, str] | None = None,
    prepared_content: Mapping[str, str] | None = None,
) -> Dispatch:
    """Send one message to one address past the gate: a test to a colleague, a confirmation to a customer.

    It overtakes every campaign. content_id or prepared_content ({"subject", "text"}) says what; contact_id whose data
    fill the tags. Neither opens nor clicks are followed. Raises AlreadyDispatched; nothing is written then.
    """
    if source not in EXEMPT_SOURCES:
        raise ValueError(source)
    dispatch = _insert(
        Dispatch(
            source=source,
            source_id=source_id,
            scheduled_for=scheduled_for,
            message_class=message_class,
            name=name,
            content_id=content_id,
            **_channel_columns(connection, sender),
            permission_reminders=dict(permission_reminders or {}),
            link_tags=dict(link_tags or {}),
            prepared_content=dict(prepared_content or {}),
            track_opens=False,
            track_clicks=False,
            state=DispatchState.SENDING,
            recipient_count=1,
            fanned_out_count=1,
            created_at=now,
            fanned_out_at=now,
        )
    )
    message = Message.objects.create(
        dispatch_id=dispatch.pk,
        contact_id=contact_id,
        scheduled_for=scheduled_for,
        address=address,
        language=language,
        state=MessageState.QUEUED,
    )
    enqueue_range(dispatch.pk, [message.pk])
    add_counters({dispatch.pk: {"audience": 1, "queued": 1}})
    wake(dispatch)
    return dispatch


def _channel_columns(connection: Connection, sender: Sender) -> dict[str, Any]:
    """Give what a dispatch keeps of how it travels and whom it comes from."""
    return {
        "channel": connection.channel,
        "connection_id": connection.pk,
        "sender_name": sender.name,
        "sender_address": sender.address,
        "reply_to": sender.reply_to,
    }


def _insert(dispatch: Dispatch) -> Dispatch:
    if dispatch.connection_id is None:
        raise NoConnection()
    MessageClass(dispatch.message_class)
    try:
        with transaction.atomic():
            dispatch.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyDispatched() from error
    return dispatch


def snapshot_recipients(dispatch: Dispatch, contacts: Relation) -> int:
    statement = sql.compose(
        "INSERT INTO delivery_dispatchrecipient (dispatch_id, position, contact_id)"
        " SELECT %(dispatch)s, row_number() OVER (ORDER BY contact_id), contact_id"
        " FROM (SELECT DISTINCT contact_id FROM {contacts} c) recipient",
        contacts=contacts,
        dispatch=dispatch.pk,
    )
    return sql.execute(statement)
