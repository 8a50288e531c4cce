"""Actions on many contacts: set-based statements only, each undoable, each recording its events.

A BulkChange keeps which contacts were changed and what undo needs. For more contacts than
``settings.BULK_INLINE_LIMIT`` the selection is stored first and a job processes it in batches, so exactly the contacts
that were shown are changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import BulkChange, BulkChangeRow, EditSheet, Tag
from quen.apps.contacts.rules import statuses
from quen.apps.contacts.services.bulk_selection import (
    drop_batch,
    lock_selected,
    next_batch,
    select_contacts,
)
from quen.apps.contacts.services.consent import has_ground, save_proof
from quen.apps.contacts.services.edit_sheets import apply_cells
from quen.apps.contacts.services.tags import actor_data, ensure_tags
from quen.apps.contacts.types import BulkAction, BulkOutcome, ConsentProof, ProofMissing, Status
from quen.apps.events import services as events
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, pauses, sql
from quen.core.actors import Actor
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Progress


@transaction.atomic
def bulk_tag(
    *, contacts: Relation, add: Sequence[str] = (), remove: Sequence[str] = (), actor: Actor, now: datetime
) -> BulkOutcome:
    """Add and remove tags on the contacts of a Relation (column contact_id)."""
    return _run_inline(_tag_action(add), contacts, _tag_data(add, remove), actor, now)


@transaction.atomic
def bulk_set_status(
    *, contacts: Relation, status: int, proof: ConsentProof | None = None, actor: Actor, now: datetime
) -> BulkOutcome:
    """Set the status of the contacts of a Relation; those it cannot be set for are counted in ``skipped`` (R-16, R-19).

    Raises ProofMissing: Subscribed needs a proof of consent (R-18).
    """
    data = _status_data(status, proof)
    return _run_inline(BulkAction.SET_STATUS, contacts, data, actor, now)


@transaction.atomic
def bulk_delete(*, contacts: Relation, actor: Actor, now: datetime) -> BulkOutcome:
    """Delete the contacts of a Relation; they can be restored for 30 days (R-57)."""
    return _run_inline(BulkAction.DELETE, contacts, {}, actor, now)


@transaction.atomic
def bulk_update(
    *,
    action: str,
    contacts: Relation,
    actor: Actor,
    now: datetime,
    tags: Sequence[str] = (),
    status: int | None = None,
    proof: ConsentProof | None = None,
    title: str | Promise = "",
) -> BulkOutcome | Progress:
    """Apply an action immediately, or start it as a job for more than settings.BULK_INLINE_LIMIT contacts.

    The progress has the change's id in ``data["change_id"]``, and ``changed`` and ``skipped`` once it has ended.
    """
    data = _data_for(action, tags, status, proof)
    return _run_or_start(BulkAction(action), contacts, data, actor, now, title, "/contacts/")


@transaction.atomic
def run_verb(
    *,
    key: str,
    contacts: Relation,
    data: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    title: str | Promise = "",
    path: str = "/contacts/",
) -> BulkOutcome | Progress:
    """Apply an action that another app registered, like ``bulk_update``.

    data: what its ``apply`` reads, kept with the change; names for the log in "add" and "remove".  path: where the
    progress leads, inside the workspace.
    """
    return _run_or_start(key, contacts, data, actor, now, title, path)


def _run_or_start(
    action: str,
    contacts: Relation,
    data: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    title: str | Promise,
    path: str,
) -> BulkOutcome | Progress:
    if queries.count_contacts(contacts) <= settings.BULK_INLINE_LIMIT:
        return _run_inline(action, contacts, data, actor, now)
    change = _create_change(action, data, actor, now)
    selection = select_contacts(change, contacts, actor, now)
    progress = team.start_progress(
        kind="contacts.bulk_change",
        title=str(title) or action_label(action),
        path=path,
        actor=actor,
        total=selection,
        data={"change_id": change.pk},
    )
    jobs.enqueue("contacts.run_bulk_job", change_id=change.pk, progress_id=progress.pk)
    return progress


@transaction.atomic
def apply_edit_sheet(
    *, sheet: EditSheet, contacts: Relation, actor: Actor, now: datetime
) -> BulkOutcome | Progress:
    """Write the taken cells of a returned workbook to these contacts, like ``bulk_update``."""
    data = {"sheet": sheet.pk, "file": sheet.filename, "tags": [], "last_tag": queries.last_tag_id()}
    path = f"/contacts/sheets/{sheet.pk}/"
    return _run_or_start(BulkAction.EDIT_SHEET, contacts, data, actor, now, "", path)


def run_bulk_job(*, change_id: int, progress_id: int, clock: Callable[[], datetime]) -> None:
    """Apply a change to its stored selection, one batch per transaction; the rest of it is still to do."""
    progress = team_queries.get_progress(progress_id)
    change = queries.get_change(change_id)
    actor = team_queries.actor_of(change.member_id)
    state = ProgressState.DONE
    while progress.ended_at is None:
        if team.stop_requested(progress):
            state = ProgressState.STOPPED
            break
        with transaction.atomic():
            change = BulkChange.objects.select_for_update().get(pk=change_id)
            batch = next_batch(change)
            if not batch:
                break
            outcome = _apply(change, queries.relation_of_ids(batch), actor, clock())
            drop_batch(change, batch)
            team.update_progress(progress, done=progress.done + outcome.requested, now=clock())
        pauses.give_way()
    if progress.ended_at is None:
        _finish(change, progress, actor, state, clock())


@transaction.atomic
def apply_at_once(
    *, key: str, contacts: Relation, data: Mapping[str, Any], actor: Actor, now: datetime
) -> BulkOutcome:
    """Apply an action that another app registered in this transaction, however many contacts there are."""
    return _run_inline(key, contacts, data, actor, now)


def _finish(
    change: BulkChange, progress: Progress, actor: Actor, state: ProgressState, now: datetime
) -> None:
    with transaction.atomic():
        outcome = {"changed": change.count, "skipped": change.data.get("skipped", {}), "change_id": change.pk}
        BulkChangeRow.objects.filter(change_id=change.data["selection_id"]).delete()
        BulkChange.objects.filter(pk=change.data["selection_id"]).delete()
        team.end_progress(progress, state=state, now=now, data=outcome)
        member = team_queries.members_by_id([change.member_id or 0]).get(change.member_id or 0)
        if member is not None:
            team.notify(
                member,
                "contacts.bulk_change_finished",
                now=now,
                path=progress.path,
                data={"changed": change.count},
            )


def _run_inline(
    action: str, contacts: Relation, data: Mapping[str, Any], actor: Actor, now: datetime
) -> BulkOutcome:
    return _apply(_create_change(action, data, actor, now), contacts, actor, now)


def _create_change(action: str, data: Mapping[str, Any], actor: Actor, now: datetime) -> BulkChange:
    return BulkChange.objects.create(action=action, member_id=actor.member_id, at=now, data=dict(data))


def _apply(change: BulkChange, contacts: Relation, actor: Actor, now: datetime) -> BulkOutcome:
    """Apply the change's action to some contacts, locked, and add the result to the change."""
    contacts = queries.relation_of_ids(lock_selected(contacts))
    verb = registry.find_bulk_verb(change.action)
    apply = verb.apply if verb is not None else _HANDLERS[BulkAction(change.action)]
    requested, changed, skipped = apply(change, contacts, actor, now)
    first_time = "logged" not in change.data
    change.count += changed
    before = Counter(change.data.get("skipped", {}))
    change.data |= {"skipped": dict(before + Counter(skipped)), "logged": True}
    change.save(update_fields=["count", "data"])
    if first_time:
        details = {key: change.data[key] for key in ("add", "remove", "status") if key in change.data}
        log = {"change": change.pk, "contacts": change.data.get("selected_count", changed)} | details
        kind = verb.audit if verb is not None else f"contacts.bulk_{change.action}"
        team.audit(actor, kind, now=now, target=change, data=log)
    return BulkOutcome(change_id=change.pk, requested=requested, changed=changed, skipped=skipped)


