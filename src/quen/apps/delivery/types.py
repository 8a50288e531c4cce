"""Enums, dataclasses and refusals of the delivery app."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

if TYPE_CHECKING:
    from quen.apps.channels.types import ChannelTexts


#: data that conditions read (audience.registry.register_readable): what recipients did, beyond what events tell
ENGAGEMENT = "message.engagement"


class DeliveryRight(StrEnum):
    """What a member may do with messages."""

    SEND = "messages.send"


class DispatchSource(TextChoices):
    """What caused a dispatch."""

    CAMPAIGN = "campaign", _("Campaign")
    AUTOMATION = "automation", _("Automation")
    TEST = "test", _("Test")
    #: the confirmation of an unsubscribe, and other service messages to one contact
    NOTICE = "notice", _("Confirmation")


#: sources whose one recipient asked for exactly this message: no eligibility check, no frequency cap
EXEMPT_SOURCES = (DispatchSource.TEST, DispatchSource.NOTICE)


class DispatchState(TextChoices):
    """The state of a dispatch."""

    FANNING_OUT = "fanning_out", _("Preparing recipients")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")
    FINISHED = "finished", _("Sent")
    FAILED = "failed", _("Failed")


class MessageState(IntegerChoices):
    """The state of one message (CHN-22). Codes are stored."""

    QUEUED = 0, _("Waiting")
    #: refused temporarily; retried at ``due_at``
    DEFERRED = 1, _("Retrying")
    ACCEPTED = 2, _("Accepted by the provider")
    DELIVERED = 3, _("Delivered")
    #: refused by the provider when it was sent
    REFUSED = 4, _("Refused")
    BOUNCED = 5, _("Bounced")
    UNKNOWN_OUTCOME = 6, _("Uncertain")
    SKIPPED = 7, _("Skipped")
    CANCELLED = 8, _("Cancelled")
    FAILED = 9, _("Failed")
    #: in an InFlightBatch: between the first byte and its result
    IN_FLIGHT = 10, _("Sending")


def state_text(state: int, texts: ChannelTexts) -> str:
    """Return a message's state as its channel names it."""
    own = {
        MessageState.ACCEPTED: texts.accepted,
        MessageState.DELIVERED: texts.delivered,
        MessageState.REFUSED: texts.refused,
    }
    return str(own.get(MessageState(state), MessageState(state).label))


#: states without a result
PENDING_STATES = (MessageState.QUEUED, MessageState.IN_FLIGHT)
#: states in which messages may still be sent
ACTIVE_STATES = (DispatchState.FANNING_OUT, DispatchState.SENDING)
#: code of the error of a dispatch that was paused because its workspace was restored from a backup
RESTORED = "restored"
#: final states
ENDED_STATES = (DispatchState.CANCELLED, DispatchState.FINISHED, DispatchState.FAILED)
#: states that count as sent
SENT_STATES = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.BOUNCED)


class EngagementKind(IntegerChoices):
    """What a contact, or a bot, did with a message. Codes are stored."""

    OPENED = 1, _("Opened")
    OPENED_BY_BOT = 2, _("Opened by a bot")
    CLICKED = 3, _("Clicked")
    UNSUBSCRIBED = 4, _("Unsubscribed")
    COMPLAINED = 5, _("Complained")
    #: a security scanner followed the link; counted nowhere
    CLICKED_BY_BOT = 6, _("Link checked by a bot")


@dataclass(frozen=True, slots=True)
class DispatchCounts:
    """The counts of a dispatch, in contacts. skipped_by_reason: by ExclusionReason code."""

    audience: int = 0
    queued: int = 0
    deferred: int = 0
    sent: int = 0
    delivered: int = 0
    refused: int = 0
    bounced: int = 0
    uncertain: int = 0
    cancelled: int = 0
    failed: int = 0
    opened: int = 0
    opened_by_bot: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    complained: int = 0
    skipped_by_reason: dict[int, int] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        """All skipped contacts, whatever the reason."""
        return sum(self.skipped_by_reason.values())


@dataclass(frozen=True, slots=True)
class ReachEstimate:
    """How many contacts would receive a message now. skipped_by_reason: by ExclusionReason code."""

    matched: int
    eligible: int
    skipped_by_reason: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DispatchProgress:
    """How far a dispatch is.

    rate_per_second: average since the first message.  seconds_left: an estimate; None when there is no rate yet.
    """

    done: int
    total: int
    rate_per_second: float
    seconds_left: float | None

    @property
    def percent(self) -> int:
        """Whole percent; 100 only when nothing is left."""
        return 100 if self.done >= self.total else int(self.done * 100 / self.total)


@dataclass(frozen=True, slots=True)
class LinkStats:
    """The clicks of one link of a dispatch."""

    url: str
    clicks: int
    unique_clicks: int


class AlreadyDispatched(DomainError):
    """A dispatch with the same source and instant exists, so nothing is sent twice."""

    code = "already_dispatched"
    text = _("This is already being sent.")


class NotUncertain(DomainError):
    """Only an uncertain message can be resolved by hand."""

    code = "not_uncertain"
    text = _("This message has already been resolved.")


class FrequencyCapReached(DomainError):
    """Other dispatches have used up the contacts' marketing messages of 24 hours."""

    code = "frequency_cap_reached"
    text = _("These customers have reached the limit of marketing messages in 24 hours. Try again tomorrow.")


class DispatchFinished(DomainError):
    """The dispatch has ended, so the action is not possible any more."""

    code = "dispatch_finished"
    text = _("“%(name)s” is %(state)s, so this is not possible now.")
