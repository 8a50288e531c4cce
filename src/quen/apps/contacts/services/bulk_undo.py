"""Undo of bulk changes: reverts exactly what the change did, not what happened since; once, within 30 days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import BulkChange, Tag, undo_deadline
from quen.apps.contacts.services.bulk import describe
from quen.apps.contacts.services.bulk_selection import batches_of
from quen.apps.contacts.services.consent import save_proof
from quen.apps.contacts.services.merge_undo import undo_merge_change
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import (
    BulkAction,
    BulkOutcome,
    ConsentProof,
    Status,
    TooLateToUndo,
    UndoCheck,
)
from quen.apps.events import services as events
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, sql
from quen.core.actors import Actor
from quen.core.errors import DomainError
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Progress

#: the contacts of a batch that still exist, with what the change kept of them
_ROWS_OF_CONTACTS = (
    "SELECT r.contact_id FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id"
    " WHERE r.change_id = %(change)s AND r.contact_id = ANY(%(batch)s::bigint[])"
)
#: reverts the rows of a change; returns how many were reverted, and how many were skipped by reason
UndoHandler = Callable[[BulkChange, Actor, datetime], tuple[int, dict[str, int]]]


@transaction.atomic
def check_undo(*, change: BulkChange, actor: Actor, now: datetime) -> UndoCheck:
    """Return what undoing a change would do now, without doing it. Raises what ``undo_change`` raises.

    Up to ``settings.BULK_INLINE_LIMIT`` contacts it is tried and rolled back; more are counted.
    """
    ensure_undoable(change, now=now)
    refusing = queries.count_refusals_since(change)
    if change.count <= settings.BULK_INLINE_LIMIT:
        with transaction.atomic():
            returning, skipped = _revert(queries.get_change(change.pk), actor, now)
            transaction.set_rollback(True)
        return UndoCheck(returning, skipped, refusing)
    count = _count_of(change)
    if count is None:
        return UndoCheck(change.count, {}, refusing, is_exact=False)
    returning = count(change)
    left = change.count - returning
    return UndoCheck(returning, {"changed_since": left} if left > 0 else {}, refusing)


def _count_of(change: BulkChange) -> Callable[[BulkChange], int] | None:
    verb = registry.find_bulk_verb(change.action)
    return verb.count_undo if verb is not None else _UNDO_COUNTS.get(BulkAction(change.action))


def _revert(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    verb = registry.find_bulk_verb(change.action)
    revert = verb.undo if verb is not None else UNDO_HANDLERS[BulkAction(change.action)]
    return revert(change, actor, now)


@transaction.atomic
def undo_change(*, change: BulkChange, actor: Actor, now: datetime) -> BulkOutcome:
    """Undo a change. Raises TooLateToUndo the second time and after 30 days."""
    ensure_undoable(change, now=now)
    if not BulkChange.objects.filter(pk=change.pk, undone_at=None).update(undone_at=now):
        raise TooLateToUndo()
    restored, skipped = _revert(change, actor, now)
    data = {"change": change.pk, "action": change.action, "contacts": restored}
    team.audit(actor, "contacts.change_undone", now=now, target=change, data=data)
    return BulkOutcome(change_id=change.pk, requested=change.count, changed=restored, skipped=skipped)


@transaction.atomic
def start_undo(*, change: BulkChange, actor: Actor, now: datetime) -> BulkOutcome | Progress:
    """Undo immediately, or as a job for more than ``settings.BULK_INLINE_LIMIT`` contacts. Raises TooLateToUndo."""
    ensure_undoable(change, now=now)
    if change.count <= settings.BULK_INLINE_LIMIT:
        return undo_change(change=change, actor=actor, now=now)
    progress = team.start_progress(
        kind="contacts.undo_change",
        title=_("Undo: %(what)s") % {"what": describe(change)},
        path="/contacts/",
        actor=actor,
        total=change.count,
        data={"undoes": change.pk},
    )
    jobs.enqueue("contacts.undo_change", change_id=change.pk, progress_id=progress.pk)
    return progress


def run_undo_job(*, change_id: int, progress_id: int, clock: Callable[[], datetime]) -> None:
    """Undo a change as a job; a second run finds it undone."""
    progress = team_queries.get_progress(progress_id)
    if progress.ended_at is not None:
        return
    change = queries.get_change(change_id)
    actor = team_queries.actor_of(progress.member_id)
    try:
        with transaction.atomic():
            outcome = undo_change(change=change, actor=actor, now=clock())
            team.update_progress(progress, done=outcome.changed, now=clock())
            data = {"changed": outcome.changed, "skipped": outcome.skipped}
            team.end_progress(progress, state=ProgressState.DONE, now=clock(), data=data)
    except DomainError as refusal:
        data = {"refusal": str(refusal)}
        team.end_progress(progress, state=ProgressState.FAILED, now=clock(), data=data)


def ensure_undoable(change: BulkChange, *, now: datetime) -> None:
    """Raise TooLateToUndo for a change that was undone before or is too old."""
    if change.undone_at is not None or now >= undo_deadline(change.at):
        raise TooLateToUndo()


def _undo_tags(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    restored = 0
    for batch in batches_of(change):
        sql.rows(Relation(sql.text("contacts/undo_status_lock"), {"batch": sql.array(batch)}))
        given = Relation(sql.text("contacts/undone_tags"), {"change": change.pk, "batch": sql.array(batch)})
        undone = sql.rows(sql.compose(sql.text("contacts/undo_tags", undone="{undone}"), undone=given))
        restored += len({contact_id for contact_id, _tag, _was_added in undone})
        names = dict(
            Tag.objects.filter(pk__in={tag for _contact, tag, _was_added in undone}).values_list("pk", "name")
        )
        for kind, was_added in (("tag_removed", True), ("tag_added", False)):
            people: dict[int, list[int]] = {}
            for contact_id, tag_id, added in undone:
                if added == was_added:
                    people.setdefault(tag_id, []).append(contact_id)
            for tag_id, ids in people.items():  # a handful of tags; each statement covers a batch
                data = {"tags": [names[tag_id]], "undo": True} | actor_data(actor)
                events.record_relation(kind, queries.relation_of_ids(ids), at=now, data=data)
    left = change.count - restored
    return restored, {"changed_since": left} if left > 0 else {}


def _undo_status(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    proof = save_proof(
        ConsentProof(ground="", method="undo", data={"change": change.pk}), actor=actor, now=now
    )
    requested = restored = refused = 0
    for batch in batches_of(change):
        params = {"change": change.pk, "batch": sql.array(batch), "now": now}
        sql.rows(Relation(sql.text("contacts/undo_status_lock"), {"batch": params["batch"]}))
        said = queries.refusals_since(change, queries.relation_of_ids(batch))
        params |= {"proof": proof.pk, "refused": sql.array(pk for (pk,) in sql.rows(said))}
        sql.execute(Relation(sql.text("contacts/undo_status_consents"), params))
        found, reverted, kept = sql.rows(Relation(sql.text("contacts/undo_status"), params))[0]
        requested, restored, refused = requested + found, restored + reverted, refused + kept
        for status in Status:
            changed_contacts = Relation(
                f"{_ROWS_OF_CONTACTS} AND (r.before->>'status')::int = %(status)s"
                " AND c.status = %(status)s AND c.updated_at = %(now)s",
                params | {"status": status},
                ("contact_id",),
            )
            data = {"to": int(status), "undo": True} | actor_data(actor)
            events.record_relation("status_changed", changed_contacts, at=now, data=data)
    left = {"refused": refused, "changed_since": requested - restored - refused}
    return restored, {reason: count for reason, count in left.items() if count}


def _undo_delete(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    restored, left = 0, Counter[str]()
    for batch in batches_of(change):
        count, skipped = restore_deleted(
            queries.relation_of_ids(batch), deleted_at=change.at, actor=actor, now=now
        )
        restored += count
        left.update(skipped)
    return restored, dict(left)


def restore_deleted(
    contacts: Relation, *, deleted_at: datetime | None, actor: Actor, now: datetime
) -> tuple[int, dict[str, int]]:
    """Restore deleted contacts whose phone and email are still free. Returns how many, and how many not, by reason.

    deleted_at: only those deleted at that instant or later; None for all.
    """
    statement = sql.compose(sql.text("contacts/restore_deleted"), contacts=contacts, since=deleted_at)
    restored: list[int]
    requested, restored = sql.rows(statement)[0]
    restored_contacts = queries.relation_of_ids(restored)
    events.record_relation("contact_restored", restored_contacts, at=now, data=actor_data(actor))
    registry.run_restore_handlers(restored_contacts, now=now)
    taken = requested - len(restored)
    return len(restored), {"in_use": taken} if taken else {}


#: how many contacts undo of a change too large to be tried would revert
_UNDO_COUNTS: dict[BulkAction, Callable[[BulkChange], int]] = {
    BulkAction.ADD_TAGS: queries.count_undo_of_tags,
    BulkAction.REMOVE_TAGS: queries.count_undo_of_tags,
    BulkAction.SET_STATUS: queries.count_undo_of_status,
    BulkAction.DELETE: queries.count_undo_of_deletion,
}
#: how each action is reverted; importing/ adds its own
UNDO_HANDLERS: dict[BulkAction, UndoHandler] = {
    BulkAction.ADD_TAGS: _undo_tags,
    BulkAction.REMOVE_TAGS: _undo_tags,
    BulkAction.SET_STATUS: _undo_status,
    BulkAction.DELETE: _undo_delete,
    BulkAction.MERGE: undo_merge_change,
}
