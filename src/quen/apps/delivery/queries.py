"""Reads of the delivery room."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.delivery.models import Hit, Launch, Link, Message, Tally
from quen.apps.delivery.types import (
    AT_WORK,
    SENT,
    UNGATED,
    WAITING,
    Figures,
    LaunchState,
    LinkRow,
    MessageState,
    Pace,
    Reach,
)
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.sql import Relation

#: what counts towards the cap: sent, or still going to be (Decree 91/2020 Art. 13.5)
_COUNTED: Final = (*WAITING, *SENT, MessageState.DEFERRED, MessageState.UNCERTAIN)
_CAP_WINDOW: Final = timedelta(hours=24)
REASON: Final = "reason:"

#: figure → what it says of a message; the tally counts exactly these (tests count both)
FIGURES: Final[dict[str, str]] = {
    "audience": "true",
    "queued": f"state IN ({MessageState.QUEUED:d}, {MessageState.HANDING:d})",
    "deferred": f"state = {MessageState.DEFERRED:d}",
    "handed_over": f"state IN ({', '.join(f'{state:d}' for state in SENT)})",
    "delivered": "delivered_at IS NOT NULL",
    "refused": f"state = {MessageState.REFUSED:d}",
    "bounced": f"state = {MessageState.BOUNCED:d}",
    "uncertain": f"state = {MessageState.UNCERTAIN:d}",
    "cancelled": f"state = {MessageState.CANCELLED:d}",
    "failed": f"state = {MessageState.FAILED:d}",
    "opened": "opened_at IS NOT NULL",
    "opened_by_machine": "machine_opened_at IS NOT NULL",
    "clicked": "clicked_at IS NOT NULL",
    "unsubscribed": "unsubscribed_at IS NOT NULL",
    "complained": "complained_at IS NOT NULL",
}


# Launches


def get_launch(launch_id: int) -> Launch:
    """Give a launch. Raises NotFound."""
    launch = Launch.objects.filter(pk=launch_id).first()
    if launch is None:
        raise NotFound()
    return launch


def find_launch(*, source: str, source_id: int) -> Launch | None:
    """Give the latest launch of something, a campaign for instance."""
    return Launch.objects.filter(source=source, source_id=source_id).order_by("-origin_at", "-id").first()


def launches_by_id(ids: Collection[int]) -> dict[int, Launch]:
    """Give launches by their ids."""
    return Launch.objects.in_bulk(list(ids))


def at_work(connection_id: int) -> list[Launch]:
    """Give the launches a connection has to send now: transactional ones first, then the oldest."""
    found = Launch.objects.filter(connection_id=connection_id, state__in=AT_WORK).order_by("id")
    return sorted(found, key=lambda each: (each.message_class != MessageClass.TRANSACTIONAL, each.pk))


def connections_at_work() -> list[int]:
    """Give the connections that have something to send."""
    return sorted(set(Launch.objects.filter(state__in=AT_WORK).values_list("connection_id", flat=True)))


# Figures


def reach(people: Relation, *, kind: str, message_class: str, now: datetime) -> Reach:
    """Count who of an audience would receive a message now, and why the others would not."""
    capped = over_cap(people, kind=kind, now=now) if message_class == MessageClass.MARKETING else None
    gate = compliance.gate(people, channel=kind, message_class=message_class, now=now, capped=capped)
    counted = dict(sql.rows(sql.compose("SELECT reason, count(*) FROM {gate} g GROUP BY reason", gate=gate)))
    eligible = counted.pop(None, 0)
    return Reach(eligible + sum(counted.values()), eligible, dict(sorted(counted.items())))


def over_cap(people: Relation, *, kind: str, now: datetime, but: int | None = None) -> Relation | None:
    """Give who of the people has had as much advertising in 24 hours as is allowed, column contact_id.

    Messages that wait count too, so that two launches side by side keep the cap together.
    None when no other launch can have written to anybody.  but: the launch that asks.
    """
    since = now - _CAP_WINDOW
    launches = (
        Launch.objects.filter(kind=kind, message_class=MessageClass.MARKETING)
        .exclude(pk=but or 0)
        .exclude(ended_at__lt=since)
        .values_list("pk", flat=True)
    )
    found = list(launches)
    if not found:
        return None
    woven = sql.compose(
        "SELECT contact_id FROM delivery_message WHERE launch_id = ANY(%(launches)s)"
        " AND contact_id IN (SELECT contact_id FROM {people} asked)"
        " AND state = ANY(%(counted)s) AND (handed_at IS NULL OR handed_at > %(handed)s)"
        " GROUP BY contact_id HAVING count(*) >= %(cap)s",
        people=people,
        launches=found,
        counted=[int(state) for state in _COUNTED],
        handed=since,
        cap=compliance.rules().email_cap,
    )
    return Relation(woven.text, woven.params, ("contact_id",))


def figures(launch_id: int) -> Figures:
    """Give the numbers of a launch from a handful of rows."""
    return figures_of([launch_id])[launch_id]


def figures_of(launch_ids: Collection[int]) -> dict[int, Figures]:
    """Give the numbers of several launches in one query."""
    known: dict[int, dict[str, int]] = {launch_id: {} for launch_id in launch_ids}
    reasons: dict[int, dict[int, int]] = {launch_id: {} for launch_id in launch_ids}
    rows = Tally.objects.filter(launch_id__in=list(launch_ids)).exclude(people=0).order_by("figure")
    for launch_id, figure, people in rows.values_list("launch_id", "figure", "people"):
        if figure.startswith(REASON):
            reasons[launch_id][int(figure.removeprefix(REASON))] = people
        elif figure in FIGURES:
            known[launch_id][figure] = people
    return {
        launch_id: Figures(**known[launch_id], left_out=dict(sorted(reasons[launch_id].items())))
        for launch_id in launch_ids
    }


def pace(launch: Launch, now: datetime, *, numbers: Figures | None = None) -> Pace:
    """Give how far a launch is and how long it may still take."""
    known = numbers or figures(launch.pk)
    waiting = known.queued + known.deferred + max(0, launch.pinned - launch.gathered)
    total = max(launch.pinned, known.audience) - known.skipped
    done = max(0, total - waiting)
    until = launch.ended_at or now
    spent = (until - launch.first_handed_at).total_seconds() if launch.first_handed_at else 0.0
    rate = done / spent if spent > 0 else 0.0
    moving = launch.state in AT_WORK and rate > 0
    return Pace(done, total, rate, waiting / rate if moving else None)


def links(launch_id: int) -> list[LinkRow]:
    """Give the addresses of a launch and what they brought, the most followed first."""
    found = Link.objects.filter(launch_id=launch_id).order_by("-people", "-clicks", "url")
    return [LinkRow(*row) for row in found.values_list("url", "clicks", "people")]


# Messages


def get_message(message_id: int) -> Message:
    """Give a message. Raises NotFound."""
    message = Message.objects.filter(pk=message_id).first()
    if message is None:
        raise NotFound()
    return message


def people_at(launch_id: int, figure: str) -> QuerySet[Message]:
    """Give the messages behind a figure, or behind "reason:<code>", by id; page them with ``id__gt``.

    Raises NotFound for a figure there is none of.
    """
    if figure.startswith(REASON):
        code = figure.removeprefix(REASON)
        if not code.isdecimal():
            raise NotFound()
        return _of(launch_id).filter(state=MessageState.SKIPPED, reason=int(code))
    if figure == "left_out":
        return _of(launch_id).filter(state=MessageState.SKIPPED)
    if figure not in FIGURES:
        raise NotFound()
    # The text is a constant of ours, keyed by a name we know.
    return _of(launch_id).extra(where=[FIGURES[figure]])  # noqa: S610


def contacts_at(launch_id: int, figure: str) -> Relation:
    """Give the people behind a figure, column contact_id."""
    found = people_at(launch_id, figure).order_by().values_list("contact_id")
    return Relation.from_queryset(found, ["contact_id"])


def messages_of(contact_id: int) -> QuerySet[Message]:
    """Give a person's messages, newest first."""
    return Message.objects.filter(contact_id=contact_id).order_by("-origin_at", "-id")


