"""Extension points of the channels app: channels, adapters, and who is told about receipts and inbound messages.

A channel is a kind of message, such as email or SMS, and lives in one folder: ``channels/<folder>/channel.py`` has its
``CHANNEL``. An adapter is a way to send a channel's messages, ``channels/adapters/<name>/``. Folders are found by
``discovery``; nothing else lists them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, runtime_checkable

from django.utils.functional import Promise

from quen.apps.channels.types import (
    ChannelTexts,
    ChecklistContext,
    ChecklistLine,
    ContentSpec,
    Envelope,
    InboundMessage,
    MessagePreview,
    Outgoing,
    Pacer,
    Receipt,
    ReceiptKind,
    RemoteSession,
    RenderedContent,
    RenderSettings,
    SenderFields,
    SendResult,
    SendSession,
    WebhookRequest,
)
from quen.apps.compliance import registry as compliance
from quen.apps.compliance.types import ChannelPolicy

if TYPE_CHECKING:
    from django import forms
    from django.db.models import QuerySet


# Channels


class PreparedContent(Protocol):
    """Content whose fixed text is encoded once; only the values between differ by recipient. Picklable, pure."""

    def fill(
        self, envelope: Envelope, *, subject: str, text: Sequence[str], html: Sequence[str]
    ) -> Sequence[bytes]:
        """Return one message's body in pieces to be joined.

        text, html: the values, one fewer than there are fixed pieces. Pieces that messages share are the same objects.
        """


class Renderer(Protocol):
    """Turns rendered content into messages of a channel, for one dispatch.

    Picklable and pure. Runs in the render process, which has no Django set up and no database: its module imports
    neither models nor settings.
    """

    def build(self, envelope: Envelope, content: RenderedContent) -> Outgoing:
        """Return one message ready to be sent."""


@runtime_checkable
class PreparingRenderer(Renderer, Protocol):
    """A renderer of long messages, which prepares once what all messages of a dispatch share."""

    def prepare(self, *, text: Sequence[str] | None, html: Sequence[str] | None) -> PreparedContent | None:
        """Return the prepared content, None if ``build`` must be used all the same.

        text, html: the fixed pieces before, between and after the values; None for a part the content does not have.
        """

    def join(self, envelope: Envelope, pieces: Sequence[bytes]) -> Outgoing:
        """Return the message of the pieces that ``fill`` has returned."""


class MessageChannel(ABC):
    """A kind of message. Subclass it, and put the one instance into ``channel.py`` as ``CHANNEL``.

    key: a value of contacts.types.Channel, such as "email".  content: which parts a text has.  tracks_opens,
    tracks_links: whether opens and clicks can be measured.  texts: how pages name what happens to a message.
    preview_template: shows a message as its recipient sees it, from ``preview``: subject, html_url, text, sender and
    phone.  receipts: what providers of the channel report, and the sandbox can simulate.
    """

    key: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str]
    content: ClassVar[ContentSpec]
    texts: ClassVar[ChannelTexts]
    preview_template: ClassVar[str]
    receipts: ClassVar[tuple[ReceiptKind, ...]] = tuple(ReceiptKind)
    tracks_opens: ClassVar[bool] = False
    tracks_links: ClassVar[bool] = False

    @property
    def policy(self) -> ChannelPolicy:
        """What law and nature of the channel demand; its ``address`` is the contact's column with the address."""
        return compliance.policy(self.key)

    @abstractmethod
    def count_text(self, count: int) -> str:
        """Return a number of messages in words: "164 emails"."""

    @abstractmethod
    def renderer(self, settings: RenderSettings) -> Renderer:
        """Return the renderer of one dispatch."""

    @abstractmethod
    def sender_form(self) -> type[forms.Form]:
        """Return the form of a sender: ``name`` and, if the channel has them, ``address`` and ``reply_to``."""

    @abstractmethod
    def clean_sender(self, *, name: str, address: str, reply_to: str) -> SenderFields:
        """Return the fields of a sender as they are stored. Raises a DomainError for those the channel refuses."""

    def preview(self, message: Outgoing) -> MessagePreview:
        """Return what the sandbox shows of a message; its parts if it brings them, else what its body says."""
        parts = message.parts
        return MessagePreview(parts.get("subject", ""), parts.get("html", ""), parts.get("text", ""))

    @abstractmethod
    def parse_address(self, raw: str) -> str:
        """Return a recipient's address in the form it is stored. Raises ValueError."""

    def explain_reply(self, reply: str) -> str:
        """Return in the reader's language what a provider's reply means, "" when nobody knows."""
        return ""

    def display_address(self, address: str) -> str:
        """Return a recipient's address as pages show it."""
        return address

    def checks(self, context: ChecklistContext) -> Iterable[ChecklistLine]:
        """Return the lines of the campaign check list that only this channel knows."""
        return ()


