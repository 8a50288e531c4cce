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

Text = str | Promise
MAX_NAME_WORDS = 100


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
ACTIVE_STATES = (CampaignState.IN_PROGRESS, CampaignState.PAUSED)
#: states a campaign does not leave by itself
ENDED_STATES = (CampaignState.SENT, CampaignState.CANCELLED, CampaignState.FAILED)


#: state → tone and icon
STATE_BADGES = {
    CampaignState.DRAFT: ("", "pencil-line"),
    CampaignState.SCHEDULED: ("wait", "calendar-clock"),
    CampaignState.IN_PROGRESS: ("live", "loader"),
    CampaignState.PAUSED: ("wait", "circle-pause"),
    CampaignState.SENT: ("good", "circle-check"),
    CampaignState.CANCELLED: ("", "circle-slash"),
    CampaignState.FAILED: ("bad", "circle-x"),
}


class AudienceItemKind(StrEnum):
    """What an audience is put together of (R-10)."""

    SEGMENT = "segment"
    TAG = "tag"
    CONTACT = "contact"
    #: conditions written in the campaign itself (R-14)
    TREE = "tree"
    EVERYONE = "everyone"
    #: the contacts counted by a metric of an earlier dispatch: {"dispatch": id, "metric": "not_opened"}
    DISPATCH = "dispatch"


@dataclass(frozen=True, slots=True)
class AudienceItem:
    """One piece of an audience. value: an id, a condition tree, True, or (dispatch id, metric)."""

    kind: AudienceItemKind
    value: Any

    def as_json(self) -> dict[str, Any]:
        """Give it as it is stored."""
        if self.kind is AudienceItemKind.DISPATCH:
            return {"dispatch": self.value[0], "metric": self.value[1]}
        return {self.kind.value: self.value}


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: everybody of ``include`` who is not of ``exclude``.

    confirmed: somebody said that everyone is meant.
    """

    include: tuple[AudienceItem, ...] = ()
    exclude: tuple[AudienceItem, ...] = ()
    confirmed: bool = False

    @property
    def is_everyone(self) -> bool:
        """Say whether nothing narrows it from inside."""
        return any(item.kind is AudienceItemKind.EVERYONE for item in self.include)

    def as_json(self) -> dict[str, Any]:
        """Give it as it is stored."""
        found: dict[str, Any] = {
            "include": [item.as_json() for item in self.include],
            "exclude": [item.as_json() for item in self.exclude],
        }
        return found | ({"confirmed": True} if self.confirmed else {})


class Severity(StrEnum):
    """How much a line of the check list weighs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """A line of the check list (CAM-56). detail: the law or the reason. fix_target: key of the place where it is fixed.

    card: the card of the composer it belongs to: audience, content, schedule, or "" for the workspace.
    """

    code: str
    severity: Severity
    text: Text
    detail: Text = ""
    card: str = ""
    fix_target: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Give the sentence with its numbers in it."""
        return str(self.text) % dict(self.params) if self.params else str(self.text)


@dataclass(frozen=True, slots=True)
class AudienceEstimate:
    """How many the audience reached when it was last counted. exact: False when the time was up."""

    matched: int
    eligible: int
    skipped_by_reason: Mapping[int, int]
    at: datetime
    exact: bool = True


class InvalidState(DomainError):
    """The campaign has moved on since the page was drawn, or the act is not for its state."""

    code = "invalid_state"
    status = 409
    text = _("“%(name)s” is now: %(state)s. This can't be done any more.")


class EditConflict(DomainError):
    """A colleague changed the campaign between the last look at it and the deed."""

    code = "edit_conflict"
    status = 409
    text = _("Somebody has changed “%(name)s” in the meantime. Look at it again, then send.")


class CheckFailed(DomainError):
    """The check list holds the campaign back."""

    code = "check_failed"
    text = _("This holds the campaign back: %(errors)s")


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


class InvalidAudienceItem(DomainError):
    """What was chosen is not there any more, or can't be read."""

    code = "invalid_audience_item"
    text = _("What you chose is not there any more. Choose again.")


class NameTooLong(DomainError):
    """R-37: up to 100 words."""

    code = "name_too_long"
    text = _("A name has at most %(limit)d words; this one has %(count)d.")
    field: ClassVar[str | None] = "name"


class TooManyTestAddresses(DomainError):
    """A test goes to few."""

    code = "too_many_test_addresses"
    text = _("A test goes to at most %(limit)d addresses.")
    field: ClassVar[str | None] = "addresses"


class TooManyTests(DomainError):
    """Tests have a limit of their own, so that nobody sends campaigns by them."""

    code = "too_many_tests"
    text = _("%(limit)d tests an hour are enough. Try again later.")
    field: ClassVar[str | None] = "addresses"


class NoSender(DomainError):
    """A message needs somebody it comes from."""

    code = "no_sender"
    text = _("Choose who the mail comes from first.")
