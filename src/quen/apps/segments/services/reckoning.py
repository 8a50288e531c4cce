"""Who is in a segment: the few people a change touched, or everybody; always the difference, never all anew.

All reckoning of a workspace takes turns (an advisory lock), so that what one has seen another has written. Nobody
waits with a segment's row in hand: at the end the row is written where its version is still the one reckoned with,
and thrown away otherwise, for then a count of the new conditions is due anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic

from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.models import Q, QuerySet

from quen.apps.accounts import queries as accounts
from quen.apps.audience.types import TreeRefused
from quen.apps.events import services as events
from quen.apps.segments import queries
from quen.apps.segments.models import Segment
from quen.apps.segments.rules.concern import concerns, kinds_read
from quen.apps.segments.rules.references import in_order
from quen.apps.segments.services import moving
from quen.apps.segments.services.hearing import Change, changes_in
from quen.apps.segments.types import Difference
from quen.core import live, schemas
from quen.core.clock import day_start, local_day
from quen.core.sql import Relation

log = logging.getLogger(__name__)
CONSUMER = "segments"
#: who is to be looked at; None: everybody
Whom = frozenset[int] | None
#: beyond this many people reckoning for everybody is cheaper (measured: README)
FEW = 20_000
_NOBODY: frozenset[int] = frozenset()


def listen() -> None:
    """Ask to hear of all that some segment looks at. Outside a transaction, before a count."""
    events.declare_interest(CONSUMER, kinds_read([each.reads for each in queries.segments()]))


def refresh(batch: Relation, *, now: datetime) -> None:
    """Bring up to date whom a batch of changes concerns: what the events room calls."""
    _take_turn()
    changes = changes_in(batch, few=FEW)
    work = _Work(now)
    for segment in queries.segments():
        for change in changes:
            if concerns(segment.reads, change.kind, change.fields):
                work.ask(segment.pk, change.people)
    work.carry_out()
    _leave_archived(changes, now)


def count_segment(segment_id: int, *, now: datetime) -> None:
    """Count a segment that is waiting for it, and whoever builds on it. A second run finds it done."""
    listen()
    _reckon_all(Segment.objects.filter(pk=segment_id, counting=True), now)


def count_waiting(*, now: datetime) -> int:
    """Count every segment that is waiting for it, such as one whose job was lost; give how many."""
    if not _waiting().exists():
        return 0
    listen()
    return _reckon_all(_waiting(), now)


def any_due(*, now: datetime) -> bool:
    """Say whether count_waiting or settle_day has something to do, by one statement."""
    return _waiting().exists() or _past_midnight(now).exists()


def settle_day(*, now: datetime) -> int:
    """Recount the segments that move with the days and were last counted before local midnight; give how many."""
    return _reckon_all(_past_midnight(now), now)


def recount_windows(*, now: datetime) -> int:
    """Recount every segment that moves with the days: the workspace's days are others now. Gives how many."""
    return _reckon_all(Segment.objects.filter(archived_at=None, reads__clock=True), now)


def forget_people(people: Relation, now: datetime) -> None:
    """Take people who are about to be erased out of every segment, archived ones too; nothing is told of them."""
    with transaction.atomic():
        _take_turn()
        moving.forget(people, day=_today(now))


def recount(segment: Segment, *, now: datetime) -> Difference:
    """Reckon a segment for everybody, put right what differs and tell how much did: the audit.

    Changes nobody has taken yet count as differences; ``settle`` takes them first.
    """
    with transaction.atomic():
        work = _Work(now + _take_turn(), forced={segment.pk})
        work.ask(segment.pk, None)
        work.carry_out()
        return work.found.get(segment.pk, Difference(0, 0))


def settle(*, now: datetime) -> None:
    """Bring every segment up to this instant: waiting counts, waiting changes."""
    count_waiting(now=now)
    events.drain(CONSUMER, now=now)