_channels: dict[str, MessageChannel] = {}


def register_channel(channel: MessageChannel) -> None:
    """Register a channel."""
    _channels[channel.key] = channel


def channel(key: str) -> MessageChannel:
    """Return a channel. Raises KeyError."""
    return _channels[key]


def channels() -> list[MessageChannel]:
    """Return the channels in order of registration, email first."""
    return list(_channels.values())


# Adapters


class SessionOpener(Protocol):
    """Opens a session with a provider. Raises Unreachable."""

    def __call__(
        self, settings: Mapping[str, Any], secret: str, *, parallel: int, pacer: Pacer | None = None
    ) -> SendSession:
        """``settings``: not secret; ``secret``: the password in clear text; ``parallel``: maximum connections.

        ``pacer``: asked before each message; None for a few messages that need no pace.
        """


class RemoteSessionMaker(Protocol):
    """Makes a session for a process without Django and without a database."""

    def __call__(self, settings: Mapping[str, Any], secret: str, *, parallel: int) -> RemoteSession:
        """Return a picklable session that connects with its first batch; ``parallel``: maximum connections."""


class ConnectionProbe(Protocol):
    """Tests a connection without sending. Raises Unreachable; returns the result for sender and recipient."""

    def __call__(
        self, settings: Mapping[str, Any], secret: str, *, sender: str, recipient: str
    ) -> SendResult:
        """Ask the provider whether it would accept a message from ``sender`` to ``recipient``."""


