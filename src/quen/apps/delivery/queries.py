"""Reads of the delivery app."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q, QuerySet, Sum

from quen.apps.audience import queries as audience
from quen.apps.channels.registry import MessageOrigin
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.delivery.models import Dispatch, DispatchCounter, DispatchLink, EngagementEvent, Message
from quen.apps.delivery.rules.tracking import url_with_tags
from quen.apps.delivery.types import (
    ACTIVE_STATES,
    ENDED_STATES,
    EXEMPT_SOURCES,
    PENDING_STATES,
    SENT_STATES,
    DispatchCounts,
    DispatchProgress,
    DispatchSource,
    DispatchState,
    EngagementKind,
    LinkStats,
    MessageState,
    ReachEstimate,
)
from quen.apps.team.access import workspace_path
from quen.apps.website.registry import MessageRecipient
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.sql import Relation

#: states that count towards the cap: sent, or still to be sent (Decree 91/2020 Art. 13.5)
_COUNTED: Final = (*PENDING_STATES, *SENT_STATES, MessageState.DEFERRED, MessageState.UNKNOWN_OUTCOME)
_CAP_WINDOW: Final = timedelta(hours=24)
REASON_PREFIX: Final = "reason:"
#: a link with a merge tag is another one for each contact
MAX_LINKS: Final = 100

#: counter → SQL condition on delivery_message; tests recount the counters with it
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
_ARRIVED: Final = f"state IN ({MessageState.ACCEPTED:d}, {MessageState.DELIVERED:d})"
#: lists of messages that no counter counts, as SQL conditions on delivery_message
LIST_CONDITIONS: Final[dict[str, str]] = {
    **COUNTER_CONDITIONS,
    "arrived": _ARRIVED,
    "skipped": f"state = {MessageState.SKIPPED:d}",
    # An open by a bot proves nothing either way: its recipient is in neither list.
    "not_opened": f"{_ARRIVED} AND opened_at IS NULL AND bot_opened_at IS NULL AND clicked_at IS NULL",
    "opened_by_bot_only": f"{_ARRIVED} AND opened_at IS NULL AND clicked_at IS NULL AND bot_opened_at IS NOT NULL",
    "not_clicked": f"{_ARRIVED} AND opened_at IS NOT NULL AND clicked_at IS NULL",
}


# Dispatches


def get_dispatch(dispatch_id: int) -> Dispatch:
    """Return a dispatch. Raises NotFound."""
    dispatch = Dispatch.objects.filter(pk=dispatch_id).first()
    if dispatch is None:
        raise NotFound()
    return dispatch


def dispatches_by_id(ids: Collection[int]) -> dict[int, Dispatch]:
    """Return dispatches by id; unknown ids are missing."""
    return Dispatch.objects.in_bulk(list(ids))


def active_dispatches(connection_id: int) -> list[Dispatch]:
    """Return the active dispatches of a connection in sending order: transactional first, then the oldest."""
    found = Dispatch.objects.filter(connection_id=connection_id, state__in=ACTIVE_STATES).order_by("id")
    return sorted(found, key=lambda each: (each.message_class != MessageClass.TRANSACTIONAL, each.pk))


# Counts


def estimate_reach(
    contacts: Relation, *, channel: str, message_class: str, topic_id: int | None = None, now: datetime
) -> ReachEstimate:
    """Count how many contacts would receive a message now, and the others by reason."""
    capped = (
        over_frequency_cap(contacts, channel=channel, now=now)
        if message_class == MessageClass.MARKETING
        else None
    )
    eligibility = compliance.eligibility(
        contacts, channel=channel, message_class=message_class, topic_id=topic_id, now=now, capped=capped
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
    """Return the contacts who have reached the cap of marketing messages in 24 hours, column contact_id.

    Queued messages count too, so that two dispatches sending at the same time keep the cap together.
    None when no other dispatch can have sent to any of them.
    exclude_dispatch_id: the dispatch that is being checked.
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
        cap=compliance.channel_rules(channel).daily_cap,
    )
    return Relation(statement.text, statement.params, ("contact_id",))


