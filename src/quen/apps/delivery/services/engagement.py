"""Process what contacts do with messages: opens, clicks, unsubscribes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from quen.apps.compliance import queries as compliance
from quen.apps.contacts import services as contacts
from quen.apps.delivery.rules import bots
from quen.apps.delivery.services.counters import add_counters
from quen.apps.delivery.services.live_updates import publish_all
from quen.apps.delivery.services.locking import lock_messages
from quen.apps.delivery.services.receipts import COMPLAINT
from quen.apps.delivery.types import ENGAGEMENT, PENDING_STATES, EngagementKind, MessageState
from quen.apps.events import registry as kinds
from quen.apps.events import services as events
from quen.apps.ingest.types import StoredEvent
from quen.core import sql
from quen.core.sql import Relation

#: events stored for one message; more reloads tell nothing new
_MAX_EVENTS_PER_MESSAGE = 1000
_EVENTS = {"sent": "message_sent", "opened": "message_opened", "clicked": "message_clicked"}


@dataclass(frozen=True, slots=True)
class _EventToRecord:
    """An event to record in the contact's timeline."""

    contact_id: int
    kind: str
    at: datetime
    message_id: int
    dispatch_id: int
    url: str


@transaction.atomic
def process_opens_and_clicks(raw_events: Sequence[StoredEvent], *, now: datetime) -> None:
    """Store opens and clicks and update messages, links, counters and contact events.

    A repeated raw event changes nothing; one for a deleted message is ignored. Locks the messages by id, then the
    counters of their dispatches. Any engagement proves that the message arrived, so an uncertain message becomes
    accepted. The first open of a message and the first click on each of its links become events. The few that later
    turn out to be a scanner's keep their event. What changes without an event is announced as ENGAGEMENT.
    """
    if not raw_events:
        return
    messages = [int(each.body["message"]) for each in raw_events]
    lock_messages(messages)
    user_agents = [str(each.body.get("user_agent", ""))[:200] for each in raw_events]
    to_record = sql.fetch(
        "delivery/process_opens_and_clicks",
        into=_EventToRecord,
        ids=[each.id for each in raw_events],
        messages=messages,
        ats=[each.at for each in raw_events],
        urls=[str(each.body.get("url", "")) for each in raw_events],
        user_agents=user_agents,
        bots=[bots.is_bot(user_agent) for user_agent in user_agents],
        bot_seconds=compliance.sending_settings().bot_open_seconds,
        max_events=_MAX_EVENTS_PER_MESSAGE,
        pending=[int(state) for state in (*PENDING_STATES, MessageState.DEFERRED)],
        uncertain=int(MessageState.UNKNOWN_OUTCOME),
        accepted=int(MessageState.ACCEPTED),
    )
    about_contacts = [each for each in to_record if each.contact_id]
    with_event = [each for each in about_contacts if each.kind in _EVENTS]
    _record_events(with_event)
    _touch_last_activity([each for each in with_event if each.kind != "sent"])
    _notify_changed([each.contact_id for each in about_contacts if each.kind not in _EVENTS])
    publish_all(_dispatch_ids(raw_events))


