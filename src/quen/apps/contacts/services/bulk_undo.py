"""Undo of bulk changes: reverts exactly what the change did, not what happened since; once, within 30 days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import BulkChange, undo_deadline
from quen.apps.contacts.services.bulk import describe
from quen.apps.contacts.services.consent import save_proof
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import BulkAction, BulkOutcome, ConsentProof, Status, TooLateToUndo
from quen.apps.events import services as events
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, sql
from quen.core.actors import Actor
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Progress

#: reverts the rows of a change; returns how many were reverted, and how many were skipped by reason
UndoHandler = Callable[[BulkChange, Actor, datetime], tuple[int, dict[str, int]]]


@transaction.atomic
def undo_change(*, change: BulkChange, actor: Actor, now: datetime) -> BulkOutcome:
    """Undo a change. Raises TooLateToUndo the second time and after 30 days."""
    ensure_undoable(change, now=now)
    if not BulkChange.objects.filter(pk=change.pk, undone_at=None).update(undone_at=now):
        raise TooLateToUndo()
    restored, skipped = UNDO_HANDLERS[BulkAction(change.action)](change, actor, now)
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
    except TooLateToUndo:
        team.end_progress(progress, state=ProgressState.FAILED, now=clock())


def ensure_undoable(change: BulkChange, *, now: datetime) -> None:
    """Raise TooLateToUndo for a change that was undone before or is too old."""
    if change.undone_at is not None or now >= undo_deadline(change.at):
        raise TooLateToUndo()


def _untag(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    return sql.rows(Relation(_UNTAG, {"change": change.pk}))[0][0], {}


_UNTAG = """
WITH changed AS MATERIALIZED (
    SELECT r.contact_id, r.tags FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.change_id = %(change)s
), removed_tags AS (
    DELETE FROM contacts_contacttag ct
     USING (SELECT contact_id, jsonb_array_elements_text(tags->'added')::bigint AS tag_id FROM changed) a
     WHERE ct.contact_id = a.contact_id AND ct.tag_id = a.tag_id
), restored AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT r.contact_id, t.id
      FROM (SELECT contact_id, jsonb_array_elements_text(tags->'removed')::bigint AS tag_id FROM changed) r
      JOIN contacts_tag t ON t.id = r.tag_id
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM changed
"""


def _undo_tags(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    restored = _untag(change, actor, now)
    for kind, key, names in (
        ("tag_removed", "added", change.data["add"]),
        ("tag_added", "removed", change.data["remove"]),
    ):
        if names:
            changed_contacts = Relation(
                "SELECT r.contact_id FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id"
                f" WHERE r.change_id = %(change)s AND r.tags->'{key}' <> '[]'",
                {"change": change.pk},
                ("contact_id",),
            )
            events.record_relation(
                kind, changed_contacts, at=now, data={"tags": names, "undo": True} | actor_data(actor)
            )
    return restored


def _undo_status(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    proof = save_proof(
        ConsentProof(ground="", method="undo", data={"change": change.pk}), actor=actor, now=now
    )
    rows = sql.rows(Relation(_UNDO_STATUS, {"change": change.pk, "now": now, "proof": proof.pk}))
    requested, restored = rows[0]
    for status in Status:
        changed_contacts = Relation(
            "SELECT r.contact_id FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id"
            " WHERE r.change_id = %(change)s AND (r.before->>'status')::int = %(status)s"
            " AND c.status = %(status)s AND c.updated_at = %(now)s",
            {"change": change.pk, "status": status, "now": now},
            ("contact_id",),
        )
        data = {"to": int(status), "undo": True} | actor_data(actor)
        events.record_relation("status_changed", changed_contacts, at=now, data=data)
    return restored, {"changed_since": requested - restored} if requested > restored else {}


_UNDO_STATUS = """
WITH selected AS MATERIALIZED (
    SELECT r.contact_id, r.before, c.status, c.consent_email
      FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.change_id = %(change)s ORDER BY c.id FOR UPDATE OF c
), restored AS (
    UPDATE contacts_contact c
       SET status = (m.before->>'status')::smallint,
           status_before_saved = (m.before->>'status_before_saved')::smallint,
           consent_email = CASE WHEN m.consent_email = (m.before->>'to_consent')::smallint
                                THEN (m.before->>'consent_email')::smallint ELSE m.consent_email END,
           updated_at = %(now)s
      FROM selected m WHERE c.id = m.contact_id AND m.status = (m.before->>'to')::smallint
    RETURNING c.id, c.consent_email AS consent, m.consent_email AS old_consent
), consent_entries AS (
    INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)
    SELECT id, 'email', 'marketing', consent, %(proof)s, %(now)s FROM restored WHERE consent <> old_consent
)
SELECT (SELECT count(*) FROM selected), (SELECT count(*) FROM restored)
"""


def _undo_delete(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    contacts = Relation(
        "SELECT contact_id FROM contacts_bulkchangerow WHERE change_id = %(change)s",
        {"change": change.pk},
        ("contact_id",),
    )
    return restore_deleted(contacts, deleted_at=change.at, actor=actor, now=now)


def restore_deleted(
    contacts: Relation, *, deleted_at: datetime | None, actor: Actor, now: datetime
) -> tuple[int, dict[str, int]]:
    """Restore deleted contacts whose phone and email are still free. Returns how many, and how many not, by reason.

    deleted_at: only those deleted at that instant or later; None for all.
    """
    statement = sql.compose(_RESTORE_DELETED, contacts=contacts, since=deleted_at)
    restored: list[int]
    requested, restored = sql.rows(statement)[0]
    restored_contacts = queries.relation_of_ids(restored)
    events.record_relation("contact_restored", restored_contacts, at=now, data=actor_data(actor))
    registry.run_restore_handlers(restored_contacts, now=now)
    taken = requested - len(restored)
    return len(restored), {"in_use": taken} if taken else {}


_RESTORE_DELETED = """
WITH selected AS MATERIALIZED (
    SELECT c.id, c.email, c.phone,
           row_number() OVER (PARTITION BY c.email ORDER BY c.id) AS email_rank,
           row_number() OVER (PARTITION BY c.phone ORDER BY c.id) AS phone_rank
      FROM contacts_contact c
     WHERE c.deleted_at IS NOT NULL AND c.id IN (SELECT contact_id FROM {contacts} p)
       AND (%(since)s::timestamptz IS NULL OR c.deleted_at >= %(since)s)
), restorable AS (
    SELECT m.id FROM selected m
      LEFT JOIN contacts_contact email_owner ON email_owner.email = m.email AND email_owner.deleted_at IS NULL
      LEFT JOIN contacts_contact phone_owner ON phone_owner.phone = m.phone AND phone_owner.deleted_at IS NULL
     WHERE email_owner.id IS NULL AND phone_owner.id IS NULL
       AND (m.email IS NULL OR m.email_rank = 1) AND (m.phone IS NULL OR m.phone_rank = 1)
), restored AS (
    UPDATE contacts_contact c SET deleted_at = NULL FROM restorable WHERE c.id = restorable.id RETURNING c.id
), identities AS (
    UPDATE contacts_contactidentity i SET deleted_at = NULL
      FROM restorable WHERE i.contact_id = restorable.id AND NOT EXISTS (
        SELECT 1 FROM contacts_contactidentity o
         WHERE o.system = i.system AND o.external_id = i.external_id AND o.deleted_at IS NULL)
)
SELECT (SELECT count(*) FROM selected), (SELECT coalesce(array_agg(id), '{}') FROM restored)
"""

#: how each action is reverted; importing/ adds its own
UNDO_HANDLERS: dict[BulkAction, UndoHandler] = {
    BulkAction.ADD_TAGS: _undo_tags,
    BulkAction.REMOVE_TAGS: _undo_tags,
    BulkAction.SET_STATUS: _undo_status,
    BulkAction.DELETE: _undo_delete,
}
