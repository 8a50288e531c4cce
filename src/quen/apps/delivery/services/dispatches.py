"""Create dispatches: one statement freezes the recipients, background jobs do the rest."""

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
from quen.apps.delivery.services.allocation import allocated_tags
from quen.apps.delivery.services.counters import add_counters
from quen.apps.delivery.services.lifecycle import publish_state
from quen.apps.delivery.services.message_queue import enqueue_range
from quen.apps.delivery.services.priority import wake
from quen.apps.delivery.types import (
    ENDED_STATES,
    EXEMPT_SOURCES,
    AlreadyDispatched,
    DispatchFinished,
    DispatchState,
    MessageState,
)
from quen.apps.team import services as team
from quen.core import jobs, sql
from quen.core.actors import Actor
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection, Sender


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
    actor: Actor,
    now: datetime,
    link_tags: Mapping[str, str] | None = None,
    topic_id: int | None = None,
    is_open: bool = False,
) -> Dispatch:
    """Create a dispatch, freeze its recipients (CAM-54), start sending and return it.

    contacts: column contact_id, any order, duplicates allowed.  link_tags: appended to every link.
    topic_id: of advertising, a compliance.Topic; contacts who left it are skipped.
    is_open: further recipients may be added with ``add_recipients`` until ``close_dispatch``.
    Eligibility is checked later, at fan-out and again right before each batch is sent.
    Raises AlreadyDispatched; nothing is written then.
    """
    dispatch = _insert(
        Dispatch(
            source=source,
            source_id=source_id,
            scheduled_for=scheduled_for,
            message_class=message_class,
            topic_id=topic_id,
            name=name,
            content_id=content_id,
            **_channel_columns(connection, sender),
            permission_reminders=dict(permission_reminders),
            link_tags=dict(link_tags or {}),
            track_opens=track_opens,
            track_clicks=track_clicks,
            rate_per_second=rate_per_second,
            allocated_tags=allocated_tags(content_id),
            is_open=is_open,
            created_at=now,
            member_id=actor.member_id,
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
def add_recipients(dispatch: Dispatch, *, contacts: Relation, scheduled_for: datetime) -> int:
    """Add recipients to an open dispatch, start their fan-out and return how many were added.

    contacts: column contact_id.  scheduled_for: the instant the messages are for; a contact gets one message per
    instant, so repeating a call adds nothing. Raises DispatchFinished when the dispatch has ended or is closed.
    """
    locked = Dispatch.objects.select_for_update(no_key=True).get(pk=dispatch.pk)
    if not locked.is_open or locked.state in ENDED_STATES:
        raise DispatchFinished(name=locked.name, state=DispatchState(locked.state).label)
    added = sql.execute(
        sql.compose(
            "INSERT INTO delivery_dispatchrecipient (dispatch_id, position, contact_id, scheduled_for)"
            " SELECT %(dispatch)s, %(count)s + row_number() OVER (ORDER BY contact_id), contact_id, %(scheduled_for)s"
            " FROM (SELECT DISTINCT contact_id FROM {contacts} c) recipient"
            " WHERE NOT EXISTS (SELECT 1 FROM delivery_dispatchrecipient r WHERE r.dispatch_id = %(dispatch)s"
            "  AND r.contact_id = recipient.contact_id AND r.scheduled_for = %(scheduled_for)s)"
            " AND NOT EXISTS (SELECT 1 FROM delivery_message m WHERE m.dispatch_id = %(dispatch)s"
            "  AND m.contact_id = recipient.contact_id AND m.attempt = 1 AND m.scheduled_for = %(scheduled_for)s)",
            contacts=contacts,
            dispatch=locked.pk,
            count=locked.recipient_count,
            scheduled_for=scheduled_for,
        )
    )
    if added:
        locked.recipient_count += added
        locked.fanned_out_at = None
        if locked.state == DispatchState.SENDING:
            locked.state = DispatchState.FANNING_OUT
        locked.save(update_fields=["recipient_count", "fanned_out_at", "state"])
        jobs.enqueue("delivery.fan_out", dispatch_id=locked.pk)
    return added


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
    """Send one message to one address without an eligibility check: a test or a confirmation.

    It has priority over every campaign. The content is content_id or prepared_content ({"subject", "text"}); contact_id
    is the contact whose data fill the merge tags. Opens and clicks are not tracked.
    Raises AlreadyDispatched; nothing is written then.
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
    """Return the dispatch columns copied from the connection and the sender."""
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
