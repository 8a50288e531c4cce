"""Words, shapes and refusals of the delivery room."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class DispatchSource(TextChoices):
    """What decided on a message."""

    CAMPAIGN = "campaign", _("Campaign")
    AUTOMATION = "automation", _("Automation")
    TEST = "test", _("Test")
    #: the one confirmation of a refusal, and other mails of ours to a customer
    NOTICE = "notice", _("Confirmation")


#: sources whose messages go to somebody who asked for exactly this one: no gate, no cap
EXEMPT_SOURCES = (DispatchSource.TEST, DispatchSource.NOTICE)


class DispatchState(TextChoices):
    """Where a dispatch stands."""

    FANNING_OUT = "fanning_out", _("Gathering recipients")
    SENDING = "sending", _("Sending")
    PAUSED = "paused", _("Paused")
    CANCELLED = "cancelled", _("Cancelled")
    FINISHED = "finished", _("Sent")
    FAILED = "failed", _("Failed")


class MessageState(IntegerChoices):
    """Where one message stands (CHN-22). Codes are stored."""

    QUEUED = 0, _("Waiting")
    #: not taken now; tried again at ``due_at``
    DEFERRED = 1, _("Trying again")
    ACCEPTED = 2, _("Accepted by the mail server")
    DELIVERED = 3, _("Delivered")
    #: refused by the provider at hand-over
    REFUSED = 4, _("Refused")
    BOUNCED = 5, _("Bounced")
    UNKNOWN_OUTCOME = 6, _("Uncertain")
    SKIPPED = 7, _("Left out")
    CANCELLED = 8, _("Cancelled")
    FAILED = 9, _("Failed")
    #: inside a window: between the first byte and its result
    IN_FLIGHT = 10, _("Being handed over")


#: states in which nothing is decided yet
PENDING_STATES = (MessageState.QUEUED, MessageState.IN_FLIGHT)
#: dispatches of which something may still leave
ACTIVE_STATES = (DispatchState.FANNING_OUT, DispatchState.SENDING)
#: dispatches that will never move again
ENDED_STATES = (DispatchState.CANCELLED, DispatchState.FINISHED, DispatchState.FAILED)
#: states from which a message counts as having left us
SENT_STATES = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.BOUNCED)


class EngagementKind(IntegerChoices):
    """What a reader did with a message. Codes are stored."""

    OPENED = 1, _("Opened")
    OPENED_BY_BOT = 2, _("Opened by a machine")
    CLICKED = 3, _("Clicked")
    UNSUBSCRIBED = 4, _("Unsubscribed")
    COMPLAINED = 5, _("Complained")
    #: a scanner looked where the links lead; counted nowhere
    CLICKED_BY_BOT = 6, _("Link checked by a machine")


@dataclass(frozen=True, slots=True)
class DispatchCounts:
    """The numbers of a dispatch, people each. ``skipped_by_reason``: by Reason code."""

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
        """Everybody left out, whatever the reason."""
        return sum(self.skipped_by_reason.values())


@dataclass(frozen=True, slots=True)
class ReachEstimate:
    """Who of an audience would receive a message now. ``skipped_by_reason``: by Reason code."""

    matched: int
    eligible: int
    skipped_by_reason: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DispatchProgress:
    """How far a dispatch is. ``per_second``: since the first message; ``seconds_left``: a guess, None without one."""

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
    """What one address in a dispatch brought."""

    url: str
    clicks: int
    unique_clicks: int


class AlreadyDispatched(DomainError):
    """The same thing was launched at the same instant before: nothing is sent twice."""

    code = "already_dispatched"
    text = _("This is being sent already.")


class NotUncertain(DomainError):
    """Only an uncertain message can be settled by hand."""

    code = "not_uncertain"
    text = _("This message is not uncertain any more.")


class FrequencyCapReached(DomainError):
    """Whoever is meant had as much advertising in 24 hours as is allowed, from others meanwhile."""

    code = "frequency_cap_reached"
    text = _("They have had as much advertising in 24 hours as is allowed. Let it go again tomorrow.")


class DispatchFinished(DomainError):
    """The dispatch has ended since the page was drawn."""

    code = "dispatch_finished"
    text = _("“%(name)s” is %(state)s; this can't be done now.")
