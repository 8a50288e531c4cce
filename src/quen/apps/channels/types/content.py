"""What the text of a message has on a channel, and the check list of a campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise


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
    the messages ("the mail server").  accepted, delivered, refused, unreachable: label of a message's state.  connect:
    button to connect a provider.  sender_hint: which sender to choose.  share_of_sent, share_of_arrived: with
    %(percent)s, what part of the messages a number of the report is.
    """

    message: str | Promise
    address: str | Promise
    provider: str | Promise
    accepted: str | Promise
    delivered: str | Promise
    refused: str | Promise
    unreachable: str | Promise
    connect: str | Promise
    sender_hint: str | Promise
    share_of_sent: str | Promise
    share_of_arrived: str | Promise


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
