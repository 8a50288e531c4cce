"""Undoing a verb on many people: exactly what it did, not what happened since; once, within 30 days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Change, undo_limit
from quen.apps.contacts.services.consent import keep_proof
from quen.apps.contacts.services.sets import AT_ONCE, describe
from quen.apps.contacts.services.tagging import by
from quen.apps.contacts.types import BulkOutcome, BulkVerb, ConsentProof, Status, TooLateToUndo
from quen.apps.events import services as events
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Member, Progress

#: puts the rows of a change back; gives how many, and how many stay with their reason
Undoer = Callable[[Change, "Member | None", datetime], tuple[int, dict[str, int]]]


@transaction.atomic
def undo(*, change: Change, actor: Member | None, now: datetime) -> BulkOutcome:
    """Undo a change. Raises TooLateToUndo the second time and after 30 days."""
    ensure_undoable(change, now=now)
    if not Change.objects.filter(pk=change.pk, undone_at=None).update(undone_at=now):
        raise TooLateToUndo()
    back, left = UNDOERS[BulkVerb(change.verb)](change, actor, now)
    data = {"change": change.pk, "verb": change.verb, "people": back}
    team.log_action(actor, "contacts.change_undone", now=now, target=change, data=data)
    return BulkOutcome(change_id=change.pk, asked=change.count, changed=back, left=left)


@transaction.atomic
def start_undo(*, change: Change, actor: Member, now: datetime) -> BulkOutcome | Progress:
    """Undo at once, or as a job when the change touched more than 5,000 people. Raises TooLateToUndo."""
    ensure_undoable(change, now=now)
    if change.count <= AT_ONCE:
        return undo(change=change, actor=actor, now=now)
    progress = team.start_progress(
        kind="contacts.undo",
        title=_("Undo: %(what)s") % {"what": describe(change)},
        path="/contacts/",
        member=actor,
        total=change.count,
        data={"undoes": change.pk},
    )
    jobs.enqueue("contacts.undo", change_id=change.pk, progress_id=progress.pk)
    return progress


def carry_out_undo(*, change_id: int, progress_id: int, clock: Callable[[], datetime]) -> None:
    """Undo a change as a job; a second run finds it undone."""
    progress = team_queries.get_progress(progress_id)
    if progress.ended_at is not None:
        return
    change = queries.get_change(change_id)
    actor = (
        team_queries.members_by_id([progress.member_id]).get(progress.member_id)
        if progress.member_id
        else None
    )
    try:
        with transaction.atomic():
            outcome = undo(change=change, actor=actor, now=clock())
            team.advance(progress, done=outcome.changed, now=clock())
            data = {"changed": outcome.changed, "left": outcome.left}
            team.end_progress(progress, state=ProgressState.DONE, now=clock(), data=data)
    except TooLateToUndo:
        team.end_progress(progress, state=ProgressState.FAILED, now=clock())


def ensure_undoable(change: Change, *, now: datetime) -> None:
    """Refuse what was undone before or is too old. Raises TooLateToUndo."""
    if change.undone_at is not None or now >= undo_limit(change.at):
        raise TooLateToUndo()


def _untag(change: Change, actor: Member | None, now: datetime) -> tuple[int, dict[str, int]]:
    return sql.rows(Relation(_UNTAG, {"change": change.pk}))[0][0], {}


_UNTAG = """
WITH touched AS MATERIALIZED (
    SELECT r.contact_id, r.tags FROM contacts_changerow r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.change_id = %(change)s
), gone AS (
    DELETE FROM contacts_contacttag ct
     USING (SELECT contact_id, jsonb_array_elements_text(tags->'added')::bigint AS tag_id FROM touched) a
     WHERE ct.contact_id = a.contact_id AND ct.tag_id = a.tag_id
), back AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT r.contact_id, t.id
      FROM (SELECT contact_id, jsonb_array_elements_text(tags->'removed')::bigint AS tag_id FROM touched) r
      JOIN contacts_tag t ON t.id = r.tag_id
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM touched
"""


def _untag_with_news(change: Change, actor: Member | None, now: datetime) -> tuple[int, dict[str, int]]:
    back = _untag(change, actor, now)
    for kind, key, names in (
        ("tag_removed", "added", change.data["add"]),
        ("tag_added", "removed", change.data["remove"]),
    ):
        if names:
            touched = Relation(
                "SELECT r.contact_id FROM contacts_changerow r JOIN contacts_contact c ON c.id = r.contact_id"
                f" WHERE r.change_id = %(change)s AND r.tags->'{key}' <> '[]'",
                {"change": change.pk},
                ("contact_id",),
            )
            events.record_relation(kind, touched, at=now, data={"tags": names, "undo": True} | by(actor))
    return back


def _restore_status(change: Change, actor: Member | None, now: datetime) -> tuple[int, dict[str, int]]:
    proof = keep_proof(ConsentProof(ground="", way="undo", data={"change": change.pk}), actor=actor, now=now)
    rows = sql.rows(Relation(_RESTORE_STATUS, {"change": change.pk, "now": now, "proof": proof.pk}))
    asked, back = rows[0]
    for status in Status:
        touched = Relation(
            "SELECT r.contact_id FROM contacts_changerow r JOIN contacts_contact c ON c.id = r.contact_id"
            " WHERE r.change_id = %(change)s AND (r.before->>'status')::int = %(status)s"
            " AND c.status = %(status)s AND c.updated_at = %(now)s",
            {"change": change.pk, "status": status, "now": now},
            ("contact_id",),
        )
        data = {"to": int(status), "undo": True} | by(actor)
        events.record_relation("status_changed", touched, at=now, data=data)
    return back, {"changed_since": asked - back} if asked > back else {}


_RESTORE_STATUS = """
WITH meant AS MATERIALIZED (
    SELECT r.contact_id, r.before, c.status, c.consent_email
      FROM contacts_changerow r JOIN contacts_contact c ON c.id = r.contact_id
     WHERE r.change_id = %(change)s ORDER BY c.id FOR UPDATE OF c
), back AS (
    UPDATE contacts_contact c
       SET status = (m.before->>'status')::smallint,
           status_before_saved = (m.before->>'status_before_saved')::smallint,
           consent_email = CASE WHEN m.consent_email = (m.before->>'to_consent')::smallint
                                THEN (m.before->>'consent_email')::smallint ELSE m.consent_email END,
           updated_at = %(now)s
      FROM meant m WHERE c.id = m.contact_id AND m.status = (m.before->>'to')::smallint
    RETURNING c.id, c.consent_email AS consent, m.consent_email AS had
), entered AS (
    INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)
    SELECT id, 'email', 'marketing', consent, %(proof)s, %(now)s FROM back WHERE consent <> had
)
SELECT (SELECT count(*) FROM meant), (SELECT count(*) FROM back)
"""


def _undelete(change: Change, actor: Member | None, now: datetime) -> tuple[int, dict[str, int]]:
    people = Relation(
        "SELECT contact_id FROM contacts_changerow WHERE change_id = %(change)s",
        {"change": change.pk},
        ("contact_id",),
    )
    return bring_back(people, deleted_at=change.at, actor=actor, now=now)


def bring_back(
    people: Relation, *, deleted_at: datetime | None, actor: Member | None, now: datetime
) -> tuple[int, dict[str, int]]:
    """Restore deleted people whose phone and mail nobody else took meanwhile; give how many, and why others stay.

    deleted_at: only those deleted at that instant or later; None for all.
    """
    statement = sql.compose(_BRING_BACK, people=people, since=deleted_at)
    restored: list[int]
    asked, restored = sql.rows(statement)[0]
    back = queries.people(restored)
    events.record_relation("contact_restored", back, at=now, data=by(actor))
    registry.tell_restored(back, now=now)
    taken = asked - len(restored)
    return len(restored), {"in_use": taken} if taken else {}


_BRING_BACK = """
WITH meant AS MATERIALIZED (
    SELECT c.id, c.email, c.phone,
           row_number() OVER (PARTITION BY c.email ORDER BY c.id) AS of_mail,
           row_number() OVER (PARTITION BY c.phone ORDER BY c.id) AS of_phone
      FROM contacts_contact c
     WHERE c.deleted_at IS NOT NULL AND c.id IN (SELECT contact_id FROM {people} p)
       AND (%(since)s::timestamptz IS NULL OR c.deleted_at >= %(since)s)
), free AS (
    SELECT m.id FROM meant m
      LEFT JOIN contacts_contact mailed ON mailed.email = m.email AND mailed.deleted_at IS NULL
      LEFT JOIN contacts_contact called ON called.phone = m.phone AND called.deleted_at IS NULL
     WHERE mailed.id IS NULL AND called.id IS NULL
       AND (m.email IS NULL OR m.of_mail = 1) AND (m.phone IS NULL OR m.of_phone = 1)
), back AS (
    UPDATE contacts_contact c SET deleted_at = NULL FROM free WHERE c.id = free.id RETURNING c.id
), accounts AS (
    UPDATE contacts_contactidentity i SET deleted_at = NULL
      FROM free WHERE i.contact_id = free.id AND NOT EXISTS (
        SELECT 1 FROM contacts_contactidentity o
         WHERE o.system = i.system AND o.external_id = i.external_id AND o.deleted_at IS NULL)
)
SELECT (SELECT count(*) FROM meant), (SELECT coalesce(array_agg(id), '{{}}') FROM back)
"""

#: who puts back what a verb did; the importer adds its own
UNDOERS: dict[BulkVerb, Undoer] = {
    BulkVerb.ADD_TAGS: _untag_with_news,
    BulkVerb.REMOVE_TAGS: _untag_with_news,
    BulkVerb.SET_STATUS: _restore_status,
    BulkVerb.DELETE: _undelete,
}
