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
from quen.apps.audience.types import InvalidTree
from quen.apps.events import services as events
from quen.apps.segments import queries
from quen.apps.segments.models import Segment
from quen.apps.segments.rules.dependencies import affects, subscribed_kinds
from quen.apps.segments.rules.references import dependency_order
from quen.apps.segments.services import membership_diff
from quen.apps.segments.services.changes import ContactChanges, parse_changes
from quen.apps.segments.types import MembershipChange
from quen.core import live, schemas
from quen.core.clock import day_start, local_day
from quen.core.sql import Relation

log = logging.getLogger(__name__)
CONSUMER = "segments"
#: who is to be looked at; None: everybody
ContactIds = frozenset[int] | None
#: beyond this many people reckoning for everybody is cheaper (measured: README)
INCREMENTAL_LIMIT = 20_000
_NO_CONTACTS: frozenset[int] = frozenset()


def subscribe() -> None:
    """Ask to hear of all that some segment looks at. Outside a transaction, before a count."""
    events.subscribe(CONSUMER, subscribed_kinds([each.dependencies for each in queries.segments()]))


def refresh(batch: Relation, *, now: datetime) -> None:
    """Bring up to date whom a batch of changes concerns: what the events room calls."""
    _acquire_lock()
    changes = parse_changes(batch, max_ids=INCREMENTAL_LIMIT)
    plan = RecomputePlan(now)
    for segment in queries.segments():
        for change in changes:
            if affects(segment.dependencies, change.kind, change.fields):
                plan.add(segment.pk, change.contact_ids)
    plan.run()
    _remove_from_archived(changes, now)


def compute_segment(segment_id: int, *, now: datetime) -> None:
    """Count a segment that is waiting for it, and whoever builds on it. A second run finds it done."""
    subscribe()
    _recompute_segments(Segment.objects.filter(pk=segment_id, computing=True), now)


def compute_pending(*, now: datetime) -> int:
    """Count every segment that is waiting for it, such as one whose job was lost; give how many."""
    if not _pending().exists():
        return 0
    subscribe()
    return _recompute_segments(_pending(), now)


def any_due(*, now: datetime) -> bool:
    """Say whether compute_pending or recompute_windowed has something to do, by one statement."""
    return _pending().exists() or _windowed_due(now).exists()


def recompute_windowed(*, now: datetime) -> int:
    """Recount the segments that move with the days and were last counted before local midnight; give how many."""
    return _recompute_segments(_windowed_due(now), now)


def recompute_all_windowed(*, now: datetime) -> int:
    """Recount every segment that moves with the days: the workspace's days are others now. Gives how many."""
    return _recompute_segments(Segment.objects.filter(archived_at=None, dependencies__time_based=True), now)


def remove_erased_contacts(contacts: Relation, now: datetime) -> None:
    """Take people who are about to be erased out of every segment, archived ones too; nothing is told of them."""
    with transaction.atomic():
        _acquire_lock()
        membership_diff.remove_everywhere(contacts, day=_today(now))


def recompute_segment(segment: Segment, *, now: datetime) -> MembershipChange:
    """Reckon a segment for everybody, put right what differs and tell how much did: the audit.

    Changes nobody has taken yet count as differences; ``flush`` takes them first.
    """
    with transaction.atomic():
        plan = RecomputePlan(now + _acquire_lock(), forced={segment.pk})
        plan.add(segment.pk, None)
        plan.run()
        return plan.changes.get(segment.pk, MembershipChange(0, 0))


def flush(*, now: datetime) -> None:
    """Bring every segment up to this instant: waiting counts, waiting changes."""
    compute_pending(now=now)
    events.drain(CONSUMER, now=now)