def _changed_contacts(change: BulkChange, contacts: Relation, extra_sql: str = "", **params: Any) -> Relation:
    """Return the contacts that the change has just modified.

    Read from the change's own rows: a filter may no longer match them. Only a batch of a stored selection is stable.
    """
    rows = "SELECT r.contact_id FROM contacts_bulkchangerow r WHERE r.change_id = %(change)s "
    if "selection_id" not in change.data:
        return Relation(rows + extra_sql, {"change": change.pk, **params}, ("contact_id",))
    # As a list, see bulk_selection.
    batch = sql.array(contact_id for (contact_id,) in sql.rows(contacts))
    return Relation(
        rows + "AND r.contact_id = ANY(%(batch)s::bigint[]) " + extra_sql,
        {"change": change.pk, "batch": batch, **params},
        ("contact_id",),
    )


# Tags


def _tag_action(add: Sequence[str]) -> BulkAction:
    return BulkAction.ADD_TAGS if add else BulkAction.REMOVE_TAGS


def _tag_data(add: Sequence[str], remove: Sequence[str]) -> dict[str, Any]:
    """Return the tags by id and name, resolved once so that a job and its undo use the same ones."""
    added = ensure_tags(add)
    removed = [tag.pk for tag in queries.find_tags(list(remove)).values() if tag.pk not in added]
    names = dict(Tag.objects.filter(pk__in=[*added, *removed]).values_list("pk", "name"))
    return {
        "add": [names[i] for i in added],
        "remove": [names[i] for i in removed],
        "add_ids": added,
        "remove_ids": removed,
    }


