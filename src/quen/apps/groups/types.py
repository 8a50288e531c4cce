"""Rights, value types and refusals of groups."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

#: the name under which conditions read the members of groups, announced with every change
MEMBERS = "groups.members"
MAX_NAME_CHARS = 120


class GroupRight(StrEnum):
    """What a member of the team may do with groups."""

    EDIT = "groups.edit"
    DELETE = "groups.delete"


class GroupScope(StrEnum):
    """What the key of another system may do with groups."""

    READ = "groups.read"
    WRITE = "groups.write"


class GroupVerb(StrEnum):
    """What is done with the groups of many contacts; stored with each change."""

    ADD = "groups.add"
    REMOVE = "groups.remove"
    MOVE = "groups.move"


@dataclass(frozen=True, slots=True)
class GroupUse:
    """Something that uses a group, such as a campaign. path: inside the workspace.

    blocks: the group can't be deleted before it is taken out there.
    """

    kind: str
    name: str
    path: str
    blocks: bool = False


class BadGroupName(DomainError):
    """A name is empty, too long, or has a comma, which separates names in files."""

    code = "bad_group_name"
    text = _("Enter a name of at most 120 characters without commas.")
    field: ClassVar[str | None] = "name"


class GroupNameTaken(DomainError):
    """Another group has this name."""

    code = "group_name_taken"
    text = _("A group named “%(name)s” already exists. Choose another name.")
    field: ClassVar[str | None] = "name"


class GroupInUse(DomainError):
    """The group is still used by something that runs."""

    code = "group_in_use"
    text = _("“%(name)s” is used by %(uses)s. Take it out there first.")


class SameGroup(DomainError):
    """Members are to be moved to the group they are in."""

    code = "same_group"
    text = _("Choose another group than “%(name)s”.")
    field: ClassVar[str | None] = "to"


class GroupNotInUse(DomainError):
    """The group is switched off, so it isn't offered as recipients."""

    code = "group_not_in_use"
    text = _("The group “%(name)s” is not in use. Switch it on first.")
