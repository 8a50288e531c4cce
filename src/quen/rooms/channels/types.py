"""Words, shapes and refusals of the channels room: what an adapter takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class ConnectionState(TextChoices):
    """How a connection does, as its last use told."""

    UNTESTED = "untested", _("Not tried yet")
    WORKING = "working", _("Working")
    FAILING = "failing", _("Failing")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready to travel.

    key: our id, comes back with the result and with receipts.  body: the whole message as the channel's bytes
    (for mail: RFC 5322 with CRLF, headers included).  parts: the same taken apart for whoever shows it
    ("subject", "html", "text", "from", "reply_to", "list_unsubscribe").
    """

    key: int
    sender: str
    recipient: str
    body: bytes
    parts: Mapping[str, str] = field(default_factory=dict)


class Outcome(StrEnum):
    """What became of a hand-over."""

    ACCEPTED = "accepted"
    #: not taken now, safe to try again (4xx, or the connection lost before the end of DATA)
    DEFERRED = "deferred"
    #: will never be taken (5xx on this message)
    REFUSED = "refused"
    #: the connection was lost after the end of DATA: nobody knows
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class Result:
    """The answer for one Outgoing. code: the provider's own, such as "550 5.1.1".  text: its words, short.

    address_is_dead: the refusal is about the address for good (hard bounce), not about this message.
    """

    key: int
    outcome: Outcome
    code: str = ""
    text: str = ""
    provider_id: str = ""
    address_is_dead: bool = False


class ReceiptKind(StrEnum):
    """What a provider, or somebody playing in the sandbox, tells later."""

    DELIVERED = "delivered"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    COMPLAINED = "complained"


class Session(Protocol):
    """An open way to the provider, kept for many windows. Used by one thread."""

    def send(self, window: Sequence[Outgoing]) -> list[Result]:
        """Hand over a window; every message has exactly one result. Raises Unreachable before the first byte."""

    def close(self) -> None:
        """Part politely."""


class Unreachable(Exception):
    """The provider could not be reached or refused us as a whole: nothing of the window was handed over.

    permanent: wrong password, wrong host: trying again by itself is of no use.
    """

    def __init__(self, text: str, *, code: str = "", permanent: bool = False) -> None:
        super().__init__(text)
        self.text, self.code, self.permanent = text, code, permanent


class NoConnection(DomainError):
    """The channel is not set up."""

    code = "no_connection"
    text = _("This channel is not connected yet. Set it up under Settings › Channels.")


class SenderInUse(DomainError):
    """Drafts still use this sender."""

    code = "sender_in_use"
    text = _("%(name)s is the only sender. Add another one first.")


class TestFailed(DomainError):
    """A test message could not be handed over."""

    code = "test_failed"
    text = _("The test message did not go out: %(reason)s")
    field: ClassVar[str | None] = None
