"""Words, shapes and refusals of the campaigns room."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

Words = str | Promise
NAME_WORDS = 100


class CampaignState(TextChoices):
    """R-30, as far as one email to one audience passes them."""

    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    IN_PROGRESS = "in_progress", _("In progress")
    PAUSED = "paused", _("Paused")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


#: states in which something is still to come
AT_WORK = (CampaignState.IN_PROGRESS, CampaignState.PAUSED)
#: states a campaign does not leave by itself
ENDED = (CampaignState.SENT, CampaignState.CANCELLED, CampaignState.FAILED)


#: state → tone and icon
SIGNS = {
    CampaignState.DRAFT: ("", "pencil-line"),
    CampaignState.SCHEDULED: ("wait", "calendar-clock"),
    CampaignState.IN_PROGRESS: ("live", "loader"),
    CampaignState.PAUSED: ("wait", "circle-pause"),
    CampaignState.SENT: ("good", "circle-check"),
    CampaignState.CANCELLED: ("", "circle-slash"),
    CampaignState.FAILED: ("bad", "circle-x"),
}


class PickKind(StrEnum):
    """What an audience is put together of (R-10)."""

    SEGMENT = "segment"
    TAG = "tag"
    CONTACT = "contact"
    #: conditions written in the campaign itself (R-14)
    TREE = "tree"
    EVERYONE = "everyone"
    #: those at a figure of something sent before: {"launch": id, "figure": "not_opened"}
    LAUNCH = "launch"


@dataclass(frozen=True, slots=True)
class Pick:
    """One piece of an audience. value: an id, a condition tree, True, or (launch id, figure)."""

    kind: PickKind
    value: Any

    def as_json(self) -> dict[str, Any]:
        """Give it as it is stored."""
        if self.kind is PickKind.LAUNCH:
            return {"launch": self.value[0], "figure": self.value[1]}
        return {self.kind.value: self.value}


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: everybody of ``include`` who is not of ``exclude``.

    confirmed: somebody said that everyone is meant.
    """

    include: tuple[Pick, ...] = ()
    exclude: tuple[Pick, ...] = ()
    confirmed: bool = False

    @property
    def is_everyone(self) -> bool:
        """Say whether nothing narrows it from inside."""
        return any(pick.kind is PickKind.EVERYONE for pick in self.include)

    def as_json(self) -> dict[str, Any]:
        """Give it as it is stored."""
        found: dict[str, Any] = {
            "include": [pick.as_json() for pick in self.include],
            "exclude": [pick.as_json() for pick in self.exclude],
        }
        return found | ({"confirmed": True} if self.confirmed else {})


class Weight(StrEnum):
    """How much a line of the check list weighs."""

    BLOCKS = "blocks"
    WARNS = "warns"
    NOTES = "notes"
    HOLDS = "holds"


@dataclass(frozen=True, slots=True)
class Check:
    """A line of the check list (CAM-56). rule: the law or the reason in words. mend: key of the place that mends it.

    part: the card of the composer it belongs to: who, what, when, or "" for the workspace.
    """

    code: str
    weight: Weight
    text: Words
    rule: Words = ""
    part: str = ""
    mend: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """Give the sentence with its numbers in it."""
        return str(self.text) % dict(self.params) if self.params else str(self.text)


@dataclass(frozen=True, slots=True)
class Look:
    """How many the audience reached when it was last counted. exact: False when the time was up."""

    matched: int
    eligible: int
    left_out: Mapping[int, int]
    at: datetime
    exact: bool = True


class NotInThisState(DomainError):
    """The campaign has moved on since the page was drawn, or the act is not for its state."""

    code = "not_in_this_state"
    status = 409
    text = _("“%(name)s” is now: %(state)s. This can't be done any more.")


class ChangedMeanwhile(DomainError):
    """A colleague changed the campaign between the last look at it and the deed."""

    code = "changed_meanwhile"
    status = 409
    text = _("Somebody has changed “%(name)s” in the meantime. Look at it again, then send.")


class CheckFailed(DomainError):
    """The check list holds the campaign back."""

    code = "check_failed"
    text = _("This holds the campaign back: %(faults)s")


class SendTimePast(DomainError):
    """A send time must lie ahead (R-28)."""

    code = "send_time_past"
    text = _("%(at)s has passed. Choose a later time or send now.")
    field: ClassVar[str | None] = "clock"


class SendTimeSkipped(DomainError):
    """The clocks jump over this local time."""

    code = "send_time_skipped"
    text = _("%(at)s does not exist: the clocks are put forward then. Choose another time.")
    field: ClassVar[str | None] = "clock"


class NobodyToSendTo(DomainError):
    """After consent, suppression and caps nobody is left."""

    code = "nobody_to_send_to"
    text = _("Nobody would receive this. Look at who is left out and why.")


class NoSuchPick(DomainError):
    """What was chosen is not there any more, or can't be read."""

    code = "no_such_pick"
    text = _("What you chose is not there any more. Choose again.")


class NameTooLong(DomainError):
    """R-37: up to 100 words."""

    code = "name_too_long"
    text = _("A name has at most %(words)d words; this one has %(has)d.")
    field: ClassVar[str | None] = "name"


class TooManyTestAddresses(DomainError):
    """A test goes to few."""

    code = "too_many_test_addresses"
    text = _("A test goes to at most %(most)d addresses.")
    field: ClassVar[str | None] = "addresses"


class TooManyTests(DomainError):
    """Tests have a limit of their own, so that nobody sends campaigns by them."""

    code = "too_many_tests"
    text = _("%(most)d tests an hour are enough. Try again later.")
    field: ClassVar[str | None] = "addresses"


class NoSender(DomainError):
    """A message needs somebody it comes from."""

    code = "no_sender"
    text = _("Choose who the mail comes from first.")
