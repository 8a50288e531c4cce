"""Taking an import back: the people it brought go, the people it changed get their values back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from quen.apps.contacts import queries
from quen.apps.contacts.importing.stage import COLUMNS
from quen.apps.contacts.models import Change
from quen.apps.contacts.services import keep_proof
from quen.apps.contacts.types import Channel, Consent, ConsentProof, Status
from quen.apps.events import services as events
from quen.apps.import_export.registry import UndoPreview
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Member

#: identifiers that somebody else took meanwhile keep a person as the import left them
_FREE = """AND NOT EXISTS (SELECT FROM contacts_contact o
                WHERE o.id <> c.id AND o.deleted_at IS NULL AND (o.phone = b.phone OR o.email = b.email))"""


def preview_undo(change_id: int) -> UndoPreview:
    """Say what undo would do now."""
    return UndoPreview(
        *sql.rows(Relation(sql.text("contacts/import_undo_preview"), {"change": change_id}))[0]
    )


def take_back(change: Change, actor: Member | None, now: datetime) -> tuple[int, dict[str, int]]:
    """Take an import back; give how many people changed, and how many stay because they changed since."""
    preview = preview_undo(change.pk)
    params = {"change": change.pk, "now": now}
    gone: list[int] = sql.rows(Relation(sql.text("contacts/import_undo_removed"), params))[0][0]
    by = {"by": actor.name} if actor is not None else {}
    events.record_relation("contact_deleted", queries.people(gone), at=now, data={"undo": True} | by)
    tagged = Relation(
        "SELECT contact_id FROM contacts_changerow"
        " WHERE change_id = %(change)s AND before IS NOT NULL AND tags -> 'added' <> '[]'",
        {"change": change.pk},
    )
    events.note_change(tagged, fields=["tags"], at=now)
    sql.execute(Relation(sql.text("contacts/import_undo_untag"), params))
    returned = [
        pk for (pk,) in sql.rows(Relation(_returning(), params))
    ]  # consent is compared with what it was before the import
    if returned:
        _enter_consents(change, returned, actor, now)
        events.record_relation(
            "contact_changed",
            queries.people(returned),
            at=now,
            data={"fields": change.data["file"], "undo": True} | by,
        )
    kept = preview.kept + preview.returned - len(returned)
    return len(gone) + len(returned), {"changed_since": kept} if kept else {}


def _returning() -> str:
    assignments = [f"{name} = b.{name}" for name in COLUMNS]
    assignments += ["attrs = b.attrs", "latest_source_id = b.latest_source_id", "incomplete = b.incomplete"]
    assignments += [
        f"status = CASE WHEN c.status = {Status.UNSUBSCRIBED} THEN c.status ELSE b.status END",
        f"status_before_saved = CASE WHEN c.status = {Status.UNSUBSCRIBED} THEN NULL ELSE b.status_before_saved END",
    ]
    assignments += [
        f"consent_{channel} = CASE WHEN c.consent_{channel} IN ({Consent.WITHDRAWN}, {Consent.BLOCKED})"
        f" THEN c.consent_{channel} ELSE b.consent_{channel} END"
        for channel in Channel.values
    ]
    return sql.text("contacts/import_undo_returned", assignments=",\n       ".join(assignments), free=_FREE)


def _enter_consents(change: Change, people: list[int], actor: Member | None, now: datetime) -> None:
    """Lines of the ledger for consent that the import had granted."""
    proof = keep_proof(ConsentProof(ground="", way="undo", data={"change": change.pk}), actor=actor, now=now)
    for channel in Channel.values:
        sql.execute(
            Relation(
                "INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)"
                f" SELECT c.id, %(channel)s, 'marketing', c.consent_{channel}, %(proof)s, %(now)s"
                " FROM contacts_contact c JOIN LATERAL (SELECT e.consent FROM contacts_consententry e"
                "   WHERE e.contact_id = c.id AND e.channel = %(channel)s"
                "   ORDER BY e.at DESC, e.id DESC LIMIT 1) last ON true"
                f" WHERE c.id = ANY(%(people)s) AND last.consent <> c.consent_{channel}",
                {"channel": channel, "proof": proof.pk, "now": now, "people": people},
            )
        )