def hits_of(message_id: int) -> list[Hit]:
    """Give what a reader did with a message, in order."""
    return list(Hit.objects.filter(message_id=message_id).order_by("at", "id"))


def is_over(launch: Launch) -> bool:
    """Say whether a launch can never move again."""
    return LaunchState(launch.state) not in (*AT_WORK, LaunchState.PAUSED)


def log(
    *,
    state: int | None = None,
    launch_id: int | None = None,
    contact_id: int | None = None,
    address: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Message]:
    """Give the message log, newest first, of a state, a launch, a person or address, of launches of a time."""
    found = Message.objects.order_by("-id")
    if state is not None:
        found = found.filter(state__in=WAITING if state in WAITING else [state])
    if contact_id is not None:
        found = found.filter(contact_id=contact_id)
    if address:
        found = found.filter(address=address)
    if launch_id is not None:
        return found.filter(launch_id=launch_id)
    if since or until:
        # Messages carry their launch's instant; launches are few.
        launches = Launch.objects.all()
        launches = launches.filter(origin_at__gte=since) if since else launches
        launches = launches.filter(origin_at__lt=until) if until else launches
        found = found.filter(launch_id__in=list(launches.values_list("pk", flat=True)))
    return found


def recent_launches(most: int) -> list[Launch]:
    """Give the latest launches people know by name."""
    return list(Launch.objects.exclude(source__in=UNGATED)[:most])


def _of(launch_id: int) -> QuerySet[Message]:
    return Message.objects.filter(launch_id=launch_id).order_by("id")
