"""Words, shapes and refusals of the delivery room."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class Source(TextChoices):
    """What decided on a message."""

    CAMPAIGN = "campaign", _("Campaign")
    JOURNEY = "journey", _("Automation")
    TEST = "test", _("Test")
    #: the one confirmation of a refusal, and other mails of ours to a customer
    NOTICE = "notice", _("Confirmation")


#: sources whose messages go to somebody who asked for exactly this one: no gate, no cap
UNGATED = (Source.TEST, Source.NOTICE)


class LaunchState(TextChoices):
    """Where a launch stands."""

    GATHERING = "gathering", _("Gathering recipients")
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
    UNCERTAIN = 6, _("Uncertain")
    SKIPPED = 7, _("Left out")
    CANCELLED = 8, _("Cancelled")
    FAILED = 9, _("Failed")
    #: inside a window: between the first byte and its result
    HANDING = 10, _("Being handed over")


#: states in which nothing is decided yet
WAITING = (MessageState.QUEUED, MessageState.HANDING)
#: launches of which something may still leave
AT_WORK = (LaunchState.GATHERING, LaunchState.SENDING)
#: launches that will never move again
ENDED = (LaunchState.CANCELLED, LaunchState.FINISHED, LaunchState.FAILED)
#: states from which a message counts as having left us
SENT = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.BOUNCED)


class HitKind(IntegerChoices):
    """What a reader did with a message. Codes are stored."""

    OPENED = 1, _("Opened")
    OPENED_BY_MACHINE = 2, _("Opened by a machine")
    CLICKED = 3, _("Clicked")
    UNSUBSCRIBED = 4, _("Unsubscribed")
    COMPLAINED = 5, _("Complained")
    #: a scanner looked where the links lead; counted nowhere
    CLICKED_BY_MACHINE = 6, _("Link checked by a machine")


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of a launch, people each. ``left_out``: by Reason code."""

    audience: int = 0
    queued: int = 0
    deferred: int = 0
    handed_over: int = 0
    delivered: int = 0
    refused: int = 0
    bounced: int = 0
    uncertain: int = 0
    cancelled: int = 0
    failed: int = 0
    opened: int = 0
    opened_by_machine: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    complained: int = 0
    left_out: dict[int, int] = field(default_factory=dict)

    @property
    def skipped(self) -> int:
        """Everybody left out, whatever the reason."""
        return sum(self.left_out.values())


@dataclass(frozen=True, slots=True)
class Reach:
    """Who of an audience would receive a message now. ``left_out``: by Reason code."""

    matched: int
    eligible: int
    left_out: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a launch is. ``per_second``: since the first message; ``seconds_left``: a guess, None without one."""

    done: int
    total: int
    per_second: float
    seconds_left: float | None

    @property
    def percent(self) -> int:
        """Whole percent; 100 only when nothing is left."""
        return 100 if self.done >= self.total else int(self.done * 100 / self.total)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What one address in a launch brought."""

    url: str
    clicks: int
    people: int


class AlreadyLaunched(DomainError):
    """The same thing was launched at the same instant before: nothing is sent twice."""

    code = "already_launched"
    text = _("This is being sent already.")


class NotUncertain(DomainError):
    """Only an uncertain message can be settled by hand."""

    code = "not_uncertain"
    text = _("This message is not uncertain any more.")


class HadEnough(DomainError):
    """Whoever is meant had as much advertising in 24 hours as is allowed, from others meanwhile."""

    code = "had_enough"
    text = _("They have had as much advertising in 24 hours as is allowed. Let it go again tomorrow.")


class LaunchOver(DomainError):
    """The launch has ended since the page was drawn."""

    code = "launch_over"
    text = _("“%(name)s” is %(state)s; this can't be done now.")