@dataclass
class RecomputePlan:
    """One pass over segments: those asked for, then those that build on what moved, each after what it names."""

    now: datetime
    forced: Collection[int] = ()
    contact_ids_by_segment: dict[int, ContactIds] = field(default_factory=dict)
    changes: dict[int, MembershipChange] = field(default_factory=dict)

    def add(self, segment_id: int, contact_ids: ContactIds) -> None:
        """Look at some people, or at everybody, in a segment."""
        planned = self.contact_ids_by_segment.get(segment_id, _NO_CONTACTS)
        self.contact_ids_by_segment[segment_id] = (
            None if planned is None or contact_ids is None else planned | contact_ids
        )

    def run(self) -> None:
        """Reckon."""
        if not self.contact_ids_by_segment:
            return
        segments = {segment.pk: segment for segment in queries.segments()}
        references: Mapping[int, Collection[int]] = {
            pk: segment.dependencies.get("segments", ()) for pk, segment in segments.items()
        }
        for pk in dependency_order(references):
            if pk in self.contact_ids_by_segment and (pk in self.forced or not segments[pk].computing):
                changed_ids = self._recompute(segments[pk], self.contact_ids_by_segment[pk])
                for other, numbers in references.items():
                    if pk in numbers and changed_ids != _NO_CONTACTS:
                        self.add(other, changed_ids)

    def _recompute(self, segment: Segment, contact_ids: ContactIds) -> ContactIds:
        """Give who moved."""
        if contact_ids is not None and len(contact_ids) > INCREMENTAL_LIMIT:
            contact_ids = None
        try:
            with transaction.atomic():
                diff = (
                    membership_diff.recompute_all(segment, now=self.now)
                    if contact_ids is None
                    else membership_diff.recompute_contacts(segment, contact_ids, now=self.now)
                )
                diff.apply(segment, day=_today(self.now), now=self.now)
        except membership_diff.StaleVersion:
            return _NO_CONTACTS
        except InvalidTree as refusal:
            log.info("segment %s stands still: %s", segment.pk, refusal.code)
            return self._keep_members(segment, contact_ids)
        except OperationalError:
            raise
        except DatabaseError:
            log.exception("segment %s can't be reckoned", segment.pk)
            return self._keep_members(segment, contact_ids)
        self.changes[segment.pk] = diff.change
        if diff.change != MembershipChange(0, 0) or contact_ids is None:
            live.publish("segments", id=segment.pk)
        return diff.contact_ids

    def _keep_members(self, segment: Segment, contact_ids: ContactIds) -> ContactIds:
        """Leave the members as they are; whoever waits for a count waits no more, and is counted again later."""
        computed_at = self.now if contact_ids is None else None
        Segment.objects.filter(pk=segment.pk, version=segment.version).update(
            computing=False, computed_at=computed_at
        )
        return _NO_CONTACTS


def _pending() -> QuerySet[Segment]:
    return Segment.objects.filter(Q(computing=True) | Q(computed_at=None), archived_at=None)


def _windowed_due(now: datetime) -> QuerySet[Segment]:
    zone = accounts.current_workspace().zone
    midnight = day_start(local_day(now, zone), zone)
    return Segment.objects.filter(archived_at=None, dependencies__time_based=True, computed_at__lt=midnight)


def _recompute_segments(segments: Iterable[Segment], now: datetime) -> int:
    """Reckon segments for everybody, each with whoever builds on it, in a transaction of its own; give how many."""
    due = {segment.pk for segment in segments}
    references = {pk: numbers for pk, _name, numbers in queries.references()}
    ordered = [pk for pk in dependency_order(references) if pk in due]
    for pk in ordered:
        with transaction.atomic():
            plan = RecomputePlan(now + _acquire_lock(), forced={pk})
            plan.add(pk, None)
            plan.run()
    return len(ordered)


def _remove_from_archived(changes: Collection[ContactChanges], now: datetime) -> None:
    """Deleted people leave segments nobody refreshes, too."""
    for change in changes:
        if change.kind == "contact_deleted" and change.contact_ids:
            archived = queries.segments(archived=True).filter(members__contact_id__in=change.contact_ids)
            for segment in archived.distinct():
                membership_diff.remove(segment, change.contact_ids).apply(segment, day=_today(now), now=now)


def _acquire_lock() -> timedelta:
    """Wait for our turn; give how long it took, for what others reckoned meanwhile must not be undone by an old now."""
    key = f"{schemas.current()}:segments"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        if cursor.fetchone()[0]:
            return timedelta(0)
        started = monotonic()
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])
        return timedelta(seconds=monotonic() - started)


def _today(now: datetime) -> date:
    return local_day(now, accounts.current_workspace().zone)
