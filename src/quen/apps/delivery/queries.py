"""Reads of the delivery room."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.delivery.models import Dispatch, DispatchCounter, DispatchLink, EngagementEvent, Message
from quen.apps.delivery.types import (
    ACTIVE_STATES,
    EXEMPT_SOURCES,
    PENDING_STATES,
    SENT_STATES,
    DispatchCounts,
    DispatchProgress,
    DispatchState,
    LinkStats,
    MessageState,
    ReachEstimate,
)
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.sql import Relation

#: what counts towards the cap: sent, or still going to be (Decree 91/2020 Art. 13.5)
_COUNTED: Final = (*PENDING_STATES, *SENT_STATES, MessageState.DEFERRED, MessageState.UNKNOWN_OUTCOME)
_CAP_WINDOW: Final = timedelta(hours=24)
REASON_PREFIX: Final = "reason:"

#: figure → what it says of a message; the tally counts exactly these (tests count both)
COUNTER_CONDITIONS: Final[dict[str, str]] = {
    "audience": "true",
    "queued": f"state IN ({MessageState.QUEUED:d}, {MessageState.IN_FLIGHT:d})",
    "deferred": f"state = {MessageState.DEFERRED:d}",
    "sent": f"state IN ({', '.join(f'{state:d}' for state in SENT_STATES)})",
    "delivered": "delivered_at IS NOT NULL",
    "refused": f"state = {MessageState.REFUSED:d}",
    "bounced": f"state = {MessageState.BOUNCED:d}",
    "uncertain": f"state = {MessageState.UNKNOWN_OUTCOME:d}",
    "cancelled": f"state = {MessageState.CANCELLED:d}",
    "failed": f"state = {MessageState.FAILED:d}",
    "opened": "opened_at IS NOT NULL",
    "opened_by_bot": "bot_opened_at IS NOT NULL",
    "clicked": "clicked_at IS NOT NULL",
    "unsubscribed": "unsubscribed_at IS NOT NULL",
    "complained": "complained_at IS NOT NULL",
}


# Launches


def get_dispatch(dispatch_id: int) -> Dispatch:
    """Give a dispatch. Raises NotFound."""
    dispatch = Dispatch.objects.filter(pk=dispatch_id).first()
    if dispatch is None:
        raise NotFound()
    return dispatch


def find_dispatch(*, source: str, source_id: int) -> Dispatch | None:
    """Give the latest dispatch of something, a campaign for instance."""
    return (
        Dispatch.objects.filter(source=source, source_id=source_id).order_by("-scheduled_for", "-id").first()
    )


def dispatches_by_id(ids: Collection[int]) -> dict[int, Dispatch]:
    """Give dispatches by their ids."""
    return Dispatch.objects.in_bulk(list(ids))


def active_dispatches(connection_id: int) -> list[Dispatch]:
    """Give the dispatches a connection has to send now: transactional ones first, then the oldest."""
    found = Dispatch.objects.filter(connection_id=connection_id, state__in=ACTIVE_STATES).order_by("id")
    return sorted(found, key=lambda each: (each.message_class != MessageClass.TRANSACTIONAL, each.pk))


def connections_with_active_dispatches() -> list[int]:
    """Give the connections that have something to send."""
    return sorted(
        set(Dispatch.objects.filter(state__in=ACTIVE_STATES).values_list("connection_id", flat=True))
    )


# Counts


def estimate_reach(contacts: Relation, *, channel: str, message_class: str, now: datetime) -> ReachEstimate:
    """Count who of an audience would receive a message now, and why the others would not."""
    capped = (
        over_frequency_cap(contacts, channel=channel, now=now)
        if message_class == MessageClass.MARKETING
        else None
    )
    eligibility = compliance.eligibility(
        contacts, channel=channel, message_class=message_class, now=now, capped=capped
    )
    counted = dict(
        sql.rows(
            sql.compose(
                "SELECT reason, count(*) FROM {eligibility} e GROUP BY reason", eligibility=eligibility
            )
        )
    )
    eligible = counted.pop(None, 0)
    return ReachEstimate(eligible + sum(counted.values()), eligible, dict(sorted(counted.items())))


def over_frequency_cap(
    contacts: Relation, *, channel: str, now: datetime, exclude_dispatch_id: int | None = None
) -> Relation | None:
    """Give who of the people has had as much advertising in 24 hours as is allowed, column contact_id.

    Messages that wait count too, so that two dispatches side by side keep the cap together.
    None when no other dispatch can have written to anybody.  exclude_dispatch_id: the dispatch that asks.
    """
    since = now - _CAP_WINDOW
    dispatches = (
        Dispatch.objects.filter(channel=channel, message_class=MessageClass.MARKETING)
        .exclude(pk=exclude_dispatch_id or 0)
        .exclude(ended_at__lt=since)
        .values_list("pk", flat=True)
    )
    found = list(dispatches)
    if not found:
        return None
    statement = sql.compose(
        "SELECT contact_id FROM delivery_message WHERE dispatch_id = ANY(%(dispatches)s)"
        " AND contact_id IN (SELECT contact_id FROM {contacts} c)"
        " AND state = ANY(%(counted)s) AND (sent_at IS NULL OR sent_at > %(since)s)"
        " GROUP BY contact_id HAVING count(*) >= %(cap)s",
        contacts=contacts,
        dispatches=found,
        counted=[int(state) for state in _COUNTED],
        since=since,
        cap=compliance.sending_settings().email_cap,
    )
    return Relation(statement.text, statement.params, ("contact_id",))


def counts(dispatch_id: int) -> DispatchCounts:
    """Give the numbers of a dispatch from a handful of rows."""
    return counts_by_dispatch([dispatch_id])[dispatch_id]


def counts_by_dispatch(dispatch_ids: Collection[int]) -> dict[int, DispatchCounts]:
    """Give the numbers of several dispatches in one query."""
    known: dict[int, dict[str, int]] = {dispatch_id: {} for dispatch_id in dispatch_ids}
    reasons: dict[int, dict[int, int]] = {dispatch_id: {} for dispatch_id in dispatch_ids}
    rows = (
        DispatchCounter.objects.filter(dispatch_id__in=list(dispatch_ids)).exclude(value=0).order_by("name")
    )
    for dispatch_id, name, value in rows.values_list("dispatch_id", "name", "value"):
        if name.startswith(REASON_PREFIX):
            reasons[dispatch_id][int(name.removeprefix(REASON_PREFIX))] = value
        elif name in COUNTER_CONDITIONS:
            known[dispatch_id][name] = value
    return {
        dispatch_id: DispatchCounts(
            **known[dispatch_id], skipped_by_reason=dict(sorted(reasons[dispatch_id].items()))
        )
        for dispatch_id in dispatch_ids
    }


def progress(dispatch: Dispatch, now: datetime, *, counts: DispatchCounts | None = None) -> DispatchProgress:
    """Give how far a dispatch is and how long it may still take."""
    known = counts or counts_by_dispatch([dispatch.pk])[dispatch.pk]
    waiting = known.queued + known.deferred + max(0, dispatch.recipient_count - dispatch.fanned_out_count)
    total = max(dispatch.recipient_count, known.audience) - known.skipped
    done = max(0, total - waiting)
    until = dispatch.ended_at or now
    seconds = (until - dispatch.first_sent_at).total_seconds() if dispatch.first_sent_at else 0.0
    rate = done / seconds if seconds > 0 else 0.0
    active = dispatch.state in ACTIVE_STATES and rate > 0
    return DispatchProgress(done, total, rate, waiting / rate if active else None)


def link_stats(dispatch_id: int) -> list[LinkStats]:
    """Give the addresses of a dispatch and what they brought, the most followed first."""
    found = DispatchLink.objects.filter(dispatch_id=dispatch_id).order_by("-unique_clicks", "-clicks", "url")
    return [LinkStats(*row) for row in found.values_list("url", "clicks", "unique_clicks")]


# Messages


def get_message(message_id: int) -> Message:
    """Give a message. Raises NotFound."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        raise NotFound()
    return message


