"""Types, limits and refusals of the webhooks app."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.core.errors import DomainError

StrOrPromise = str | Promise
MAX_ENDPOINTS: Final = 20
URL_MAX_CHARS: Final = 500
DESCRIPTION_MAX_CHARS: Final = 120
#: messages and their attempts are kept so long
LOG_DAYS: Final = 30
#: how long both secrets sign after a new one was made
OVERLAP: Final = timedelta(hours=24)
#: how long an endpoint may be without one success before it is paused
PAUSE_AFTER: Final = timedelta(days=2)
#: how much of an answer is kept
ANSWER_CHARS: Final = 300
#: the message of the button that tries an endpoint
TEST_KIND: Final = "webhook.test"


class WebhookScope(StrEnum):
    """What an API key may do with webhooks."""

    MANAGE = "webhooks.manage"


class EndpointPauseReason(TextChoices):
    """Why an endpoint gets no messages."""

    MEMBER = "member", _("Paused by a member")
    FAILING = "failing", _("No success for two days")
    GONE = "gone", _("The other system answered that it is gone")
    RESTORED = "restored", _("The workspace is a restored copy")


class WebhookMessageState(TextChoices):
    """What became of a message."""

    WAITING = "waiting", pgettext_lazy("state of a webhook message", "Waiting")
    DELIVERED = "delivered", pgettext_lazy("state of a webhook message", "Delivered")
    FAILED = "failed", pgettext_lazy("state of a webhook message", "Given up")
    SKIPPED = "skipped", pgettext_lazy("state of a webhook message", "Left out")


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One event that a message is about. event: key of its kind, ref: id of the row it is about."""

    event: str
    ref: int | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookKind:
    """A kind of message that endpoints can choose.

    name: public and never changed, "contact.updated".  description: when it is sent, for the form and the
    documentation.  events: keys of the event kinds it follows.  created: of an event that comes with new contacts and
    with known ones, which of them it follows.  folds: several events of one contact by one actor, handled together,
    are one message.  covered_by: a kind whose message about the same contact makes this one needless.
    details: what stands in ``data`` beside ``contact`` and ``by``, for all messages of a batch at once; it gets the
    contact's id and the events of each.  example: such details, for the documentation.
    """

    name: str
    label: StrOrPromise
    description: StrOrPromise
    group: StrOrPromise
    events: tuple[str, ...] = ()
    created: Mapping[str, bool] = field(default_factory=dict)
    folds: bool = False
    covered_by: str = ""
    details: Callable[[Sequence[tuple[int, Sequence[Occurrence]]]], Sequence[Mapping[str, Any]]] | None = None
    example: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLimits:
    """What sending may cost.

    share: requests of one endpoint at a time.  buffered: messages of an endpoint that are read ahead.
    request_seconds: from looking up the name to the last byte that is read.  answer_bytes: how much of a body is read.
    run_seconds: after which a job ends, so that other workspaces get their turn.
    """

    share: int = 4
    buffered: int = 64
    request_seconds: float = 15.0
    answer_bytes: int = 1024
    run_seconds: float = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """How one attempt ended. status: None without an answer; error: a short code then.  retry_after: in seconds."""

    message_id: int
    at: datetime
    duration_ms: int
    status: int | None
    error: str = ""
    text: str = ""
    retry_after: int | None = None

    @property
    def succeeded(self) -> bool:
        """Return whether the other system took the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Return whether the other system wants no messages any more."""
        return self.status == 410

    @property
    def is_trouble(self) -> bool:
        """Return whether the whole endpoint seems to be in trouble, not this message alone."""
        return self.status is None or self.status == 429 or self.status >= 500


class WebhookUrlInvalid(DomainError):
    """The address is not one of the web."""

    code = "webhook_url_invalid"
    text = _("Enter a complete address that begins with https://.")
    field: ClassVar[str | None] = "url"


class WebhookUrlPrivate(DomainError):
    """The address names a private network, which Quen never sends to."""

    code = "webhook_url_private"
    text = _(
        "This address is inside a private network. Webhooks are only sent to addresses on the open internet."
    )
    field: ClassVar[str | None] = "url"


class WebhookKindsMissing(DomainError):
    """An endpoint without kinds would get nothing."""

    code = "webhook_kinds_missing"
    text = _("Choose at least one kind of message.")
    field: ClassVar[str | None] = "kinds"


class WebhookKindUnknown(DomainError):
    """No app offers such a kind."""

    code = "webhook_kind_unknown"
    text = _("There is no kind of message called %(kind)s.")
    field: ClassVar[str | None] = "kinds"


class TooManyEndpoints(DomainError):
    """A workspace has a bounded number of endpoints."""

    code = "too_many_endpoints"
    status = 409
    text = _("A workspace can have up to %(limit)s endpoints. Delete one that is not needed any more.")


class EndpointPaused(DomainError):
    """A paused endpoint gets nothing until it is resumed."""

    code = "endpoint_paused"
    status = 409
    text = _("This endpoint is paused. Resume it first.")


class OwnKeyUnknown(DomainError):
    """The key does not exist in this workspace."""

    code = "own_key_unknown"
    text = _("Choose one of the keys of this workspace.")
    field: ClassVar[str | None] = "own_key_id"
