"""The members of groups: added, removed, copied and moved as changes of contacts, so that each can be undone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from psycopg.types.json import Jsonb

from quen.apps.contacts import queries as contacts_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import BulkOutcome, ContactRows
from quen.apps.events import registry as event_kinds
from quen.apps.events import services as events
from quen.apps.groups import queries
from quen.apps.groups.models import ContactGroup, GroupMember, MemberChange
from quen.apps.groups.services.groups import delete_group, lock_groups
from quen.apps.groups.types import MEMBERS, GroupVerb, SameGroup
from quen.core import sql
from quen.core.actors import Actor
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.contacts.models import BulkChange, Contact
    from quen.apps.team.models import Progress

_KEPT_DAYS = 30
_ALREADY = "already"


def add_members(
    *, groups: Sequence[ContactGroup], contacts: Relation, actor: Actor, now: datetime
) -> BulkOutcome | Progress:
    """Put the contacts of a Relation (column contact_id) into groups; who is in one keeps the day of joining."""
    return _run(GroupVerb.ADD, contacts, data_of(add=groups), actor, now)


def remove_members(
    *, groups: Sequence[ContactGroup], contacts: Relation, actor: Actor, now: datetime
) -> BulkOutcome | Progress:
    """Take the contacts of a Relation out of groups."""
    return _run(GroupVerb.REMOVE, contacts, data_of(remove=groups), actor, now)


def copy_members(
    *, group: ContactGroup, to: ContactGroup, contacts: Relation, actor: Actor, now: datetime
) -> BulkOutcome | Progress:
    """Put members of a group into another one as well (GRP-10). Raises SameGroup."""
    if group.pk == to.pk:
        raise SameGroup(name=group.name)
    return add_members(groups=[to], contacts=_only_members(group, contacts), actor=actor, now=now)


def move_members(
    *, group: ContactGroup, to: ContactGroup, contacts: Relation, actor: Actor, now: datetime
) -> BulkOutcome | Progress:
    """Put members of a group into another one and take them out of it (GRP-10). Raises SameGroup."""
    if group.pk == to.pk:
        raise SameGroup(name=group.name)
    data = data_of(add=[to], remove=[group])
    return _run(GroupVerb.MOVE, _only_members(group, contacts), data, actor, now)


def data_of(*, add: Sequence[ContactGroup] = (), remove: Sequence[ContactGroup] = ()) -> dict[str, Any]:
    """Return what a change of members keeps: the groups by id, and by name for the log."""
    return {
        "add": [group.name for group in add],
        "remove": [group.name for group in remove],
        "add_ids": [group.pk for group in add],
        "remove_ids": [group.pk for group in remove],
    }


@transaction.atomic
def set_groups_of(*, contact: Contact, groups: Sequence[ContactGroup], actor: Actor, now: datetime) -> None:
    """Let one contact be in exactly these groups."""
    wanted = {group.pk for group in groups}
    held = {joined.group.pk: joined.group for joined in queries.groups_of(contact.pk)}
    only = contacts_queries.relation_of_ids([contact.pk])
    left = [group for pk, group in held.items() if pk not in wanted]
    joined = [group for group in groups if group.pk not in held]
    if left:
        remove_members(groups=left, contacts=only, actor=actor, now=now)
    if joined:
        add_members(groups=joined, contacts=only, actor=actor, now=now)


def _only_members(group: ContactGroup, contacts: Relation) -> Relation:
    composed = sql.compose(
        "SELECT contact_id FROM {members} m WHERE contact_id IN (SELECT contact_id FROM {contacts} p)",
        members=queries.members(group.pk),
        contacts=contacts,
    )
    return Relation(composed.text, composed.params, ("contact_id",))


def _run(
    verb: GroupVerb, members: Relation, data: dict[str, Any], actor: Actor, now: datetime
) -> BulkOutcome | Progress:
    groups = [*data["add_ids"], *data["remove_ids"]]
    path = f"/groups/{groups[-1]}/" if verb is GroupVerb.MOVE or len(groups) == 1 else "/groups/"
    return contacts.run_verb(key=verb, contacts=members, data=data, actor=actor, now=now, path=path)


def load_members(members: Relation, *, group: ContactGroup) -> int:
    """Put the contacts of a Relation (contact_id, since) into a group without events, as a large load does."""
    events.notify_changed(members, fields=[MEMBERS])
    return sql.execute(
        sql.compose(
            "INSERT INTO groups_groupmember (group_id, contact_id, joined_at)"
            " SELECT %(group)s, contact_id, since FROM {members} m ON CONFLICT DO NOTHING",
            members=members,
            group=group.pk,
        )
    )


# How contacts apply and undo a change


def apply_change(
    change: BulkChange, contacts: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    """Put some contacts of a change into its groups, and take them out of others."""
    add, remove = lock_groups(change.data["add_ids"]), change.data["remove_ids"]
    statement = sql.compose(
        sql.text("groups/change_members"),
        contacts=contacts,
        change=change.pk,
        add=add,
        remove=remove,
        adds=bool(add),
        removes=bool(remove),
        now=now,
    )
    requested, changed = sql.rows(statement)[0]
    if changed:
        rows = sql.compose(
            "SELECT group_id, contact_id, removed FROM groups_memberchange r WHERE r.change_id = %(change)s"
            # A filter may no longer match those that have changed; only a batch of a stored selection is stable.
            + (" AND r.contact_id IN (SELECT contact_id FROM {contacts} p)" if _is_job(change) else ""),
            change=change.pk,
            **({"contacts": contacts} if _is_job(change) else {}),
        )
        record_changes(rows, actor=actor, now=now)
    return requested, changed, {_ALREADY: requested - changed} if requested > changed else {}


def count_undo(change: BulkChange) -> int:
    """Return how many contacts undo of a change would put back or take out."""
    undone = Relation(sql.text("groups/undone_members"), {"change": change.pk})
    return int(
        sql.rows(sql.compose("SELECT count(DISTINCT contact_id) FROM {undone} u", undone=undone))[0][0]
    )


def undo_change(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    """Revert what a change did and nobody changed since."""
    lock_groups([*change.data["add_ids"], *change.data["remove_ids"]])
    count = count_undo(change)
    revert(change.pk, actor=actor, now=now)
    skipped = change.count - count
    return count, {"changed_since": skipped} if skipped > 0 else {}


def revert(change_id: int, *, actor: Actor, now: datetime) -> None:
    """Take out whom a change put into groups, put back whom it took out, and record it."""
    undone = Relation(sql.text("groups/undone_members"), {"change": change_id})
    reverted = sql.compose(
        "SELECT group_id, contact_id, NOT removed AS removed FROM {undone} u", undone=undone
    )
    record_changes(reverted, actor=actor, now=now, data={"undo": True})
    sql.execute(Relation(sql.text("groups/undo_members"), {"change": change_id}))


def record_changes(
    rows: Relation, *, actor: Actor, now: datetime, data: dict[str, Any] | None = None, notify: bool = True
) -> None:
    """Record who joined and left. rows: group_id, contact_id, removed.  notify: also those who refresh segments."""
    groups = [pk for (pk,) in sql.rows(sql.compose("SELECT DISTINCT group_id FROM {rows} r", rows=rows))]
    if not groups:
        return
    events.ensure_partitions(since=now, until=now)
    events.record_rows(
        sql.compose(
            "SELECT r.contact_id, %(at)s::timestamptz AS at,"
            " CASE WHEN r.removed THEN %(left)s ELSE %(joined)s END::smallint AS kind, NULL::numeric AS value,"
            " r.group_id AS ref,"
            " jsonb_build_object('group', %(names)s::jsonb ->> r.group_id::text) || %(data)s::jsonb AS data"
            " FROM {rows} r",
            rows=rows,
            at=now,
            left=event_kinds.get("group_left").code,
            joined=event_kinds.get("group_joined").code,
            names=Jsonb({str(pk): name for pk, name in queries.names_of(groups).items()}),
            data=Jsonb((data or {}) | actor.as_data()),
        )
    )
    if notify:
        changed = sql.compose("SELECT contact_id FROM {rows} r", rows=rows)
        events.notify_changed(changed, fields=[MEMBERS], at=now)


def _is_job(change: BulkChange) -> bool:
    return "selection_id" in change.data


# Contacts that go


def erase_contacts(contacts: Relation, now: datetime) -> None:
    """Remove contacts about to be erased from every group, and from what undo keeps. No event is recorded."""
    for table in ("groups_groupmember", "groups_memberchange"):
        sql.execute(
            sql.compose(
                f"DELETE FROM {table} WHERE contact_id IN (SELECT contact_id FROM {{contacts}} c)",
                contacts=contacts,
            )
        )


#: what a merge does: who was in a group with both records has been in it since the earlier day
MERGED_ROWS = ContactRows(
    model=GroupMember,
    key=("group_id",),
    once=("group_id",),
    fold={"joined_at": "least(k.joined_at, m.joined_at)"},
)


def merge_contacts(pairs: Relation, now: datetime) -> None:
    """Give the memberships of merged contacts to those that are kept."""
    contacts.carry_rows(pairs, MERGED_ROWS)


def unmerge_contacts(pairs: Relation, now: datetime) -> None:
    """Take back what ``merge_contacts`` did."""
    contacts.return_rows(pairs, MERGED_ROWS)


def forget_changes(*, now: datetime) -> None:
    """Delete what undo needs of changes that are too old to be undone."""
    MemberChange.objects.filter(at__lt=now - timedelta(days=_KEPT_DAYS)).delete()


def import_members(
    pairs: Collection[tuple[int, int]], *, change_id: int | None, actor: Actor, now: datetime
) -> set[int]:
    """Put contacts of an import into groups and return those that were not in one. pairs: contact id, group id."""
    given = {
        "contacts": [contact_id for contact_id, _group in pairs],
        "groups": [group_id for _contact, group_id in pairs],
        "now": now,
    }
    joined = sql.rows(
        Relation(
            "INSERT INTO groups_groupmember (group_id, contact_id, joined_at)"
            " SELECT group_id, contact_id, %(now)s"
            " FROM unnest(%(groups)s::bigint[], %(contacts)s::bigint[]) AS p(group_id, contact_id)"
            " ON CONFLICT DO NOTHING RETURNING group_id, contact_id",
            given,
        )
    )
    if not joined:
        return set()
    rows = Relation(
        "SELECT group_id, contact_id, false AS removed"
        " FROM unnest(%(groups)s::bigint[], %(contacts)s::bigint[]) AS p(group_id, contact_id)",
        {"groups": [group for group, _contact in joined], "contacts": [pk for _group, pk in joined]},
    )
    if change_id is not None:
        keep = (
            "INSERT INTO groups_memberchange (change_id, group_id, contact_id, joined_at, removed, at)"
            " SELECT %(change)s, group_id, contact_id, %(now)s, false, %(now)s FROM {rows} r"
            " ON CONFLICT DO NOTHING"
        )
        sql.execute(sql.compose(keep, rows=rows, change=change_id, now=now))
    record_changes(rows, actor=actor, now=now, notify=False)
    return {contact_id for _group, contact_id in joined}


def undo_import(*, change_id: int, since: datetime, actor: Actor, now: datetime) -> None:
    """Take out whom an import put into groups, and delete the groups it made that nobody is in or asks for."""
    made = MemberChange.objects.filter(change_id=change_id).values_list("group_id", flat=True).distinct()
    group_ids = list(made)
    revert(change_id, actor=actor, now=now)
    for group in ContactGroup.objects.filter(pk__in=group_ids, deleted_at=None, created_at__gte=since):
        is_untouched = group.updated_at == group.created_at
        if is_untouched and not queries.any_members(group.pk) and not queries.uses(group):
            delete_group(group=group, actor=actor, now=now)
