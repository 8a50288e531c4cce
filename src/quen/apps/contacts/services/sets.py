"""Verbs on many people at once: set statements only, each undoable, each with its news.

A Change keeps who was touched and what is needed to undo it. More than AT_ONCE people are pinned as rows of the
change first, and a job works them off in batches: what people saw when they asked is what is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Change, ChangeRow, Tag
from quen.apps.contacts.rules import statuses
from quen.apps.contacts.services.consent import has_ground, keep_proof
from quen.apps.contacts.services.pinning import drop_batch, next_batch, pin
from quen.apps.contacts.services.tagging import by, ensure_tags
from quen.apps.contacts.types import BulkOutcome, BulkVerb, Consent, ConsentProof, ProofMissing, Status
from quen.apps.events import services as events
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.apps.team.types import ProgressState
from quen.core import jobs, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Member, Progress

AT_ONCE = 5_000


@transaction.atomic
def tag_many(
    *, people: Relation, add: Sequence[str] = (), remove: Sequence[str] = (), actor: Member, now: datetime
) -> BulkOutcome:
    """Add and remove tags on everyone a Relation names (column contact_id)."""
    return _in_one_go(_tag_verb(add), people, _tag_data(add, remove), actor, now)


@transaction.atomic
def set_status_many(
    *, people: Relation, status: int, proof: ConsentProof | None = None, actor: Member, now: datetime
) -> BulkOutcome:
    """Set the status of everyone a Relation names; who may not follow is counted in ``left`` (R-16, R-19).

    Raises ProofMissing: Subscribed needs a ground (R-18).
    """
    data = _status_data(status, proof)
    return _in_one_go(BulkVerb.SET_STATUS, people, data, actor, now)


@transaction.atomic
def delete_many(*, people: Relation, actor: Member, now: datetime) -> BulkOutcome:
    """Delete everyone a Relation names; they can be brought back for 30 days (R-57)."""
    return _in_one_go(BulkVerb.DELETE, people, {}, actor, now)


@transaction.atomic
def change_many(
    *,
    verb: str,
    people: Relation,
    actor: Member,
    now: datetime,
    tags: Sequence[str] = (),
    status: int | None = None,
    proof: ConsentProof | None = None,
    title: str | Promise = "",
) -> BulkOutcome | Progress:
    """Do a verb at once, or start it as a job when more than 5,000 people are meant.

    The progress's ``data["change_id"]`` names the change; ``changed`` and ``left`` are there when it ended.
    """
    data = _data_of(verb, tags, status, proof)
    if queries.count_people(people) <= AT_ONCE:
        return _in_one_go(BulkVerb(verb), people, data, actor, now)
    change = _open(BulkVerb(verb), data, actor, now)
    pinned = pin(change, people, actor, now)
    progress = team.start_progress(
        kind="contacts.change",
        title=str(title) or str(BulkVerb(verb).label),
        path="/contacts/",
        member=actor,
        total=pinned,
        data={"change_id": change.pk},
    )
    jobs.enqueue("contacts.carry_out", change_id=change.pk, progress_id=progress.pk)
    return progress


def carry_out(*, change_id: int, progress_id: int, clock: Callable[[], datetime]) -> None:
    """Work off a pinned change, a batch a transaction; what is left in the list is what is left to do."""
    progress = team_queries.get_progress(progress_id)
    change = queries.get_change(change_id)
    actor = team_queries.members_by_id([change.member_id]).get(change.member_id) if change.member_id else None
    state = ProgressState.DONE
    while progress.ended_at is None:
        if team.stop_asked(progress):
            state = ProgressState.STOPPED
            break
        with transaction.atomic():
            change = Change.objects.select_for_update().get(pk=change_id)
            batch = next_batch(change)
            if batch is None:
                break
            outcome = _apply(change, batch, actor, clock())
            drop_batch(change, batch)
            team.advance(progress, done=progress.done + outcome.asked, now=clock())
    if progress.ended_at is None:
        _close(change, progress, actor, state, clock())


def _close(
    change: Change, progress: Progress, actor: Member | None, state: ProgressState, now: datetime
) -> None:
    with transaction.atomic():
        outcome = {"changed": change.count, "left": change.data.get("left", {}), "change_id": change.pk}
        ChangeRow.objects.filter(change_id=change.data["pinned"]).delete()
        Change.objects.filter(pk=change.data["pinned"]).delete()
        team.end_progress(progress, state=state, now=now, data=outcome)
        if actor is not None:
            team.notify(
                actor, "contacts.change_ended", now=now, path="/contacts/", data={"changed": change.count}
            )


def _in_one_go(
    verb: BulkVerb, people: Relation, data: Mapping[str, Any], actor: Member, now: datetime
) -> BulkOutcome:
    return _apply(_open(verb, data, actor, now), people, actor, now)


def _open(verb: BulkVerb, data: Mapping[str, Any], actor: Member, now: datetime) -> Change:
    return Change.objects.create(verb=verb, member_id=actor.pk, at=now, data=dict(data))


def _apply(change: Change, people: Relation, actor: Member | None, now: datetime) -> BulkOutcome:
    """Do the verb of a change to some people and add what came of it to the change."""
    asked, changed, left = _VERBS[BulkVerb(change.verb)](change, people, actor, now)
    first_time = "logged" not in change.data
    change.count += changed
    before = Counter(change.data.get("left", {}))
    change.data |= {"left": dict(before + Counter(left)), "logged": True}
    change.save(update_fields=["count", "data"])
    if first_time:
        words = {key: change.data[key] for key in ("add", "remove", "status") if key in change.data}
        log = {"change": change.pk, "people": change.data.get("pinned_people", changed)} | words
        team.log_action(actor, f"contacts.{change.verb}_many", now=now, target=change, data=log)
    return BulkOutcome(change_id=change.pk, asked=asked, changed=changed, left=left)


def _touched(change: Change, people: Relation, and_: str = "", **params: Any) -> Relation:
    """Give whom the change has just touched.

    Asked of the change's own rows: the people as found may no longer be found now. Only a pinned batch is stable.
    """
    rows = "SELECT r.contact_id FROM contacts_changerow r WHERE r.change_id = %(change)s "
    if "pinned" not in change.data:
        return Relation(rows + and_, {"change": change.pk, **params}, ("contact_id",))
    return sql.compose(
        rows + "AND r.contact_id IN (SELECT contact_id FROM {people} p) " + and_,
        people=people,
        change=change.pk,
        **params,
    )


# Tags


def _tag_verb(add: Sequence[str]) -> BulkVerb:
    return BulkVerb.ADD_TAGS if add else BulkVerb.REMOVE_TAGS


def _tag_data(add: Sequence[str], remove: Sequence[str]) -> dict[str, Any]:
    """Settle the tags once, by id, so that a job and its undo mean the same ones."""
    added = ensure_tags(add)
    gone = [tag.pk for tag in queries.find_tags(list(remove)).values() if tag.pk not in added]
    names = dict(Tag.objects.filter(pk__in=[*added, *gone]).values_list("pk", "name"))
    return {
        "add": [names[i] for i in added],
        "remove": [names[i] for i in gone],
        "add_ids": added,
        "remove_ids": gone,
    }


def _tag(
    change: Change, people: Relation, actor: Member | None, now: datetime
) -> tuple[int, int, dict[str, int]]:
    add, remove = change.data["add_ids"], change.data["remove_ids"]
    statement = sql.compose(
        _TAG, people=people, change=change.pk, add=add, remove=remove, tagged=bool(add), untagged=bool(remove)
    )
    asked, changed = sql.rows(statement)[0]
    for kind, key, ids in (("tag_added", "added", add), ("tag_removed", "removed", remove)):
        names = dict(Tag.objects.filter(pk__in=ids).values_list("pk", "name"))
        for tag_id in ids:  # a handful of tags; each statement serves all people
            # With a single tag every row of the change is about it.
            about = "AND r.tags->%(key)s @> %(tag)s" if len(add) + len(remove) > 1 else ""
            touched = _touched(change, people, about, key=key, tag=Jsonb([tag_id]))
            events.record_relation(kind, touched, at=now, data={"tags": [names[tag_id]]} | by(actor))
    return asked, changed, {statuses.ALREADY: asked - changed} if asked > changed else {}


_TAG = """
WITH meant AS MATERIALIZED (
    SELECT c.id FROM contacts_contact c
     WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {people} p)
), added AS (
    INSERT INTO contacts_contacttag (contact_id, tag_id)
    SELECT m.id, t.id FROM meant m CROSS JOIN unnest(%(add)s::bigint[]) AS t(id) WHERE %(tagged)s
    ON CONFLICT DO NOTHING RETURNING contact_id, tag_id
), removed AS (
    DELETE FROM contacts_contacttag ct USING meant m
     WHERE %(untagged)s AND ct.contact_id = m.id AND ct.tag_id = ANY(%(remove)s::bigint[])
    RETURNING ct.contact_id, ct.tag_id
), told AS (
    SELECT contact_id, tag_id, true AS is_new FROM added
    UNION ALL SELECT contact_id, tag_id, false FROM removed
), noted AS (
    INSERT INTO contacts_changerow (change_id, contact_id, tags)
    SELECT %(change)s, contact_id, jsonb_build_object(
               'added', coalesce(jsonb_agg(tag_id) FILTER (WHERE is_new), '[]'),
               'removed', coalesce(jsonb_agg(tag_id) FILTER (WHERE NOT is_new), '[]'))
      FROM told GROUP BY contact_id RETURNING 1
)
SELECT (SELECT count(*) FROM meant), (SELECT count(*) FROM noted)
"""


# Status


def _status_data(status: int, proof: ConsentProof | None) -> dict[str, Any]:
    if status == Status.SUBSCRIBED and not has_ground(proof):
        raise ProofMissing()
    held = asdict(proof) if proof is not None else None
    if held is not None and proof is not None and proof.obtained_at is not None:
        held["obtained_at"] = proof.obtained_at.isoformat()
    return {"status": int(status), "proof": held}


def _set_status(
    change: Change, people: Relation, actor: Member | None, now: datetime
) -> tuple[int, int, dict[str, int]]:
    held = change.data["proof"]
    proof = None
    if held is not None:
        proof = ConsentProof(**{**held, "obtained_at": parse_datetime(held["obtained_at"] or "")})
    if "proof_id" not in change.data:
        change.data["proof_id"] = keep_proof(proof, actor=actor, now=now).pk
    statement = sql.compose(
        _STATUS,
        people=people,
        change=change.pk,
        proof=change.data["proof_id"],
        wanted=change.data["status"],
        now=now,
        subscribed=Status.SUBSCRIBED,
        unsubscribed=Status.UNSUBSCRIBED,
        saved=Status.SAVED,
        non_subscribed=Status.NON_SUBSCRIBED,
        granted=Consent.GRANTED,
        withdrawn=Consent.WITHDRAWN,
        never_asked=Consent.NEVER_ASKED,
        blocked=Consent.BLOCKED,
    )
    outcomes: dict[str, int] = dict(sql.rows(statement))
    asked, changed = sum(outcomes.values()), outcomes.pop("changed", 0)
    for status in (Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.NON_SUBSCRIBED, Status.SAVED):
        touched = _touched(change, people, "AND (r.before->>'to')::int = %(status)s", status=status)
        events.record_relation("status_changed", touched, at=now, data={"to": int(status)} | by(actor))
    return asked, changed, outcomes


#: the CASE is rules.statuses.next_status in SQL; a property test holds them together
_STATUS = """
WITH meant AS MATERIALIZED (
    SELECT c.id, c.status, c.status_before_saved, c.consent_email FROM contacts_contact c
     WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {people} p)
     ORDER BY c.id FOR UPDATE
), planned AS (
    SELECT m.*, CASE
        WHEN status = %(wanted)s THEN 'already'
        WHEN status = %(unsubscribed)s AND %(wanted)s <> %(saved)s THEN 'only_the_person'
        WHEN status = %(saved)s AND %(wanted)s = %(subscribed)s THEN
             CASE WHEN status_before_saved = %(unsubscribed)s THEN 'only_the_person' ELSE 'saved_first' END
        ELSE 'changed' END AS outcome,
        CASE WHEN status = %(saved)s AND %(wanted)s = %(non_subscribed)s
                  AND status_before_saved = %(unsubscribed)s THEN %(unsubscribed)s ELSE %(wanted)s END AS goal
      FROM meant m
), consented AS (
    SELECT p.*, CASE WHEN consent_email = %(blocked)s THEN consent_email
                     WHEN goal = %(subscribed)s THEN %(granted)s
                     WHEN goal = %(unsubscribed)s THEN %(withdrawn)s
                     WHEN goal = %(non_subscribed)s AND consent_email = %(granted)s THEN %(never_asked)s
                     ELSE consent_email END AS consent
      FROM planned p WHERE outcome = 'changed'
), changed AS (
    UPDATE contacts_contact c
       SET status = d.goal, consent_email = d.consent, updated_at = %(now)s,
           status_before_saved = CASE WHEN d.goal = %(saved)s THEN d.status END
      FROM consented d WHERE c.id = d.id
    RETURNING d.id, d.status AS was, d.status_before_saved AS was_before, d.consent_email AS had, d.goal, d.consent
), noted AS (
    INSERT INTO contacts_changerow (change_id, contact_id, before)
    SELECT %(change)s, id, jsonb_build_object('status', was, 'status_before_saved', was_before,
               'consent_email', had, 'to', goal, 'to_consent', consent)
      FROM changed
), entered AS (
    INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)
    SELECT id, 'email', 'marketing', consent, %(proof)s, %(now)s FROM changed WHERE consent <> had
)
SELECT outcome, count(*) FROM planned GROUP BY outcome
"""


# Deletion


def _delete(
    change: Change, people: Relation, actor: Member | None, now: datetime
) -> tuple[int, int, dict[str, int]]:
    statement = sql.compose(_DELETE, people=people, change=change.pk, now=now)
    deleted = sql.rows(statement)[0][0]
    gone = _touched(change, people)
    events.record_relation("contact_deleted", gone, at=now, data=by(actor))
    registry.tell_deleted(gone, now=now)
    return deleted, deleted, {}


_DELETE = """
WITH gone AS (
    UPDATE contacts_contact c SET deleted_at = %(now)s
     WHERE c.deleted_at IS NULL AND c.id IN (SELECT contact_id FROM {people} p)
    RETURNING c.id
), accounts AS (
    UPDATE contacts_contactidentity i SET deleted_at = %(now)s
      FROM gone WHERE i.contact_id = gone.id AND i.deleted_at IS NULL
), noted AS (
    INSERT INTO contacts_changerow (change_id, contact_id) SELECT %(change)s, id FROM gone RETURNING 1
)
SELECT count(*) FROM noted
"""

_VERBS: dict[BulkVerb, Callable[..., tuple[int, int, dict[str, int]]]] = {
    BulkVerb.ADD_TAGS: _tag,
    BulkVerb.REMOVE_TAGS: _tag,
    BulkVerb.SET_STATUS: _set_status,
    BulkVerb.DELETE: _delete,
}


def _data_of(
    verb: str, tags: Sequence[str], status: int | None, proof: ConsentProof | None
) -> dict[str, Any]:
    if verb == BulkVerb.ADD_TAGS:
        return _tag_data(tags, [])
    if verb == BulkVerb.REMOVE_TAGS:
        return _tag_data([], tags)
    if verb == BulkVerb.SET_STATUS and status is not None:
        return _status_data(status, proof)
    return {}


def describe(change: Change) -> str:
    """Give a change in words, in the active language."""
    names = ", ".join(change.data.get("add") or change.data.get("remove") or [])
    return (
        _("%(verb)s: %(names)s") % {"verb": BulkVerb(change.verb).label, "names": names}
        if names
        else str(BulkVerb(change.verb).label)
    )