def messages_by_contact(contact_ids: Sequence[int]) -> dict[int, int]:
    """Return how many messages there are to each of some contacts."""
    found = (
        Message.objects.filter(contact_id__in=contact_ids).values_list("contact_id").order_by("contact_id")
    )
    return dict(found.annotate(messages=Count("id")))


def recent_advertising(since: datetime) -> Relation:
    """Return the advertising messages that may have been sent since an instant: message_id, channel, address, at.

    at: NULL while the outcome is unknown.
    """
    dispatches = Dispatch.objects.filter(message_class=MessageClass.MARKETING).exclude(
        source__in=EXEMPT_SOURCES
    )
    found = dispatches.exclude(ended_at__lt=since).values_list("pk", flat=True)
    may_be_sent = (*SENT_STATES, MessageState.IN_FLIGHT, MessageState.UNKNOWN_OUTCOME)
    return Relation(
        "SELECT m.id AS message_id, d.channel, m.address, m.sent_at AS at"
        " FROM delivery_message m JOIN delivery_dispatch d ON d.id = m.dispatch_id"
        " WHERE m.dispatch_id = ANY(%(dispatches)s) AND m.state = ANY(%(states)s) AND m.address <> ''"
        " AND (m.sent_at IS NULL OR m.sent_at > %(since)s)",
        {"dispatches": list(found), "states": [int(state) for state in may_be_sent], "since": since},
        ("message_id", "channel", "address", "at"),
    )


def sent_since(connection_id: int, since: datetime) -> int:
    """Return how many messages a connection has sent since an instant, from counters as far as possible."""
    dispatches = Dispatch.objects.filter(connection_id=connection_id, first_sent_at__isnull=False).exclude(
        ended_at__lt=since
    )
    begun = dispatches.filter(first_sent_at__gte=since).values_list("pk", flat=True)
    counted = DispatchCounter.objects.filter(dispatch_id__in=list(begun), name="sent").aggregate(Sum("value"))
    earlier = dispatches.filter(first_sent_at__lt=since).values_list("pk", flat=True)
    messages = Message.objects.filter(dispatch_id__in=list(earlier), sent_at__gte=since)
    return (counted["value__sum"] or 0) + messages.count()


def counts(dispatch_id: int) -> DispatchCounts:
    """Return the counts of a dispatch, read from its counters."""
    return counts_by_dispatch([dispatch_id])[dispatch_id]


def counts_by_dispatch(dispatch_ids: Collection[int]) -> dict[int, DispatchCounts]:
    """Return the counts of several dispatches in one query."""
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
    """Return how far a dispatch is and an estimate of the remaining time."""
    known = counts or counts_by_dispatch([dispatch.pk])[dispatch.pk]
    pending = known.queued + known.deferred + max(0, dispatch.recipient_count - dispatch.fanned_out_count)
    total = max(dispatch.recipient_count, known.audience) - known.skipped
    done = max(0, total - pending)
    until = dispatch.ended_at or now
    seconds = (until - dispatch.first_sent_at).total_seconds() if dispatch.first_sent_at else 0.0
    rate = done / seconds if seconds > 0 else 0.0
    active = dispatch.state in ACTIVE_STATES and rate > 0
    return DispatchProgress(done, total, rate, pending / rate if active else None)


def link_stats(dispatch_id: int, *, limit: int = MAX_LINKS) -> list[LinkStats]:
    """Return the links of a dispatch that were followed, most clicked first; a link may differ for each contact."""
    found = DispatchLink.objects.filter(dispatch_id=dispatch_id).order_by("-unique_clicks", "-clicks", "url")
    return [LinkStats(*row) for row in found.values_list("url", "clicks", "unique_clicks")[:limit]]


