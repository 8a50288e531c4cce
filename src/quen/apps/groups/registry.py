"""Extension points of groups: what uses a group, where members come from, what can be done with one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise

from quen.apps.groups.types import GroupUse
from quen.core.sql import Relation

_MAX_DIGITS = 18


@dataclass(frozen=True, slots=True)
class GroupAction:
    """An action on the page of a group. url: called with the group's id."""

    label: str | Promise
    icon: str
    url: Callable[[int], str]
    right: str


_uses: list[Callable[[int], list[GroupUse]]] = []


def register_uses(find: Callable[[int], list[GroupUse]]) -> None:
    """Register a function that returns the uses of a group by its id. One that blocks keeps it from being deleted."""
    _uses.append(find)


def uses_of(group_id: int) -> list[GroupUse]:
    """Return everything that uses a group, app by app."""
    return [use for find in _uses for use in find(group_id)]


@dataclass(frozen=True, slots=True)
class MemberSource:
    """Contacts of another app that can be put into a group as they are now, such as those of a segment.

    choices: pairs of id and name.  members: a Relation of contact_id; raises NotFound.
    """

    key: str
    label: str | Promise
    choices: Callable[[], list[tuple[int, str]]]
    members: Callable[[int], Relation]


_sources: dict[str, MemberSource] = {}


def register_member_source(source: MemberSource) -> None:
    """Register where members of a group can be taken from."""
    _sources[source.key] = source


def member_sources() -> list[MemberSource]:
    """Return the sources in order of registration."""
    return list(_sources.values())


def members_of_source(value: str) -> Relation | None:
    """Return the contacts of a choice such as "segment:12", None when nothing is chosen. Raises NotFound."""
    key, _colon, number = value.partition(":")
    source = _sources.get(key)
    if source is None or not number.isdecimal() or len(number) > _MAX_DIGITS:
        return None
    return source.members(int(number))


_actions: list[GroupAction] = []


def register_action(label: str | Promise, icon: str, url: Callable[[int], str], right: str) -> None:
    """Register an action, such as sending a campaign, for members who hold the right."""
    _actions.append(GroupAction(label, icon, url, right))


def actions() -> list[GroupAction]:
    """Return the actions in the order of their registration."""
    return list(_actions)
