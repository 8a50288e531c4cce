"""Enums, dataclasses and errors of the channels app: what an adapter receives and returns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple, Protocol

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError


class ChannelRight(StrEnum):
    """Rights of the channels app."""

    VIEW_MESSAGES = "messages.view"


class ConnectionState(TextChoices):
    """The state of a connection after its last use."""

    UNTESTED = "untested", _("Not tested")
    WORKING = "working", _("Working")
    FAILING = "failing", _("Failing")


class ContentPart(StrEnum):
    """A part that the text of a message may have."""

    SUBJECT = "subject"
    PREVIEW = "preview"
    HTML = "html"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TextLength:
    """How long a text is for its channel: characters, and the parts it is charged as.

    limit: the characters that fit into so many parts.  unicode: it needs the shorter kind of parts, because of at
    least one character such as ``example``.
    """

    chars: int
    parts: int
    limit: int
    unicode: bool = False
    example: str = ""


@dataclass(frozen=True, slots=True)
class ContentSpec:
    """Which parts a text of a channel has.

    label_part: where the label of advertising stands.  footer: permission reminder, sender and opt-out are added.
    max_chars: of the text, merge tags included as they are written; None for no limit of its own.
    length: counts the text as the channel does; None where nobody counts.
    """

    parts: frozenset[ContentPart]
    label_part: ContentPart
    footer: bool
    max_chars: int | None = None
    length: Callable[[str], TextLength] | None = None


@dataclass(frozen=True, slots=True)
class ChannelTexts:
    """How pages name things of a channel, in sentences and labels.

    message: one message, in the middle of a sentence ("email").  address: label of the address.  provider: who takes
    the messages ("the mail server").  accepted, refused, unreachable: label of a message's state.  connect: button to
    connect a provider.  sender_hint: which sender to choose.
    """

    message: str | Promise
    address: str | Promise
    provider: str | Promise
    accepted: str | Promise
    refused: str | Promise
    unreachable: str | Promise
    connect: str | Promise
    sender_hint: str | Promise


class CheckSeverity(StrEnum):
    """How serious a line of the check list is."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"
    OK = "ok"


@dataclass(frozen=True, slots=True)
class ChecklistContext:
    """What a campaign is about to send, as far as a channel's checks need it. texts: by language, with merge tags."""

    sender_name: str
    sender_address: str
    marketing: bool
    texts: Mapping[str, Mapping[ContentPart, str]]
    base_url: str
    delivers: bool


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """A line of the check list.

    text and hint are filled with params.  hint: the law or the reason.  card: the card of the composer it is about:
    audience, content, schedule, or "" for the workspace.  fix_target: key of the place where it is fixed.
    """

    key: str
    severity: CheckSeverity
    text: str | Promise
    hint: str | Promise = ""
    card: str = "content"
    fix_target: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """Return the text with its parameters."""
        return str(self.text) % dict(self.params) if self.params else str(self.text)

    @property
    def explanation(self) -> str:
        """Return the hint with its parameters."""
        return str(self.hint) % dict(self.params) if self.params else str(self.hint)


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """What all messages of a dispatch share. at: when it was created.  bulk: advertising.

    include_parts: results carry their parts, for an adapter that shows a message instead of sending it.
    """

    sender_name: str
    sender_address: str
    reply_to: str
    at: datetime
    bulk: bool = True
    include_parts: bool = False


class Envelope(NamedTuple):
    """The recipient's side of a message.

    key: our id.  message_id: unique for this attempt, such as "3.1234.1".  one_click_url: unsubscribes by a POST.
    """

    key: int
    address: str
    message_id: str = ""
    one_click_url: str = ""


@dataclass(frozen=True, slots=True)
class MessagePreview:
    """What the sandbox stores of a message. headers: [name, value] pairs in their order, where the channel has any."""

    subject: str
    html: str
    text: str
    headers: list[list[str]] = field(default_factory=list)


class SenderFields(NamedTuple):
    """A sender as it is stored; fields the channel does not have are empty."""

    name: str
    address: str
    reply_to: str