@dataclass
class _Work:
    """One pass over segments: those asked for, then those that build on what moved, each after what it names."""

    now: datetime
    forced: Collection[int] = ()
    asked: dict[int, Whom] = field(default_factory=dict)
    found: dict[int, Difference] = field(default_factory=dict)

    def ask(self, segment_id: int, people: Whom) -> None:
        """Look at some people, or at everybody, in a segment."""
        before = self.asked.get(segment_id, _NOBODY)
        self.asked[segment_id] = None if before is None or people is None else before | people

    def carry_out(self) -> None:
        """Reckon."""
        if not self.asked:
            return
        segments = {segment.pk: segment for segment in queries.segments()}
        names: Mapping[int, Collection[int]] = {
            pk: segment.reads.get("segments", ()) for pk, segment in segments.items()
        }
        for pk in in_order(names):
            if pk in self.asked and (pk in self.forced or not segments[pk].counting):
                moved = self._reckon(segments[pk], self.asked[pk])
                for other, numbers in names.items():
                    if pk in numbers and moved != _NOBODY:
                        self.ask(other, moved)

    def _reckon(self, segment: Segment, people: Whom) -> Whom:
        """Give who moved."""
        if people is not None and len(people) > FEW:
            people = None
        try:
            with transaction.atomic():
                moved = (
                    moving.reckon_everybody(segment, now=self.now)
                    if people is None
                    else moving.reckon_few(segment, people, now=self.now)
                )
                moved.write(segment, day=_today(self.now), now=self.now)
        except moving.Outdated:
            return _NOBODY
        except TreeRefused as refusal:
            log.info("segment %s stands still: %s", segment.pk, refusal.code)
            return self._stand_still(segment, people)
        except OperationalError:
            raise
        except DatabaseError:
            log.exception("segment %s can't be reckoned", segment.pk)
            return self._stand_still(segment, people)
        self.found[segment.pk] = moved.difference
        if moved.difference != Difference(0, 0) or people is None:
            live.announce("segments", id=segment.pk)
        return moved.people

    def _stand_still(self, segment: Segment, people: Whom) -> Whom:
        """Leave the members as they are; whoever waits for a count waits no more, and is counted again later."""
        counted_at = self.now if people is None else None
        Segment.objects.filter(pk=segment.pk, version=segment.version).update(
            counting=False, counted_at=counted_at
        )
        return _NOBODY


def _waiting() -> QuerySet[Segment]:
    return Segment.objects.filter(Q(counting=True) | Q(counted_at=None), archived_at=None)


def _past_midnight(now: datetime) -> QuerySet[Segment]:
    zone = accounts.current_workspace().zone
    midnight = day_start(local_day(now, zone), zone)
    return Segment.objects.filter(archived_at=None, reads__clock=True, counted_at__lt=midnight)


def _reckon_all(segments: Iterable[Segment], now: datetime) -> int:
    """Reckon segments for everybody, each with whoever builds on it, in a transaction of its own; give how many."""
    wanted = [segment.pk for segment in segments]
    names = {pk: numbers for pk, _name, numbers in queries.references()}
    ordered = [pk for pk in in_order(names) if pk in wanted]
    for pk in ordered:
        with transaction.atomic():
            work = _Work(now + _take_turn(), forced={pk})
            work.ask(pk, None)
            work.carry_out()
    return len(ordered)


def _leave_archived(changes: Collection[Change], now: datetime) -> None:
    """Deleted people leave segments nobody refreshes, too."""
    for change in changes:
        if change.kind == "contact_deleted" and change.people:
            archived = queries.segments(archived=True).filter(members__contact_id__in=change.people)
            for segment in archived.distinct():
                moving.leave(segment, change.people).write(segment, day=_today(now), now=now)


def _take_turn() -> timedelta:
    """Wait for our turn; give how long it took, for what others reckoned meanwhile must not be undone by an old now."""
    key = f"{schemas.current()}:segments"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        if cursor.fetchone()[0]:
            return timedelta(0)
        began = monotonic()
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        return timedelta(seconds=monotonic() - began)


def _today(now: datetime) -> date:
    return local_day(now, accounts.current_workspace().zone)
