"""Create, change, switch and delete groups."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError, transaction

from quen.apps.contacts import queries as contacts
from quen.apps.events import services as events
from quen.apps.groups import queries
from quen.apps.groups.models import ContactGroup, GroupMember
from quen.apps.groups.types import MAX_NAME_CHARS, MEMBERS, BadGroupName, GroupInUse, GroupNameTaken
from quen.apps.team import services as team
from quen.core import jobs, sql, text
from quen.core.actors import Actor
from quen.core.sql import Relation

_MAX_DESCRIPTION_CHARS = 500
_CLEARED_AT_ONCE = 50_000


@transaction.atomic
def create_group(
    *, name: str, description: str = "", active: bool = True, actor: Actor, now: datetime
) -> ContactGroup:
    """Create a group. Raises BadGroupName, GroupNameTaken."""
    group = ContactGroup(
        name=clean_group_name(name),
        description=text.clean(description)[:_MAX_DESCRIPTION_CHARS],
        active=active,
        member_id=actor.member_id,
        created_at=now,
        updated_at=now,
    )
    _save(group)
    team.audit(actor, "groups.created", now=now, target=group, data={"name": group.name})
    return group


@transaction.atomic
def update_group(
    *, group: ContactGroup, name: str, description: str, active: bool, actor: Actor, now: datetime
) -> ContactGroup:
    """Change a group's name, description and switch. Raises BadGroupName, GroupNameTaken. Locks the group."""
    group = _locked(group)
    group.name, group.active = clean_group_name(name), active
    group.description = text.clean(description)[:_MAX_DESCRIPTION_CHARS]
    group.updated_at = now
    _save(group)
    team.audit(actor, "groups.changed", now=now, target=group, data={"name": group.name})
    return group


@transaction.atomic
def set_active(*, group: ContactGroup, active: bool, actor: Actor, now: datetime) -> ContactGroup:
    """Put a group in or out of use; its members stay. Locks the group."""
    group = _locked(group)
    if group.active != active:
        group.active, group.updated_at = active, now
        group.save(update_fields=["active", "updated_at"])
        kind = "groups.switched_on" if active else "groups.switched_off"
        team.audit(actor, kind, now=now, target=group, data={"name": group.name})
    return group


@transaction.atomic
def delete_group(*, group: ContactGroup, actor: Actor, now: datetime) -> int:
    """Delete a group, never its members; return how many it had. Raises GroupInUse. Locks the group.

    Conditions that ask for it match nobody from now on. Of many members a job removes the rows.
    """
    group = _locked(group)
    blocking = [use.name for use in queries.uses(group) if use.blocks]
    if blocking:
        names = ", ".join(f"“{name}”" for name in blocking[:3]) + ("…" if len(blocking) > 3 else "")
        raise GroupInUse(name=group.name, uses=names)
    count = queries.size_of(group.pk)
    group.deleted_at = now
    group.save(update_fields=["deleted_at"])
    # Also who was never in it: a condition that says "not in this group" matches nobody now.
    events.notify_changed(contacts.relation_of(contacts.contacts()), fields=[MEMBERS], at=now)
    team.audit(actor, "groups.deleted", now=now, target=group, data={"name": group.name, "contacts": count})
    if count <= settings.BULK_INLINE_LIMIT:
        _clear(group, limit=None)
    else:
        jobs.enqueue("groups.clear_deleted")
    return count


def clear_deleted(*, batch_size: int = _CLEARED_AT_ONCE) -> None:
    """Take the members out of deleted groups, one batch per transaction."""
    for group in ContactGroup.objects.exclude(deleted_at=None):
        while _clear(group, limit=batch_size):
            pass


@transaction.atomic
def _clear(group: ContactGroup, *, limit: int | None) -> int:
    """Take members out of a deleted group, as of when it was deleted. Return how many."""
    assert group.deleted_at is not None  # for the type
    members = GroupMember.objects.filter(group_id=group.pk).order_by("contact_id")
    ids = list(members.values_list("contact_id", flat=True)[:limit])
    # What another run has taken out meanwhile is not among those deleted here, and leaves once.
    deleted = Relation(
        "DELETE FROM groups_groupmember WHERE group_id = %(group)s AND contact_id = ANY(%(ids)s::bigint[])"
        " RETURNING contact_id",
        {"group": group.pk, "ids": ids},
    )
    gone = [pk for (pk,) in sql.rows(deleted)] if ids else []
    if gone:
        left = Relation(
            "SELECT unnest(%(ids)s::bigint[]) AS contact_id, %(group)s::bigint AS ref",
            {"ids": gone, "group": group.pk},
            ("contact_id", "ref"),
        )
        events.record_relation("group_left", left, at=group.deleted_at, data={"group": group.name})
    return len(ids)


@transaction.atomic
def ensure_groups(names: Iterable[str], *, actor: Actor, now: datetime) -> list[ContactGroup]:
    """Return groups by name, regardless of case; create those that do not exist. Raises BadGroupName."""
    wanted = {name.upper(): name for name in reversed([clean_group_name(raw) for raw in names])}
    found = queries.find_groups(list(wanted))
    for key in sorted(set(wanted) - set(found)):
        try:
            with transaction.atomic():
                found[key] = create_group(name=wanted[key], actor=actor, now=now)
        except GroupNameTaken:  # another transaction has made it at this moment
            found |= queries.find_groups([key])
    return [found[key] for key in reversed(wanted)]


def clean_group_name(raw: str) -> str:
    """Return a name as stored. Raises BadGroupName."""
    name = text.clean(raw)
    if not name or len(name) > MAX_NAME_CHARS or "," in name:
        raise BadGroupName(name=name)
    return name


def lock_groups(ids: Iterable[int]) -> list[int]:
    """Return which of these groups exist; none of them is deleted until the transaction ends."""
    statement = Relation(
        "SELECT id FROM groups_contactgroup WHERE id = ANY(%(ids)s::bigint[]) AND deleted_at IS NULL"
        " ORDER BY id FOR SHARE",
        {"ids": list(ids)},
    )
    return [pk for (pk,) in sql.rows(statement)]


def _locked(group: ContactGroup) -> ContactGroup:
    return ContactGroup.objects.select_for_update(no_key=True).get(pk=group.pk, deleted_at=None)


def _save(group: ContactGroup) -> None:
    # Compared in Python, too: with the C locale the database does not fold the case of letters with marks.
    found = queries.find_groups([group.name]).get(group.name.upper())
    if found is not None and found.pk != group.pk:
        raise GroupNameTaken(name=group.name)
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError as error:
        raise GroupNameTaken(name=group.name) from error
