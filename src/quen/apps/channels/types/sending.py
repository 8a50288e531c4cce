"""Sending: what an adapter returns, and the pace it asks for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from quen.apps.channels.types.messages import Outgoing


class ConnectionState(TextChoices):
    """The state of a connection after its last use."""

    UNTESTED = "untested", _("Not tested")
    WORKING = "working", _("Working")
    FAILING = "failing", _("Failing")


class SendOutcome(StrEnum):
    """The outcome of sending one message."""

    ACCEPTED = "accepted"
    #: not accepted now, safe to retry (4xx, or the connection was lost before the end of DATA)
    DEFERRED = "deferred"
    #: will never be accepted (5xx about this message)
    REFUSED = "refused"
    #: the connection was lost after the end of DATA: the provider may or may not have accepted the message
    UNKNOWN = "unknown"
    #: not begun, or turned away only because of our pace: it stays queued and uses up no try
    NOT_SENT = "not_sent"


class SlowdownKind(StrEnum):
    """What a temporary refusal says about the whole connection, not about its recipient."""

    #: too many messages in a time
    RATE = "rate"
    #: too many connections at once
    CONNECTIONS = "connections"
    #: this one connection has had its share; a new one may go on
    SESSION = "session"
    #: the server is short of resources
    BUSY = "busy"
    #: the allowance of an hour or a day is used up
    QUOTA = "quota"


class SendResult(NamedTuple):
    """The result of sending one Outgoing.

    code: the provider's own, such as "550 5.1.1".  text: its message, short.
    hard_bounce: the address itself is permanently undeliverable, not only this message.
    """

    key: int
    outcome: SendOutcome
    code: str = ""
    text: str = ""
    provider_id: str = ""
    hard_bounce: bool = False


class Pacer(Protocol):
    """Says when the next message of a connection may begin, and learns from the server's replies."""

    @property
    def connections(self) -> int:
        """How many connections may be open at once."""

    @property
    def is_limited(self) -> bool:
        """There is a pace to keep."""

    @property
    def is_over(self) -> bool:
        """No further message may begin: what has begun is finished, the rest is not sent."""

    def acquire(self, key: int) -> float:
        """Let a message begin now and return 0, or return the seconds after which to ask again."""

    def release(self, key: int, *, accepted: bool) -> None:
        """A message that began has its reply, or its connection is lost."""

    def slow_down(self, kind: SlowdownKind, reply: str) -> None:
        """The server asked for fewer messages or connections."""

    def waiting(self) -> AbstractContextManager[None]:
        """Surround a wait for the server, which must not keep others from their turn."""

    def silent(self, seconds: float) -> None:
        """The server has not replied for so long, and the wait goes on."""


class SendSession(Protocol):
    """An open connection to the provider, reused for many batches. Used by one thread."""

    def send(self, batch: Sequence[Outgoing]) -> list[SendResult]:
        """Send a batch and return exactly one result per message. Raises Unreachable before the first byte is sent."""

    def close(self) -> None:
        """Close the connection politely."""


class PaceEvent(NamedTuple):
    """Something that a pace is found from: an accepted message, or what the server asked for. at: monotonic clock."""

    at: float
    complaint: SlowdownKind | None = None
    reply: str = ""


@dataclass(frozen=True, slots=True)
class RemoteReport:
    """What became of a batch that was sent in another process.

    error: nothing was sent.  failure: an error of ours; the messages without a result may have been sent.
    """

    results: Sequence[SendResult]
    pace: Sequence[PaceEvent] = ()
    error: Unreachable | None = None
    failure: str = ""
    seconds: float = 0.0


class RemoteSession(Protocol):
    """A session in a process without Django and without a database. Picklable until its first batch."""

    def send(
        self,
        batch: Sequence[Outgoing],
        *,
        connections: int,
        deadline: float,
        on_silence: Callable[[float], None],
    ) -> RemoteReport:
        """Send a batch at full speed. The first complaint of the server ends it: the rest is not sent.

        connections: at most so many.  deadline: of the monotonic clock; nothing begins after it.
        """

    def close(self) -> None:
        """Close the connections politely."""


class Unreachable(Exception):
    """The provider could not be reached or rejected us altogether: nothing of the batch was sent.

    text: the provider's or the system's own message, shown as detail.  code: a key of CONNECTION_ERRORS, which has the
    text for members.  permanent: retrying automatically is useless (wrong password, wrong host).
    """

    def __init__(self, text: str, *, code: str = "", permanent: bool = False) -> None:
        super().__init__(text)
        self.text, self.code, self.permanent = text, code, permanent


#: connection error codes: what is wrong and how to fix it
CONNECTION_ERRORS = {
    "no_host": _("No server with this name was found. Check the spelling."),
    "no_answer": _("The server isn't responding on this port. Check the server name, port and firewall."),
    "private_address": _(
        "This server's address is in a private network, which this installation doesn't allow. Ask its operator to"
        " allow private mail servers."
    ),
    "not_smtp": _("This isn't a mail server, or it needs a different encryption type."),
    "tls": _("The encrypted connection failed. Check the encryption type and the server's certificate."),
    "no_starttls": _("The server doesn't support STARTTLS. Choose another encryption type."),
    "wrong_password": _(
        "The server rejected the user name or password. Some providers require an app password."
    ),
    "no_login": _(
        "The server doesn't offer a supported sign-in method. Leave user name and password empty if none is needed."
    ),
    "password_in_clear": _("Passwords are never sent unencrypted over the network. Choose STARTTLS or TLS."),
    "unwelcome": _("The server refused the connection. It may have blocked this server's IP address."),
    "busy": _("The server is busy or limiting us. Sending is retried automatically."),
    "lost": _("The connection to the server was lost."),
    "sender_refused": _("The server rejected this sender address. It must belong to the account."),
    "relay_denied": _(
        "The server doesn't relay email to other domains without signing in. Enter user name and password."
    ),
    "recipient_refused": _("The server rejected the recipient's address."),
    "needs_smtputf8": _("The server can't deliver to addresses with non-English letters."),
}
