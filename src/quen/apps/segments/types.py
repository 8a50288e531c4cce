"""Words, shapes and refusals of the segments room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from quen.apps.audience.types import InvalidTree
from quen.core.errors import DomainError


@dataclass(frozen=True, slots=True)
class SegmentUse:
    """Something that uses a segment: a campaign, another segment. ``path``: inside the workspace."""

    kind: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class MembershipChange:
    """What a recount found: people the membership lacked or had too many."""

    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class Movement:
    """How many people came and went."""

    entered: int
    left: int


@dataclass(frozen=True, slots=True)
class SegmentDayStats:
    """How a segment stood at the end of a local day, and who came and went on it."""

    day: date
    size: int
    entered: int
    left: int


class SegmentNameTaken(DomainError):
    """Another segment that is not archived has this name."""

    code = "segment_name_taken"
    text = _("There is a segment “%(name)s” already. Choose another name.")
    field: ClassVar[str | None] = "name"


class SegmentInUse(DomainError):
    """Something still uses the segment."""

    code = "segment_in_use"
    text = _("“%(name)s” is used by %(uses)s. Take it out there first.")


class SegmentLoop(DomainError):
    """The conditions would lead back to the segment itself.

    ``path``: JSON pointer of the condition; ``via``: names of the segments on the cycle.
    """

    code = "segment_loop"
    text = _("These conditions lead back to “%(name)s” itself. Take that condition out.")
    field: ClassVar[str | None] = "tree"


class SegmentArchived(InvalidTree):
    """A condition names a segment that was archived."""

    code = "segment_archived"
    text = _("The segment “%(name)s” is archived. Restore it, or take the condition out.")