def people_by_link(dispatch: Dispatch, urls: Collection[str]) -> dict[str, int]:
    """Return how many people followed links, by their URLs as the content has them, without campaign tags."""
    digests = {
        url: hashlib.md5(url_with_tags(url, dispatch.link_tags).encode(), usedforsecurity=False).digest()
        for url in urls
    }
    found = DispatchLink.objects.filter(dispatch_id=dispatch.pk, digest__in=list(digests.values()))
    people = {bytes(digest): count for digest, count in found.values_list("digest", "unique_clicks")}
    return {url: people.get(digest, 0) for url, digest in digests.items()}


# Messages


def get_message(message_id: int) -> Message:
    """Return a message. Raises NotFound."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        raise NotFound()
    return message


def messages_by_id(ids: Collection[int]) -> QuerySet[Message]:
    """Return the messages with these ids."""
    return Message.objects.filter(pk__in=list(ids))


def messages_counted(dispatch_id: int, counter: str) -> QuerySet[Message]:
    """Return the messages of a counter, a list (LIST_CONDITIONS) or "reason:<code>", ordered by id.

    Raises NotFound for an unknown name.
    """
    if counter.startswith(REASON_PREFIX):
        code = counter.removeprefix(REASON_PREFIX)
        if not code.isdecimal():
            raise NotFound()
        return _messages_of_dispatch(dispatch_id).filter(state=MessageState.SKIPPED, reason=int(code))
    if counter not in LIST_CONDITIONS:
        raise NotFound()
    # The SQL is a constant of this module.
    return _messages_of_dispatch(dispatch_id).extra(where=[LIST_CONDITIONS[counter]])  # noqa: S610


def list_sizes(dispatch_id: int, names: Collection[str]) -> dict[str, int]:
    """Return how many messages some lists (LIST_CONDITIONS) have. Reads all messages of the dispatch."""
    counted = ", ".join(f"count(*) FILTER (WHERE {LIST_CONDITIONS[name]})" for name in names)
    statement = Relation(
        f"SELECT {counted} FROM delivery_message WHERE dispatch_id = %(dispatch)s",  # our own constants
        {"dispatch": dispatch_id},
        tuple(names),
    )
    (row,) = sql.rows(statement)
    return dict(zip(names, row, strict=True))


def opened_until(dispatch_id: int, until: datetime) -> int:
    """Return how many recipients had opened by an instant. Reads all messages of the dispatch."""
    return _messages_of_dispatch(dispatch_id).filter(opened_at__lte=until).count()


def clicked_urls(message_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the links that recipients followed, by message, each once in the order of the first clicks."""
    found: dict[int, list[str]] = {}
    clicks = EngagementEvent.objects.filter(message_id__in=list(message_ids), kind=EngagementKind.CLICKED)
    for message_id, url in clicks.order_by("at", "id").values_list("message_id", "url"):
        urls = found.setdefault(message_id, [])
        if url not in urls:
            urls.append(url)
    return found


def recipients(dispatch_ids: Collection[int], name: str, *, every: bool = False) -> Relation:
    """Return the recipients with a message in a list (LIST_CONDITIONS), column contact_id.

    every: of all dispatches together; those of whom every message that arrived is in the list.
    """
    condition = LIST_CONDITIONS[name]
    params = {"dispatches": list(dispatch_ids)}
    of_dispatches = (
        "SELECT contact_id FROM delivery_message WHERE dispatch_id = ANY(%(dispatches)s::bigint[])"
    )
    if not every:
        return Relation(f"{of_dispatches} AND {condition}", params, ("contact_id",))
    grouped = f"{of_dispatches} AND {_ARRIVED} GROUP BY contact_id HAVING bool_and({condition})"
    return Relation(grouped, params, ("contact_id",))


def contacts_counted(dispatch_id: int, counter: str) -> Relation:
    """Return the contacts behind a counter, column contact_id."""
    found = messages_counted(dispatch_id, counter).order_by().values_list("contact_id")
    return Relation.from_queryset(found, ["contact_id"])


