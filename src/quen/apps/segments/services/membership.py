"""Compute who is in a segment: for the contacts of a change, or for all contacts. Only differences are written.

All computation in a workspace is serialised by an advisory lock, so each run sees what the one before wrote. No row
lock on the segment is held meanwhile: its row is updated only if its version is still the one the computation
started with. Otherwise the result is discarded, because a computation of the new conditions is due anyway.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic

from django.db import DatabaseError, OperationalError, transaction
from django.db.models import Q, QuerySet

from quen.apps.accounts import queries as accounts
from quen.apps.audience.types import InvalidTree
from quen.apps.events import services as events
from quen.apps.segments import queries
from quen.apps.segments.models import Segment
from quen.apps.segments.rules.dependencies import affects, subscribed_kinds
from quen.apps.segments.rules.references import dependency_order, reachable
from quen.apps.segments.services import membership_diff
from quen.apps.segments.services.changes import ContactChanges, parse_changes
from quen.apps.segments.types import MembershipChange
from quen.core import live
from quen.core.clock import day_start, local_day
from quen.core.database.outage import is_outage
from quen.core.job_outcomes import UNEXPECTED, new_reference
from quen.core.locks import AdvisoryLock
from quen.core.sql import Relation

log = logging.getLogger(__name__)
CONSUMER = "segments"
_LOCK = AdvisoryLock("segments.membership")
#: contacts to recompute; None: all contacts
ContactIds = frozenset[int] | None
#: beyond this many contacts computing for all of them is cheaper (measured: README)
INCREMENTAL_LIMIT = 20_000
_NO_CONTACTS: frozenset[int] = frozenset()


def subscribe() -> None:
    """Subscribe to the kinds of events that segments depend on. Call it outside a transaction, before a computation."""
    events.subscribe(CONSUMER, subscribed_kinds([each.dependencies for each in queries.segments()]))


def refresh(batch: Relation, *, now: datetime) -> None:
    """Update the segments affected by a batch of changes. The event consumer calls it."""
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
    """Compute a segment that is waiting for it, after those it refers to and before those that refer to it.

    A second run does nothing.
    """
    subscribe()
    below = reachable([segment_id], {pk: numbers for pk, _name, numbers in queries.references()})
    if Segment.objects.filter(pk=segment_id, computing=True).exists():
        _recompute_segments(Segment.objects.filter(pk__in=below, computing=True), now)


def record_failed_computation(segment_id: int, *, reference: str) -> None:
    """Stop waiting for a segment whose job ended with an unexpected error, and keep its members; it can be retried."""
    failure = {"code": UNEXPECTED, "reference": reference}
    Segment.objects.filter(pk=segment_id, computing=True).update(computing=False, failure=failure)
    live.publish("segments", id=segment_id)


def compute_pending(*, now: datetime) -> int:
    """Compute every segment that is waiting for it, including those whose job was lost. Return how many."""
    if not _pending().exists():
        return 0
    subscribe()
    return _recompute_segments(_pending(), now)


def any_due(*, now: datetime) -> bool:
    """Return whether compute_pending or recompute_windowed has something to do."""
    return _pending().exists() or _windowed_due(now).exists()


def recompute_windowed(*, now: datetime) -> int:
    """Recompute segments with time windows last computed before local midnight. Return how many."""
    return _recompute_segments(_windowed_due(now), now)


def recompute_all_windowed(*, now: datetime) -> int:
    """Recompute all segments with time windows, because local days have shifted. Return how many."""
    return _recompute_segments(Segment.objects.filter(archived_at=None, dependencies__time_based=True), now)


def remove_erased_contacts(contacts: Relation, now: datetime) -> None:
    """Remove contacts about to be erased from every segment, archived ones too. No event is recorded."""
    with transaction.atomic():
        _acquire_lock()
        membership_diff.remove_everywhere(contacts, day=_today(now))


def recompute_segment(segment: Segment, *, now: datetime) -> MembershipChange:
    """Recompute a segment for all contacts, repair it and return how much differed: the audit.

    Changes that are still queued count as differences; ``flush`` processes them first.
    """
    with transaction.atomic():
        plan = RecomputePlan(now + _acquire_lock(), forced={segment.pk})
        plan.add(segment.pk, None)
        plan.run()
        return plan.changes.get(segment.pk, MembershipChange(0, 0))


def flush(*, now: datetime) -> None:
    """Bring every segment up to date now: pending computations and queued changes."""
    compute_pending(now=now)
    events.drain(CONSUMER, now=now)


@dataclass
class RecomputePlan:
    """One pass over segments: those added, then those that refer to a changed one, in dependency order."""

    now: datetime
    forced: Collection[int] = ()
    contact_ids_by_segment: dict[int, ContactIds] = field(default_factory=dict)
    changes: dict[int, MembershipChange] = field(default_factory=dict)

    def add(self, segment_id: int, contact_ids: ContactIds) -> None:
        """Add contacts to recompute in a segment; None: all contacts."""
        planned = self.contact_ids_by_segment.get(segment_id, _NO_CONTACTS)
        self.contact_ids_by_segment[segment_id] = (
            None if planned is None or contact_ids is None else planned | contact_ids
        )

    def run(self) -> None:
        """Compute everything added, and what depends on it."""
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
        """Return the contacts that entered or left."""
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
            log.info("segment %s keeps its members: %s", segment.pk, refusal.code)
            return self._keep_members(segment, contact_ids)
        except OperationalError:
            raise
        except DatabaseError as error:
            if is_outage(error):
                raise
            reference = new_reference()
            log.exception("segment %s can't be computed, reference %s", segment.pk, reference)
            return self._keep_members(segment, contact_ids, reference)
        if segment.failure and contact_ids is None:
            Segment.objects.filter(pk=segment.pk, version=segment.version).update(failure={})
        self.changes[segment.pk] = diff.change
        if diff.change != MembershipChange(0, 0) or contact_ids is None:
            live.publish("segments", id=segment.pk)
        return diff.contact_ids

    def _keep_members(self, segment: Segment, contact_ids: ContactIds, reference: str = "") -> ContactIds:
        """Keep the members unchanged and stop waiting; a full computation is tried again later.

        reference: of an unexpected error, the number in the log.
        """
        computed_at = self.now if contact_ids is None else None
        failure = {"code": UNEXPECTED, "reference": reference} if reference else {}
        Segment.objects.filter(pk=segment.pk, version=segment.version).update(
            computing=False, computed_at=computed_at, failure=failure
        )
        return _NO_CONTACTS


def _pending() -> QuerySet[Segment]:
    return Segment.objects.filter(Q(computing=True) | Q(computed_at=None), archived_at=None)


def _windowed_due(now: datetime) -> QuerySet[Segment]:
    zone = accounts.current_workspace().zone
    midnight = day_start(local_day(now, zone), zone)
    return Segment.objects.filter(archived_at=None, dependencies__time_based=True, computed_at__lt=midnight)


def _recompute_segments(segments: Iterable[Segment], now: datetime) -> int:
    """Recompute segments for all contacts, each with its dependents in a transaction of its own. Return how many."""
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
    """Remove deleted contacts from archived segments, which are not refreshed."""
    for change in changes:
        if change.kind == "contact_deleted" and change.contact_ids:
            archived = queries.segments(archived=True).filter(members__contact_id__in=change.contact_ids)
            for segment in archived.distinct():
                membership_diff.remove(segment, change.contact_ids).apply(segment, day=_today(now), now=now)


def _acquire_lock() -> timedelta:
    """Take the workspace's lock and return the time waited.

    Callers add it to ``now``: an older clock must not undo what another run computed during the wait.
    """
    if _LOCK.try_acquire():
        return timedelta(0)
    started = monotonic()
    _LOCK.acquire()
    return timedelta(seconds=monotonic() - started)


def _today(now: datetime) -> date:
    return local_day(now, accounts.current_workspace().zone)
