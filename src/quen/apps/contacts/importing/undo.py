"""Undo an import: contacts it created are deleted, contacts it updated get their previous values back."""

from __future__ import annotations

from datetime import datetime

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import BulkChange
from quen.apps.contacts.services import delete_unused_tags, save_proof
from quen.apps.contacts.services.staging.schema import COLUMNS
from quen.apps.contacts.types import Channel, Consent, ConsentProof, Status
from quen.apps.events import services as events
from quen.apps.import_export.registry import UndoPreview
from quen.core import sql
from quen.core.actors import Actor
from quen.core.sql import Relation

#: a contact whose previous phone or email now belongs to another contact is left unchanged
_IDENTIFIERS_FREE = """AND NOT EXISTS (SELECT 1 FROM contacts_contact o
                WHERE o.id <> c.id AND o.deleted_at IS NULL AND (o.phone = b.phone OR o.email = b.email))"""


def preview_undo(change_id: int) -> UndoPreview:
    """Return what undo would do now."""
    counts = sql.rows(Relation(sql.text("contacts/import_undo_preview"), {"change": change_id}))[0]
    removed, restored, kept = counts
    refusing = queries.count_refusals_since(queries.get_change(change_id))
    return UndoPreview(removed, restored, kept, refusing)


def undo_import(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    """Undo an import; return how many contacts changed, and how many were skipped because they were edited since."""
    preview = preview_undo(change.pk)
    params = {"change": change.pk, "now": now}
    deleted_ids: list[int] = sql.rows(Relation(sql.text("contacts/import_undo_delete"), params))[0][0]
    actor_data = actor.as_data()
    # What they refused outlives the deletion, as for any other (CON-68).
    registry.run_delete_handlers(queries.relation_of_ids(deleted_ids), now=now)
    events.record_relation(
        "contact_deleted", queries.relation_of_ids(deleted_ids), at=now, data={"undo": True} | actor_data
    )
    tagged = Relation(
        "SELECT contact_id FROM contacts_bulkchangerow"
        " WHERE change_id = %(change)s AND before IS NOT NULL AND tags -> 'added' <> '[]'",
        {"change": change.pk},
    )
    events.notify_changed(tagged, fields=["tags"], at=now)
    sql.execute(Relation(sql.text("contacts/import_undo_untag"), params))
    _delete_own_tags(change)
    sql.execute(Relation("DELETE FROM contacts_contactaddress WHERE change_id = %(change)s", params))
    for labels in registry.import_labels().values():
        labels.undo(change, actor, now)
    restored_ids = [
        pk for (pk,) in sql.rows(Relation(_restore_statement(), params))
    ]  # their consent is compared with the state before the import
    if restored_ids:
        _log_consents(change, restored_ids, actor, now)
        events.record_relation(
            "contact_changed",
            queries.relation_of_ids(restored_ids),
            at=now,
            data={"fields": change.data["file"], "undo": True} | actor_data,
        )
    skipped = preview.kept + preview.restored - len(restored_ids)
    return len(deleted_ids) + len(restored_ids), {"changed_since": skipped} if skipped else {}


def undo_sheet(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    """Undo what a returned workbook changed, as an import is undone; tags that it cleared come back first."""
    given_back = sql.rows(Relation(sql.text("contacts/sheet_undo_tags"), {"change": change.pk}))
    events.notify_changed(queries.relation_of_ids({pk for (pk,) in given_back}), fields=["tags"], at=now)
    return undo_import(change, actor, now)


def _delete_own_tags(change: BulkChange) -> None:
    """Delete the tags that the import made, unless somebody has, describes or asks for one."""
    if "last_tag" not in change.data:
        return
    of_all = [tag.pk for tag in queries.find_tags(change.data["tags"]).values()]
    params = {"change": change.pk, "last_tag": change.data["last_tag"], "of_all": of_all}
    found = {pk for (pk,) in sql.rows(Relation(sql.text("contacts/import_undo_tags"), params))}
    delete_unused_tags(found - registry.used_tags(found))


def _restore_statement() -> str:
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
    return sql.text(
        "contacts/import_undo_restore",
        assignments=",\n       ".join(assignments),
        identifiers_free=_IDENTIFIERS_FREE,
    )


def _log_consents(change: BulkChange, contact_ids: list[int], actor: Actor, now: datetime) -> None:
    """Add consent log entries for consent that the import had granted."""
    proof = save_proof(
        ConsentProof(ground="", method="undo", data={"change": change.pk}), actor=actor, now=now
    )
    params = {"proof": proof.pk, "now": now, "contact_ids": contact_ids}
    for channel in Channel.values:
        text = sql.text("contacts/import_undo_consents", consent=f"consent_{channel}")
        sql.execute(Relation(text, {"channel": channel, **params}))
