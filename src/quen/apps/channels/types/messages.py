"""A message on its way from rendered content to the bytes that an adapter sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol


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
