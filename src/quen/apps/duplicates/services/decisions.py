"""What members decide about pairs: one person, two people, or later."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.services import MergePair
from quen.apps.contacts.types import AlreadyMerged, BulkOutcome
from quen.apps.duplicates import queries
from quen.apps.duplicates.models import DuplicatePair
from quen.apps.duplicates.types import PairState
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, pauses

if TYPE_CHECKING:
    from quen.apps.contacts.models import Contact, ContactMerge
    from quen.apps.team.models import Progress
    from quen.core.actors import Actor

#: pairs of one transaction of the job
_BATCH_SIZE = 100


def order(one: Contact, two: Contact) -> tuple[Contact, Contact]:
    """Return the contact that is kept and the one that is merged: the older record stays."""
    kept, merged = sorted((one, two), key=lambda each: (each.created_at, each.pk))
    return kept, merged


def merge_pair(
    *,
    pair: DuplicatePair,
    kept_id: int | None = None,
    choices: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> ContactMerge:
    """Merge the two contacts of a pair. Raises AlreadyMerged, NoIdentifier."""
    found = contacts.contacts().in_bulk([pair.first_contact_id, pair.second_contact_id])
    if len(found) < 2:
        DuplicatePair.objects.filter(pk=pair.pk).delete()
        raise AlreadyMerged()
    kept, merged = order(*found.values())
    if kept_id == merged.pk:
        kept, merged = merged, kept
    return contacts_services.merge_contacts(kept=kept, merged=merged, choices=choices, actor=actor, now=now)


def tell_apart(*, pair: DuplicatePair, actor: Actor, now: datetime) -> None:
    """Remember that two contacts are different people, until a phone or an email of either changes."""
    DuplicatePair.objects.filter(pk=pair.pk).update(
        state=PairState.DIFFERENT, decided_at=now, member_id=actor.member_id
    )


def reopen(*, pair: DuplicatePair) -> None:
    """Take back that two contacts are different people."""
    DuplicatePair.objects.filter(pk=pair.pk).update(state=PairState.OPEN, decided_at=None, member_id=None)


def postpone(*, pair: DuplicatePair, now: datetime) -> None:
    """Put a pair behind all others."""
    DuplicatePair.objects.filter(pk=pair.pk).update(later_at=now)


@transaction.atomic
def start_merging(*, pair_ids: Sequence[int], actor: Actor, now: datetime) -> BulkOutcome | Progress:
    """Merge the sure ones among some pairs as one act: at once, or as a job above ``settings.BULK_INLINE_LIMIT``.

    pair_ids: what was shown; a pair that is not sure any more is left out.
    """
    chosen = _still_sure(pair_ids)
    change = contacts_services.start_merge_change(count=len(chosen), actor=actor, now=now)
    if len(chosen) <= settings.BULK_INLINE_LIMIT:
        return merge_sure_pairs(change_id=change.pk, pairs=chosen, actor=actor, now=now)
    progress = team.start_progress(
        kind="duplicates.merge",
        title=_("Merge duplicates"),
        path="/duplicates/",
        actor=actor,
        total=len(chosen),
        data={"change_id": change.pk, "pairs": [pair.pk for pair in chosen]},
    )
    jobs.enqueue("duplicates.merge", progress_id=progress.pk)
    return progress


def merge_sure_pairs(
    *, change_id: int, pairs: Sequence[DuplicatePair], actor: Actor, now: datetime
) -> BulkOutcome:
    """Merge some pairs as a part of one act, with what is preset."""
    change = contacts.get_change(change_id)
    ids = {pk for pair in pairs for pk in (pair.first_contact_id, pair.second_contact_id)}
    found = contacts.contacts().only("id", "created_at").in_bulk(list(ids))
    chosen = []
    for pair in pairs:
        both = [found.get(pair.first_contact_id), found.get(pair.second_contact_id)]
        if both[0] is not None and both[1] is not None:
            kept, merged = order(both[0], both[1])
            chosen.append(MergePair(kept_id=kept.pk, merged_id=merged.pk))
    return contacts_services.bulk_merge(change, chosen, actor, now)


def run_merge_job(*, progress_id: int, clock: Callable[[], datetime], batch_size: int = _BATCH_SIZE) -> None:
    """Merge the pairs of an act, one batch a transaction. A pair that is merged is gone: the job may run twice."""
    progress = team_queries.get_progress(progress_id)
    actor = team_queries.actor_of(progress.member_id)
    state = ProgressState.DONE
    while progress.ended_at is None:
        if team.stop_requested(progress):
            state = ProgressState.STOPPED
            break
        with transaction.atomic():
            pairs = _still_sure(progress.data["pairs"][progress.done :][:batch_size])
            if progress.done >= len(progress.data["pairs"]):
                break
            merge_sure_pairs(change_id=progress.data["change_id"], pairs=pairs, actor=actor, now=clock())
            done = min(progress.done + batch_size, len(progress.data["pairs"]))
            team.update_progress(progress, done=done, now=clock())
        pauses.give_way()
    if progress.ended_at is None:
        change = contacts.get_change(progress.data["change_id"])
        team.end_progress(progress, state=state, now=clock(), data=progress.data | {"changed": change.count})


def _still_sure(pair_ids: Sequence[int]) -> list[DuplicatePair]:
    wanted = set(pair_ids)
    return [pair for pair in queries.sure_pairs() if pair.pk in wanted]