class RenderedContent(Protocol):
    """The text of a message for one recipient; parts the channel does not have are empty."""

    @property
    def subject(self) -> str: ...
    @property
    def html(self) -> str: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message ready to be sent.

    key: our id, returned with the result and with receipts; 0 for a test.  sender, recipient: bare envelope addresses.
    body: the complete message in the channel's bytes (email: RFC 5322 with CRLF, headers included).  parts: the same
    content in parts, for pages that show it ("subject", "html", "text", "from", "reply_to", "list_unsubscribe").
    smtp_safe: guarantees that the body is ASCII, every line ends with CRLF and no line begins with a dot, as
    PreparedMail writes it; such a body is sent without being scanned.
    """

    key: int
    sender: str
    recipient: str
    body: bytes
    parts: Mapping[str, str] = field(default_factory=dict)
    smtp_safe: bool = False


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


@dataclass(frozen=True, slots=True)
class SendResult:
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


class ReceiptKind(StrEnum):
    """What a provider, or a member simulating one in the sandbox, reports after sending."""

    DELIVERED = "delivered"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    COMPLAINED = "complained"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider reports about one message after it was sent.

    message_id: ours, if the provider returns it; otherwise None, and provider_id is the provider's own id.
    part: which part of a message sent in several, from 0.  code, text: the provider's own, short.
    """

    kind: ReceiptKind
    at: datetime
    message_id: int | None = None
    provider_id: str = ""
    part: int = 0
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message that a customer has sent to a connection.

    sender: their address on the channel.  provider_id: the provider's id of it, unique per connection.
    """

    sender: str
    text: str
    at: datetime
    provider_id: str
    recipient: str = ""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A request to a connection's webhook address, as it came. Header names are in lower case."""

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookOutcome:
    """What a batch of webhook requests contained. rejected: not signed by the provider, or not readable."""

    receipts: int = 0
    messages: int = 0
    rejected: tuple[WebhookRequest, ...] = ()


class InvalidSignature(Exception):
    """A webhook request was not signed by the provider."""


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


class NoConnection(DomainError):
    """The channel is not set up."""

    code = "no_connection"
    text = _("This channel isn't connected yet. Set it up in Settings › Sending channels.")


class NoRateFound(DomainError):
    """The server has not asked for a lower rate, so there is none to set."""

    code = "no_rate_found"
    text = _("The mail server takes everything at the current rate, so there is nothing to set.")


class SenderMissing(DomainError):
    """The channel has no sender."""

    code = "sender_missing"
    text = _("This channel has no sender yet. Add one first.")


class SenderInUse(DomainError):
    """The last sender of a channel cannot be removed."""

    code = "sender_in_use"
    text = _("%(name)s is the only sender. Add another one first.")


class SendTestFailed(DomainError):
    """A test message could not be sent."""

    code = "test_failed"
    text = _("The test wasn't sent: %(reason)s")
    field: ClassVar[str | None] = None


class SenderExists(DomainError):
    """A sender with the same name and address exists."""

    code = "sender_exists"
    text = _("This sender already exists.")
    field: ClassVar[str | None] = "name"


class NoReplyAddress(DomainError):
    """A sender must have an address that customers can reply to."""

    code = "no_reply_address"
    text = _("Customers can't reply to a no-reply address. Use one that you read.")
    field: ClassVar[str | None] = "address"


class NothingToSimulate(DomainError):
    """The message has no delivery record that a receipt could be about: it is a test."""

    code = "nothing_to_simulate"
    text = _("This is a test message. It doesn't count in reports.")


class AlreadySimulated(DomainError):
    """Each receipt can be simulated once per message."""

    code = "already_simulated"
    text = _("This has already been simulated.")


class SimulationFailed(DomainError):
    """Our own public URL did not answer as expected."""

    code = "simulation_failed"
    text = _(
        "The public address of this installation didn't respond as expected (%(status)s). Check QUEN_BASE_URL."
    )