class WebhookReceiver(Protocol):
    """Reads what a provider has posted to the connection's webhook address. Raises InvalidSignature."""

    def __call__(
        self, request: WebhookRequest, settings: Mapping[str, Any], secret: str
    ) -> Sequence[Receipt | InboundMessage]:
        """Verify the signature first, then return what the request reports, in its order. Pure, no network."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """A way to send the messages of a channel.

    form: asks for the settings, None when there are none; a field named "secret" is encrypted and never shown again.
    remote: makes a session that sends in a process of its own, beside the work with the database; None for one that
    needs it.  delivers: messages really leave the system.  describe: returns the settings in short, such as
    "smtp.example.vn:587".  receive: reads the provider's webhooks; without one, the connection has no webhook
    address.  template: the page of the form.
    """

    key: str
    channel: str
    label: str | Promise
    form: type[forms.Form] | None
    open: SessionOpener
    remote: RemoteSessionMaker | None = None
    delivers: bool = True
    probe: ConnectionProbe | None = None
    describe: Callable[[Mapping[str, Any]], str] = lambda _settings: ""
    receive: WebhookReceiver | None = None
    template: str = "channels/adapter.html"


_adapters: dict[tuple[str, str], Adapter] = {}


def register_adapter(adapter: Adapter) -> None:
    """Register an adapter of its channel."""
    _adapters[adapter.channel, adapter.key] = adapter


def adapter(channel: str, key: str) -> Adapter:
    """Return an adapter of a channel. Raises KeyError."""
    return _adapters[channel, key]


def adapters(channel: str) -> list[Adapter]:
    """Return the adapters of a channel in order of registration."""
    return [adapter for adapter in _adapters.values() if adapter.channel == channel]


# What the sandbox knows of its messages


@dataclass(frozen=True, slots=True)
class MessageOrigin:
    """Whom a message in the sandbox is for, and what it was sent by; "" for what is not known or has no page."""

    contact_name: str = ""
    contact_url: str = ""
    source_name: str = ""
    source_url: str = ""


OriginFinder = Callable[[Collection[int]], Mapping[int, MessageOrigin]]

_origin_finders: list[OriginFinder] = []


def register_origins(find: OriginFinder) -> None:
    """Register who knows the origin of messages, by the ids of ``Outgoing.key``; one query each, however many."""
    if find not in _origin_finders:
        _origin_finders.append(find)


def origins(message_ids: Collection[int]) -> dict[int, MessageOrigin]:
    """Return the origins of messages. What one app does not know another may."""
    found: dict[int, MessageOrigin] = {}
    for find in _origin_finders if message_ids else ():
        for message_id, origin in find(message_ids).items():
            known = found.get(message_id, MessageOrigin())
            found[message_id] = MessageOrigin(
                known.contact_name or origin.contact_name,
                known.contact_url or origin.contact_url,
                origin.source_name or known.source_name,
                origin.source_url or known.source_url,
            )
    return found


class DispatchFinder(Protocol):
    """Finds a dispatch."""

    def __call__(self, dispatch_id: int) -> tuple[str, QuerySet[Any]] | None:
        """Return its name and the ids of its messages, None if there is no such dispatch."""


_dispatch_finders: list[DispatchFinder] = []


def register_dispatches(find: DispatchFinder) -> None:
    """Register who returns the name and the message ids of a dispatch, None if there is no such dispatch."""
    if find not in _dispatch_finders:
        _dispatch_finders.append(find)


def find_dispatch(dispatch_id: int) -> tuple[str, QuerySet[Any]] | None:
    """Return the name and the message ids of a dispatch, or None."""
    found = (find(dispatch_id) for find in _dispatch_finders)
    return next((each for each in found if each is not None), None)


# Receipts, inbound messages, usage


class ReceiptsHandler(Protocol):
    """Applies receipts of one connection, in the workspace, in the caller's transaction.

    The same receipt may come twice and in any order.
    """

    def __call__(self, receipts: Sequence[Receipt], *, connection_id: int, now: datetime) -> None:
        """Apply a batch, in sets."""


class InboundHandler(Protocol):
    """Stores messages that customers have sent to one connection, in the workspace, in the caller's transaction."""

    def __call__(self, messages: Sequence[InboundMessage], *, connection_id: int, now: datetime) -> None:
        """Store a batch; the same message may come twice."""


UsageCounter = Callable[[int, datetime], int]

_receipts_handlers: list[ReceiptsHandler] = []
_inbound_handlers: list[InboundHandler] = []
_usage_counters: list[UsageCounter] = []


def on_receipts(handler: ReceiptsHandler) -> None:
    """Register a handler of receipts."""
    if handler not in _receipts_handlers:
        _receipts_handlers.append(handler)


def receipts_handlers() -> list[ReceiptsHandler]:
    """Return the registered handlers of receipts."""
    return list(_receipts_handlers)


def on_inbound(handler: InboundHandler) -> None:
    """Register a handler of inbound messages."""
    if handler not in _inbound_handlers:
        _inbound_handlers.append(handler)


def inbound_handlers() -> list[InboundHandler]:
    """Return the registered handlers of inbound messages."""
    return list(_inbound_handlers)


def register_usage_counter(count: UsageCounter) -> None:
    """Register a counter of sent messages: ``count(connection_id, since)``."""
    if count not in _usage_counters:
        _usage_counters.append(count)


def used_since(connection_id: int, since: datetime) -> int:
    """Return how many messages a connection has sent since an instant."""
    return sum(count(connection_id, since) for count in _usage_counters)
