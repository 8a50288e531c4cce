"""What readers do with messages: opened, followed a link, unsubscribed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from quen.apps.compliance import queries as compliance
from quen.apps.contacts import services as contacts
from quen.apps.delivery.rules import machines
from quen.apps.delivery.services.news import show_all
from quen.apps.delivery.services.receipts import COMPLAINT
from quen.apps.delivery.services.tallies import move_tally
from quen.apps.delivery.types import WAITING, HitKind, MessageState
from quen.apps.events import registry as kinds
from quen.apps.events import services as events
from quen.apps.ingest.types import Kept
from quen.core import sql
from quen.core.sql import Relation

#: hits kept of one message; who reloads a mail a thousand times tells nothing new
_MOST_OF_A_MESSAGE = 1000
_EVENTS = {"sent": "message_sent", "opened": "message_opened", "clicked": "message_clicked"}


@dataclass(frozen=True, slots=True)
class _News:
    """Something that is to become an event."""

    contact_id: int
    kind: str
    at: datetime
    message_id: int
    launch_id: int
    url: str


def understand_hits(hits: Sequence[Kept], *, now: datetime) -> None:
    """Write opens and clicks and move everything that counts them: messages, links, figures, events.

    A repeated hit changes nothing, a hit on a message that is gone says nothing. Locks the messages in order of their
    ids, then the figures of their launches. Whatever was read has arrived: an uncertain message is accepted. The first
    open of a message and the first click on each of its links become events; the little that turns out to be a
    scanner's afterwards keeps its event.
    """
    if not hits:
        return
    agents = [str(hit.body.get("agent", ""))[:200] for hit in hits]
    news = sql.fetch(
        "delivery/understand_hits",
        into=_News,
        ids=[hit.id for hit in hits],
        messages=[int(hit.body["message"]) for hit in hits],
        ats=[hit.at for hit in hits],
        urls=[str(hit.body.get("url", "")) for hit in hits],
        agents=agents,
        machines=[machines.is_machine(agent) for agent in agents],
        early_seconds=compliance.rules().machine_open_seconds,
        most=_MOST_OF_A_MESSAGE,
        waiting=[int(state) for state in (*WAITING, MessageState.DEFERRED)],
        uncertain=int(MessageState.UNCERTAIN),
        accepted=int(MessageState.ACCEPTED),
    )
    about_people = [each for each in news if each.contact_id]
    _record(about_people)
    _touch([each for each in about_people if each.kind != "sent"])
    show_all(_launches_of(hits))


def note_unsubscribed(batch: Relation, *, now: datetime) -> None:
    """Note on messages that they made somebody unsubscribe; events whose ``ref`` is no message are passed over.

    batch: events "unsubscribed" as consumers get them. Who complained did not unsubscribe. An uncertain message is
    accepted then.
    """
    noted = sql.rows(
        sql.compose(
            "WITH left_by AS (SELECT ref, min(at) AS at FROM {batch} b"
            "  WHERE kind = %(kind)s AND ref IS NOT NULL AND coalesce(data ->> 'way', '') <> %(complaint)s"
            "  GROUP BY ref),"
            " message AS (SELECT id, at, state FROM delivery_message m JOIN left_by ON ref = m.id"
            "  WHERE unsubscribed_at IS NULL ORDER BY id FOR UPDATE OF m),"
            " hit AS (INSERT INTO delivery_hit (message_id, kind, at, url, agent)"
            "  SELECT id, %(hit)s, at, '', '' FROM message)"
            " UPDATE delivery_message m SET unsubscribed_at = message.at,"
            "  state = CASE WHEN m.state = %(uncertain)s THEN %(accepted)s ELSE m.state END"
            " FROM message WHERE m.id = message.id"
            " RETURNING m.launch_id, m.id, m.contact_id, message.at, message.state = %(uncertain)s",
            batch=batch,
            kind=kinds.get("unsubscribed").code,
            complaint=COMPLAINT,
            hit=int(HitKind.UNSUBSCRIBED),
            uncertain=int(MessageState.UNCERTAIN),
            accepted=int(MessageState.ACCEPTED),
        )
    )
    sums: dict[int, Counter[str]] = {launch_id: Counter() for launch_id, *_rest in noted}
    for launch_id, _message, _contact, _at, was_uncertain in noted:
        # Who read the way out has got the message.
        sums[launch_id].update(unsubscribed=1, handed_over=int(was_uncertain), uncertain=-int(was_uncertain))
    move_tally(sums)
    _record(
        [
            _News(contact, "sent", at, message, launch_id, "")
            for launch_id, message, contact, at, was_uncertain in noted
            if was_uncertain and contact
        ]
    )
    show_all(set(sums))


def _touch(acts: Sequence[_News]) -> None:
    """Move the last activity of whoever read or followed something."""
    if acts:
        contacts.touch_activity(
            Relation(
                "SELECT * FROM unnest(%(contacts)s::bigint[], %(ats)s::timestamptz[]) AS act (contact_id, at)",
                {"contacts": [each.contact_id for each in acts], "ats": [each.at for each in acts]},
                ("contact_id", "at"),
            )
        )


def _record(news: Sequence[_News]) -> None:
    if not news:
        return
    instants = [each.at for each in news]
    events.ensure_partitions(since=min(instants), until=max(instants))
    events.record_rows(
        Relation(
            "SELECT n.contact_id, n.at, n.kind, NULL::numeric AS value, n.message_id AS ref,"
            " jsonb_strip_nulls(jsonb_build_object('name', l.name, 'url', nullif(n.url, ''))) AS data"
            " FROM unnest(%(contacts)s::bigint[], %(ats)s::timestamptz[], %(kinds)s::smallint[],"
            "  %(messages)s::bigint[], %(launches)s::bigint[], %(urls)s::text[])"
            "  AS n (contact_id, at, kind, message_id, launch_id, url)"
            " JOIN delivery_launch l ON l.id = n.launch_id",
            {
                "contacts": [each.contact_id for each in news],
                "ats": instants,
                "kinds": [kinds.get(_EVENTS[each.kind]).code for each in news],
                "messages": [each.message_id for each in news],
                "launches": [each.launch_id for each in news],
                "urls": [each.url for each in news],
            },
            ("contact_id", "at", "kind", "value", "ref", "data"),
        )
    )


def _launches_of(hits: Sequence[Kept]) -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT launch_id FROM delivery_message WHERE id = ANY(%s)",
            [[int(hit.body["message"]) for hit in hits]],
        )
        return {launch_id for (launch_id,) in cursor.fetchall()}