def messages_counted(dispatch_id: int, counter: str) -> QuerySet[Message]:
    """Give the messages behind a figure, or behind "reason:<code>", by id; page them with ``id__gt``.

    Raises NotFound for a figure there is none of.
    """
    if counter.startswith(REASON_PREFIX):
        code = counter.removeprefix(REASON_PREFIX)
        if not code.isdecimal():
            raise NotFound()
        return _messages_of_dispatch(dispatch_id).filter(state=MessageState.SKIPPED, reason=int(code))
    if counter == "skipped":
        return _messages_of_dispatch(dispatch_id).filter(state=MessageState.SKIPPED)
    if counter not in COUNTER_CONDITIONS:
        raise NotFound()
    # The text is a constant of ours, keyed by a name we know.
    return _messages_of_dispatch(dispatch_id).extra(where=[COUNTER_CONDITIONS[counter]])  # noqa: S610


def contacts_counted(dispatch_id: int, counter: str) -> Relation:
    """Give the people behind a figure, column contact_id."""
    found = messages_counted(dispatch_id, counter).order_by().values_list("contact_id")
    return Relation.from_queryset(found, ["contact_id"])


def messages_for_contact(contact_id: int) -> QuerySet[Message]:
    """Give a person's messages, newest first."""
    return Message.objects.filter(contact_id=contact_id).order_by("-scheduled_for", "-id")


def engagement_events(message_id: int) -> list[EngagementEvent]:
    """Give what a reader did with a message, in order."""
    return list(EngagementEvent.objects.filter(message_id=message_id).order_by("at", "id"))


def has_ended(dispatch: Dispatch) -> bool:
    """Say whether a dispatch can never move again."""
    return DispatchState(dispatch.state) not in (*ACTIVE_STATES, DispatchState.PAUSED)


def message_log(
    *,
    state: int | None = None,
    dispatch_id: int | None = None,
    contact_id: int | None = None,
    address: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Message]:
    """Give the message log, newest first, of a state, a dispatch, a person or address, of dispatches of a time."""
    found = Message.objects.order_by("-id")
    if state is not None:
        found = found.filter(state__in=PENDING_STATES if state in PENDING_STATES else [state])
    if contact_id is not None:
        found = found.filter(contact_id=contact_id)
    if address:
        found = found.filter(address=address)
    if dispatch_id is not None:
        return found.filter(dispatch_id=dispatch_id)
    if since or until:
        # Messages carry their dispatch's instant; dispatches are few.
        dispatches = Dispatch.objects.all()
        dispatches = dispatches.filter(scheduled_for__gte=since) if since else dispatches
        dispatches = dispatches.filter(scheduled_for__lt=until) if until else dispatches
        found = found.filter(dispatch_id__in=list(dispatches.values_list("pk", flat=True)))
    return found


def recent_dispatches(limit: int) -> list[Dispatch]:
    """Give the latest dispatches people know by name."""
    return list(Dispatch.objects.exclude(source__in=EXEMPT_SOURCES)[:limit])


def _messages_of_dispatch(dispatch_id: int) -> QuerySet[Message]:
    return Message.objects.filter(dispatch_id=dispatch_id).order_by("id")