def messages_for_contact(contact_id: int) -> QuerySet[Message]:
    """Return a contact's messages, newest first."""
    return Message.objects.filter(contact_id=contact_id).order_by("-scheduled_for", "-id")


def engagement_events(message_id: int) -> list[EngagementEvent]:
    """Return the opens, clicks and other events of a message in order."""
    return list(EngagementEvent.objects.filter(message_id=message_id).order_by("at", "id"))


def message_origins(message_ids: Collection[int]) -> dict[int, MessageOrigin]:
    """Return whom messages are for and the dispatches they are of."""
    messages = list(messages_by_id(message_ids).only("contact_id", "dispatch_id"))
    dispatches = dispatches_by_id({each.dispatch_id for each in messages})
    ids = sorted({each.contact_id for each in messages if each.contact_id > 0})
    known = {each.contact_id: each for each in audience.contact_summaries(ids)}
    found = {}
    for each in messages:
        dispatch = dispatches[each.dispatch_id]
        has_page = dispatch.source not in EXEMPT_SOURCES
        contact = known.get(each.contact_id)
        found[each.pk] = MessageOrigin(
            contact_name=contact.name if contact is not None else "",
            contact_url=contact.url if contact is not None else "",
            source_name=dispatch.name if has_page else str(DispatchSource(dispatch.source).label),
            source_url=workspace_path(f"/messages/dispatches/{dispatch.pk}/") if has_page else "",
        )
    return found


def messages_of_dispatch(dispatch_id: int) -> tuple[str, QuerySet[Any]] | None:
    """Return the name of a dispatch and the ids of its messages, None if there is no such dispatch."""
    dispatch = Dispatch.objects.filter(pk=dispatch_id).first()
    return (dispatch.name, message_ids(dispatch_id)) if dispatch is not None else None


def message_ids(dispatch_id: int) -> QuerySet[Any]:
    """Return the ids of a dispatch's messages, to filter by."""
    return Message.objects.filter(dispatch_id=dispatch_id).values_list("pk")


def has_ended(dispatch: Dispatch) -> bool:
    """Return whether a dispatch is in a final state."""
    return DispatchState(dispatch.state) in ENDED_STATES


def message_log(
    *,
    state: int | None = None,
    dispatch_id: int | None = None,
    contact_id: int | None = None,
    address: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Message]:
    """Return messages, newest first, that match every filter. since, until: of their send time."""
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
        # Through the dispatches first: they are few, and messages have no index by instant.
        dispatches = Dispatch.objects.all()
        if since:
            late = Q(is_open=True) | Q(fanned_out_at__gte=since) | Q(fanned_out_at=None)
            dispatches = dispatches.filter(Q(scheduled_for__gte=since) | late)
            found = found.filter(scheduled_for__gte=since)
        if until:
            dispatches = dispatches.filter(scheduled_for__lt=until)
            found = found.filter(scheduled_for__lt=until)
        found = found.filter(dispatch_id__in=list(dispatches.values_list("pk", flat=True)))
    return found


def recent_dispatches(limit: int) -> list[Dispatch]:
    """Return the latest dispatches, without tests and confirmations."""
    return list(Dispatch.objects.exclude(source__in=EXEMPT_SOURCES)[:limit])


def _messages_of_dispatch(dispatch_id: int) -> QuerySet[Message]:
    return Message.objects.filter(dispatch_id=dispatch_id).order_by("id")


def recipients_of_messages(message_ids: Collection[int]) -> dict[int, MessageRecipient]:
    """Return to whom messages were sent, and when; those that were not sent or whose contact is gone are left out."""
    sent = Message.objects.filter(pk__in=list(message_ids), sent_at__isnull=False, contact_id__gt=0)
    return {
        pk: MessageRecipient(contact_id, sent_at)
        for pk, contact_id, sent_at in sent.values_list("pk", "contact_id", "sent_at")
        if sent_at is not None
    }
