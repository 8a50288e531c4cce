"""Reads of groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from quen.apps.audience.types import Condition, Tree
from quen.apps.groups import registry
from quen.apps.groups.models import ContactGroup, GroupMember
from quen.apps.groups.types import GroupUse
from quen.core import sql
from quen.core.errors import NotFound
from quen.core.sql import Relation
from quen.core.text import fold

#: the key of the condition "member of a group"
CONDITION = "group"
_SUGGESTED = 300


@dataclass(frozen=True, slots=True)
class Joined:
    """A group that a contact is in, and since when."""

    group: ContactGroup
    joined_at: datetime


def groups(*, active_only: bool = False) -> list[ContactGroup]:
    """Return the groups by name; active_only: those that are offered as recipients."""
    found = ContactGroup.objects.filter(deleted_at=None)
    if active_only:
        found = found.filter(active=True)
    return sorted(found, key=lambda group: (fold(group.name), group.pk))


def get_group(group_id: int) -> ContactGroup:
    """Return a group. Raises NotFound."""
    found = ContactGroup.objects.filter(pk=group_id, deleted_at=None).first()
    if found is None:
        raise NotFound()
    return found


def find_groups(names: Collection[str]) -> dict[str, ContactGroup]:
    """Return groups by upper-case name, matched regardless of case.

    Compared in Python, not by the server: a server with the C locale does not change the case of accented letters.
    """
    wanted = {name.upper() for name in names}
    found = {group.name.upper(): group for group in ContactGroup.objects.filter(deleted_at=None)}
    return {upper: group for upper, group in found.items() if upper in wanted}


def names_of(ids: Collection[int]) -> dict[int, str]:
    """Return the names of groups by id, deleted ones too."""
    return dict(ContactGroup.objects.filter(pk__in=list(ids)).values_list("pk", "name"))


def group_names(query: str = "") -> list[str]:
    """Return the names of groups in use that contain the query, accents ignored; by name, a few hundred at most."""
    folded = fold(query.strip())
    return [group.name for group in groups(active_only=True) if folded in fold(group.name)][:_SUGGESTED]


def sizes() -> dict[int, int]:
    """Return the number of members of each group that has any, deleted contacts not counted."""
    return {group_id: int(size) for group_id, size in sql.rows(_sizes(""))}


def size_of(group_id: int) -> int:
    """Return the number of members of a group, deleted contacts not counted."""
    found = sql.rows(_sizes("AND m.group_id = %(group)s", group=group_id))
    return int(found[0][1]) if found else 0


def _sizes(where: str, **params: object) -> Relation:
    # All members by the index, less the few who are deleted, instead of looking each of them up.
    return Relation(
        "SELECT group_id, sum(n) FROM ("
        f"SELECT m.group_id, count(*) AS n FROM groups_groupmember m WHERE true {where} GROUP BY m.group_id"
        " UNION ALL SELECT m.group_id, -count(*) FROM contacts_contact c"
        f" JOIN groups_groupmember m ON m.contact_id = c.id WHERE c.deleted_at IS NOT NULL {where} GROUP BY m.group_id"
        ") counted GROUP BY group_id",
        params,
    )


def members(*group_ids: int) -> Relation:
    """Return the members of groups, column contact_id, each once; deleted contacts are left out."""
    distinct = "DISTINCT " if len(group_ids) > 1 else ""
    return Relation(
        f"SELECT {distinct}m.contact_id FROM groups_groupmember m"
        " JOIN contacts_contact c ON c.id = m.contact_id AND c.deleted_at IS NULL"
        " WHERE m.group_id = ANY(%(groups)s::bigint[])",
        {"groups": list(group_ids)},
        ("contact_id",),
    )


def members_tree(group_id: int) -> Tree:
    """Return the condition "is in this group", for contact lists."""
    return Condition.of("field", CONDITION, "in", {"value": [group_id]})


def members_after(group_id: int, *, after: int, limit: int) -> dict[int, datetime]:
    """Return the next members by contact id, with when they joined."""
    found = _live_members().filter(group_id=group_id, contact_id__gt=after).order_by("contact_id")
    return dict(found.values_list("contact_id", "joined_at")[:limit])


def joined_at(group_id: int, contact_ids: Collection[int]) -> dict[int, datetime]:
    """Return since when contacts are in a group, by contact id."""
    found = GroupMember.objects.filter(group_id=group_id, contact_id__in=list(contact_ids))
    return dict(found.values_list("contact_id", "joined_at"))


def groups_of(contact_id: int) -> list[Joined]:
    """Return the groups a contact is in, by name, with since when."""
    since = dict(GroupMember.objects.filter(contact_id=contact_id).values_list("group_id", "joined_at"))
    found = ContactGroup.objects.filter(pk__in=since, deleted_at=None)
    return [
        Joined(group, since[group.pk])
        for group in sorted(found, key=lambda group: (fold(group.name), group.pk))
    ]


def groups_of_many(contact_ids: Collection[int]) -> Mapping[int, list[str]]:
    """Return the names of the groups of contacts by contact id, in one query."""
    found: dict[int, list[str]] = {}
    rows = _live_members().filter(contact_id__in=list(contact_ids)).values_list("contact_id", "group__name")
    for contact_id, name in rows:
        found.setdefault(contact_id, []).append(name)
    return {contact_id: sorted(names, key=fold) for contact_id, names in found.items()}


def _live_members() -> QuerySet[GroupMember]:
    return GroupMember.objects.filter(group__deleted_at=None)


def uses(group: ContactGroup) -> list[GroupUse]:
    """Return what uses a group: campaigns, segments."""
    return registry.uses_of(group.pk)


def any_members(group_id: int) -> bool:
    """Return whether a group has members, deleted contacts too."""
    return GroupMember.objects.filter(group_id=group_id).exists()


def absent_members(pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return which pairs of contact and group ids are no membership."""
    statement = Relation(
        "SELECT m.contact_id, m.group_id FROM groups_groupmember m"
        " JOIN unnest(%(contacts)s::bigint[], %(groups)s::bigint[]) AS p(contact_id, group_id)"
        " ON p.contact_id = m.contact_id AND p.group_id = m.group_id",
        {"contacts": [contact for contact, _group in pairs], "groups": [group for _contact, group in pairs]},
    )
    return set(pairs) - set(sql.rows(statement))


def asks_for(node: Any, group_id: int) -> bool:
    """Return whether a stored tree, or the stored audience of a campaign, names a group anywhere."""
    if isinstance(node, Mapping):
        if node.get("field") == CONDITION:
            return group_id in (node.get("value") or ())
        return node.get(CONDITION) == group_id or any(asks_for(child, group_id) for child in node.values())
    return isinstance(node, list) and any(asks_for(child, group_id) for child in node)