@transaction.atomic
def record_unsubscribes(batch: Relation, *, now: datetime) -> None:
    """Store on messages that they led to an unsubscribe; events whose ``ref`` is no message are ignored.

    batch: "unsubscribed" events as consumers receive them. Spam complaints are not counted as unsubscribes. An
    uncertain message becomes accepted.
    """
    statement = sql.compose(
        "SELECT ref, min(at) AS at FROM {batch} b"
        " WHERE kind = %(kind)s AND ref IS NOT NULL AND coalesce(data ->> 'method', '') <> %(complaint)s GROUP BY ref",
        batch=batch,
        kind=kinds.get("unsubscribed").code,
        complaint=COMPLAINT,
    )
    unsubscribed = dict(sql.rows(statement))
    lock_messages(unsubscribed)
    updated = sql.rows(
        sql.compose(
            "WITH message AS MATERIALIZED (SELECT id, at, state FROM delivery_message m"
            "  JOIN unnest(%(refs)s::bigint[], %(ats)s::timestamptz[]) AS u (ref, at) ON ref = m.id"
            "  WHERE unsubscribed_at IS NULL),"
            " numbered AS MATERIALIZED ("
            "  SELECT nextval('delivery_engagementevent_id_seq') AS event_id, id, at FROM message),"
            " event AS (INSERT INTO delivery_engagementevent (id, message_id, kind, at, url, user_agent)"
            "  SELECT n.event_id, m.id, %(event)s, n.at, '', ''"
            "  FROM numbered n JOIN delivery_message m ON m.id = n.id)"
            " UPDATE delivery_message m SET unsubscribed_at = message.at,"
            "  state = CASE WHEN m.state = %(uncertain)s THEN %(accepted)s ELSE m.state END"
            " FROM message WHERE m.id = message.id"
            " RETURNING m.dispatch_id, m.id, m.contact_id, message.at, message.state = %(uncertain)s",
            refs=list(unsubscribed),
            ats=list(unsubscribed.values()),
            event=int(EngagementKind.UNSUBSCRIBED),
            uncertain=int(MessageState.UNKNOWN_OUTCOME),
            accepted=int(MessageState.ACCEPTED),
        )
    )
    deltas: dict[int, Counter[str]] = {dispatch_id: Counter() for dispatch_id, *_rest in updated}
    for dispatch_id, _message, _contact, _at, was_uncertain in updated:
        # The contact used the message's unsubscribe link, so the message arrived.
        deltas[dispatch_id].update(unsubscribed=1, sent=int(was_uncertain), uncertain=-int(was_uncertain))
    add_counters(deltas)
    _record_events(
        [
            _EventToRecord(contact, "sent", at, message, dispatch_id, "")
            for dispatch_id, message, contact, at, was_uncertain in updated
            if was_uncertain and contact
        ]
    )
    publish_all(set(deltas))


def _notify_changed(contact_ids: Sequence[int]) -> None:
    """Announce that contacts did something that conditions read and no event tells."""
    if contact_ids:
        events.notify_changed(
            Relation(
                "SELECT DISTINCT unnest(%(contacts)s::bigint[]) AS contact_id",
                {"contacts": list(contact_ids)},
                ("contact_id",),
            ),
            fields=(ENGAGEMENT,),
        )


def _touch_last_activity(engaged: Sequence[_EventToRecord]) -> None:
    """Update the last activity of the contacts who opened or clicked."""
    if engaged:
        contacts.touch_activity(
            Relation(
                "SELECT * FROM unnest(%(contacts)s::bigint[], %(ats)s::timestamptz[]) AS engaged (contact_id, at)",
                {"contacts": [each.contact_id for each in engaged], "ats": [each.at for each in engaged]},
                ("contact_id", "at"),
            )
        )


def _record_events(to_record: Sequence[_EventToRecord]) -> None:
    if not to_record:
        return
    instants = [each.at for each in to_record]
    events.ensure_partitions(since=min(instants), until=max(instants))
    events.record_rows(
        Relation(
            "SELECT r.contact_id, r.at, r.kind, NULL::numeric AS value, r.message_id AS ref,"
            " jsonb_strip_nulls(jsonb_build_object('name', d.name, 'url', nullif(r.url, ''))) AS data"
            " FROM unnest(%(contacts)s::bigint[], %(ats)s::timestamptz[], %(kinds)s::smallint[],"
            "  %(messages)s::bigint[], %(dispatches)s::bigint[], %(urls)s::text[])"
            "  AS r (contact_id, at, kind, message_id, dispatch_id, url)"
            " JOIN delivery_dispatch d ON d.id = r.dispatch_id",
            {
                "contacts": [each.contact_id for each in to_record],
                "ats": instants,
                "kinds": [kinds.get(_EVENTS[each.kind]).code for each in to_record],
                "messages": [each.message_id for each in to_record],
                "dispatches": [each.dispatch_id for each in to_record],
                "urls": [each.url for each in to_record],
            },
            ("contact_id", "at", "kind", "value", "ref", "data"),
        )
    )


def _dispatch_ids(raw_events: Sequence[StoredEvent]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT dispatch_id FROM delivery_message WHERE id = ANY(%s)",
            [[int(each.body["message"]) for each in raw_events]],
        )
        return {dispatch_id for (dispatch_id,) in cursor.fetchall()}
