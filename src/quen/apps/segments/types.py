"""Value types and refusals of segments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quen.apps.audience.types import InvalidTree
from quen.core.errors import DomainError


class SegmentRight(StrEnum):
    """What a member may do with segments."""

    EDIT = "segments.edit"


class SegmentScope(StrEnum):
    """What the key of another system may do with segments."""

    READ = "segments.read"


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """Something that uses a segment, such as a campaign or another segment. path: inside the workspace."""

    kind: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """How many contacts entered and left."""

    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class SegmentDayStats:
    """A segment's size at the end of a local day, and how many contacts entered and left on it."""

    day: date
    size: int
    entered: int
    left: int


class SegmentNameTaken(DomainError):
    """Another active segment has this name."""

    code = "segment_name_taken"
    text = _("A segment named “%(name)s” already exists. Choose another name.")
    field: ClassVar[str | None] = "name"


class SegmentInUse(DomainError):
    """The segment is still used."""

    code = "segment_in_use"
    text = _("“%(name)s” is used by %(uses)s. Remove it there first.")


class SegmentLoop(DomainError):
    """The conditions would lead back to the segment itself.

    path: JSON pointer of the condition; via: names of the segments on the cycle.
    """

    code = "segment_loop"
    text = _("These conditions refer back to “%(name)s”. Remove that condition.")
    field: ClassVar[str | None] = "tree"


class SegmentNotWhole(InvalidTree):
    """A condition of the segment, or of one it refers to, can't be used any more."""

    code = "segment_not_whole"
    text = _(
        "A condition of the segment “%(name)s” can't be used any more, so it doesn't exclude everyone it should."
        " Open the segment and mend the condition."
    )


class SegmentArchived(InvalidTree):
    """A condition refers to an archived segment."""

    code = "segment_archived"
    text = _("The segment “%(name)s” is archived. Restore it or remove the condition.")
