"""Enums, value types and refusals of campaigns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.types import MessageClass
from quen.core.errors import DomainError

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.campaigns.models import Campaign
    from quen.apps.channels.models import Connection
    from quen.apps.channels.registry import MessageChannel
    from quen.apps.content.models import Content

#: key of the condition on what contacts did with a campaign
CAMPAIGN_FIELD = "campaign"
MAX_NAME_WORDS = 100
#: after this a link check that has not finished is taken for lost
LINK_CHECK_TIMEOUT = timedelta(minutes=3)


class CampaignRight(StrEnum):
    """What a member may do with campaigns; sending is ``DeliveryRight.SEND``."""

    VIEW = "campaigns.view"
    EDIT = "campaigns.edit"


class CampaignScope(StrEnum):
    """What the key of another system may do with campaigns."""

    READ = "campaigns.read"


class CampaignState(TextChoices):
    """The states of a campaign (R-30)."""

    DRAFT = "draft", _("Draft")
    SCHEDULED = "scheduled", _("Scheduled")
    IN_PROGRESS = "in_progress", _("In progress")
    PAUSED = "paused", _("Paused")
    SENT = "sent", _("Sent")
    CANCELLED = "cancelled", _("Cancelled")
    FAILED = "failed", _("Failed")


#: states in which messages may still be sent
ACTIVE_STATES = (CampaignState.IN_PROGRESS, CampaignState.PAUSED)
#: states that only a user's action changes
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
    """What an audience can consist of (R-10)."""

    SEGMENT = "segment"
    GROUP = "group"
    TAG = "tag"
    CONTACT = "contact"
    #: conditions that belong to this campaign only (R-14)
    TREE = "tree"
    EVERYONE = "everyone"
    #: the contacts counted by a metric of an earlier dispatch: {"dispatch": id, "metric": "not_opened"}
    DISPATCH = "dispatch"


@dataclass(frozen=True, slots=True)
class AudienceItem:
    """One item of an audience. value: an id, a condition tree, True, or (dispatch id, metric)."""

    kind: AudienceItemKind
    value: Any

    def as_json(self) -> dict[str, Any]:
        """Return the stored form."""
        if self.kind is AudienceItemKind.DISPATCH:
            return {"dispatch": self.value[0], "metric": self.value[1]}
        return {self.kind.value: self.value}


@dataclass(frozen=True, slots=True)
class Audience:
    """Contacts of ``include`` that are not in ``exclude``.

    confirmed: a user confirmed that all contacts are meant.
    """

    include: tuple[AudienceItem, ...] = ()
    exclude: tuple[AudienceItem, ...] = ()
    confirmed: bool = False

    @property
    def is_everyone(self) -> bool:
        """Return whether all contacts are included."""
        return any(item.kind is AudienceItemKind.EVERYONE for item in self.include)

    def as_json(self) -> dict[str, Any]:
        """Return the stored form."""
        found: dict[str, Any] = {
            "include": [item.as_json() for item in self.include],
            "exclude": [item.as_json() for item in self.exclude],
        }
        return found | ({"confirmed": True} if self.confirmed else {})


@dataclass(frozen=True, slots=True)
class AudienceEstimate:
    """How many contacts the audience reached when it was last counted. skipped_by_reason: by ExclusionReason code."""

    matched: int
    eligible: int
    skipped_by_reason: Mapping[int, int]
    at: datetime


@dataclass(frozen=True, slots=True)
class CampaignCheckContext:
    """What a check knows about the draft.

    connection: None while the channel is not connected.  estimate: the last count of the audience; without one, lines
    that need numbers are left out.
    """

    campaign: Campaign
    channel: MessageChannel
    connection: Connection | None
    content: Content
    workspace: Workspace
    estimate: AudienceEstimate | None
    now: datetime

    @property
    def is_marketing(self) -> bool:
        """Return whether the message is advertising."""
        return self.campaign.message_class == MessageClass.MARKETING


class InvalidState(DomainError):
    """The campaign is in another state than the page showed, or the action is not allowed in its state."""

    code = "invalid_state"
    status = 409
    text = _("“%(name)s” is now: %(state)s. This action isn't available any more.")


class EditConflict(DomainError):
    """Another user changed the campaign after it was shown and before it was sent."""

    code = "edit_conflict"
    status = 409
    text = _("“%(name)s” was just changed by someone else. Review it, then send.")


class CheckFailed(DomainError):
    """The check list has errors."""

    code = "check_failed"
    text = _("Fix this before sending: %(errors)s")


class SendTimePast(DomainError):
    """A send time must be in the future (R-28)."""

    code = "send_time_past"
    text = _("%(at)s has passed. Choose a later time or send now.")
    field: ClassVar[str | None] = "clock"


class SendTimeSkipped(DomainError):
    """The local time does not exist because clocks are put forward."""

    code = "send_time_skipped"
    text = _("%(at)s doesn't exist: clocks go forward then. Choose another time.")
    field: ClassVar[str | None] = "clock"


class InvalidAudienceItem(DomainError):
    """An audience item refers to something that no longer exists, or can't be read."""

    code = "invalid_audience_item"
    text = _("Your selection no longer exists. Choose again.")


class NameTooLong(DomainError):
    """A campaign name has at most 100 words (R-37)."""

    code = "name_too_long"
    text = _("Names can have up to %(limit)d words; this one has %(count)d.")
    field: ClassVar[str | None] = "name"


class TooManyTestAddresses(DomainError):
    """A test goes to a few addresses only."""

    code = "too_many_test_addresses"
    text = _("You can send a test to up to %(limit)d addresses.")
    field: ClassVar[str | None] = "addresses"


class TooManyTests(DomainError):
    """Tests are limited per hour, so that they can't replace campaigns."""

    code = "too_many_tests"
    text = _("You've sent %(limit)d tests in the last hour. Try again later.")
    field: ClassVar[str | None] = "addresses"


class NoSender(DomainError):
    """The campaign has no sender."""

    code = "no_sender"
    text = _("Choose a sender first.")