def _tag(
    change: BulkChange, contacts: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    add, remove = change.data["add_ids"], change.data["remove_ids"]
    statement = sql.compose(
        sql.text("contacts/bulk_tag"),
        contacts=contacts,
        change=change.pk,
        add=add,
        remove=remove,
        tagged=bool(add),
        untagged=bool(remove),
    )
    requested, changed = sql.rows(statement)[0]
    for kind, key, ids in (("tag_added", "added", add), ("tag_removed", "removed", remove)):
        names = dict(Tag.objects.filter(pk__in=ids).values_list("pk", "name"))
        for tag_id in ids:  # a handful of tags; each statement covers all contacts
            # With a single tag every row of the change is about it.
            about = "AND r.tags->%(key)s @> %(tag)s" if len(add) + len(remove) > 1 else ""
            changed_contacts = _changed_contacts(change, contacts, about, key=key, tag=Jsonb([tag_id]))
            events.record_relation(
                kind, changed_contacts, at=now, data={"tags": [names[tag_id]]} | actor_data(actor)
            )
    return requested, changed, {statuses.ALREADY: requested - changed} if requested > changed else {}


# Status


def _status_data(status: int, proof: ConsentProof | None) -> dict[str, Any]:
    if status == Status.SUBSCRIBED and not has_ground(proof):
        raise ProofMissing()
    stored = asdict(proof) if proof is not None else None
    if stored is not None and proof is not None and proof.obtained_at is not None:
        stored["obtained_at"] = proof.obtained_at.isoformat()
    return {"status": int(status), "proof": stored}


def _set_status(
    change: BulkChange, contacts: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    stored = change.data["proof"]
    proof = None
    if stored is not None:
        proof = ConsentProof(**{**stored, "obtained_at": parse_datetime(stored["obtained_at"] or "")})
    if "proof_id" not in change.data:
        change.data["proof_id"] = save_proof(proof, actor=actor, now=now).pk
    locked = [pk for (pk,) in sql.rows(contacts)]
    statement = sql.compose(
        _status_statement(),
        contacts=contacts,
        change=change.pk,
        requested=change.data["status"],
        saved=Status.SAVED,
        now=now,
    )
    outcomes: dict[str, int] = dict(sql.rows(statement))
    consents = {"change": change.pk, "contacts": locked, "proof": change.data["proof_id"], "now": now}
    sql.execute(Relation(sql.text("contacts/bulk_consents"), consents))
    requested, changed = sum(outcomes.values()), outcomes.pop("changed", 0)
    for status in (Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.NON_SUBSCRIBED, Status.SAVED):
        changed_contacts = _changed_contacts(
            change, contacts, "AND (r.before->>'to')::int = %(status)s", status=status
        )
        events.record_relation(
            "status_changed", changed_contacts, at=now, data={"to": int(status)} | actor_data(actor)
        )
    return requested, changed, outcomes


@cache
def _status_statement() -> str:
    columns = {"current": "status", "requested": "%(requested)s::int", "before_saved": "status_before_saved"}
    return sql.text(
        "contacts/bulk_set_status",
        contacts="{contacts}",
        reason=statuses.reason_case_sql(**columns),
        new_status=statuses.status_case_sql(**columns),
        new_consent=statuses.consent_case_sql(status="new_status", current="consent_email"),
    )


# Deletion


def _delete(
    change: BulkChange, contacts: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    statement = sql.compose(sql.text("contacts/bulk_delete"), contacts=contacts, change=change.pk, now=now)
    deleted = sql.rows(statement)[0][0]
    removed = _changed_contacts(change, contacts)
    events.record_relation("contact_deleted", removed, at=now, data=actor_data(actor))
    registry.run_delete_handlers(removed, now=now)
    return deleted, deleted, {}


_HANDLERS: dict[BulkAction, Callable[..., tuple[int, int, dict[str, int]]]] = {
    BulkAction.ADD_TAGS: _tag,
    BulkAction.REMOVE_TAGS: _tag,
    BulkAction.SET_STATUS: _set_status,
    BulkAction.DELETE: _delete,
    BulkAction.EDIT_SHEET: apply_cells,
}


def _data_for(
    action: str, tags: Sequence[str], status: int | None, proof: ConsentProof | None
) -> dict[str, Any]:
    if action == BulkAction.ADD_TAGS:
        return _tag_data(tags, [])
    if action == BulkAction.REMOVE_TAGS:
        return _tag_data([], tags)
    if action == BulkAction.SET_STATUS and status is not None:
        return _status_data(status, proof)
    return {}


def describe(change: BulkChange) -> str:
    """Return a short description of a change, in the active language."""
    names = ", ".join(change.data.get("add") or change.data.get("remove") or [])
    label = action_label(change.action)
    return _("%(action)s: %(names)s") % {"action": label, "names": names} if names else label


def action_label(action: str) -> str:
    """Return the name of an action, this app's or another's, in the active language."""
    verb = registry.find_bulk_verb(action)
    return str(verb.label if verb is not None else BulkAction(action).label)
