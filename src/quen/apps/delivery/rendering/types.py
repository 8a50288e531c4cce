"""Input and output of the rendering."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from html import escape, unescape
from typing import TYPE_CHECKING, Final, NamedTuple

from quen.apps.channels.types import Envelope, Outgoing
from quen.apps.delivery.rules.tracking import LINK, Tracker, is_web_address, url_with_tags

if TYPE_CHECKING:
    from quen.apps.channels.registry import Renderer
    from quen.apps.channels.types import RemoteSession
    from quen.apps.content.queries import CompiledContent

#: code of a message that could not be rendered
RENDER_FAILED: Final = "render_failed"
#: what the subprocess writes when it has started, and when it has left everything
READY: Final = b"\n"
#: precedes each of its answers, which are pickled
LENGTH: Final = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class RenderJob:
    """What all messages of a dispatch share.

    compiled: the content; None when there is prepared_content, by content part.  link_tags: appended to links.
    renderer: builds messages of the channel.
    """

    key: int
    workspace_id: int
    compiled: CompiledContent | None
    prepared_content: Mapping[str, str]
    tracker: Tracker | None
    link_tags: Mapping[str, str]
    renderer: Renderer


class Recipient(NamedTuple):
    """A recipient with the data that the message needs."""

    id: int
    contact_id: int
    address: str
    language: str
    attempt: int
    tries: int
    values: Mapping[str, object]
    opt_out_url: str
    one_click_url: str

    def envelope(self, workspace_id: int) -> Envelope:
        """Return the recipient's side of the message; its message id is unique for the attempt."""
        message_id = f"{workspace_id}.{self.id}.{self.attempt}"
        return Envelope(self.id, self.address, message_id, self.one_click_url)


@dataclass(frozen=True, slots=True)
class RenderFailure:
    """A message that could not be rendered. error: the exception."""

    key: int
    error: str = field(default="")


class RenderedParts(NamedTuple):
    """A message of prepared parts. Pickled with its batch, parts that messages share are sent only once."""

    key: int
    address: str
    parts: Sequence[bytes]


RenderResult = Outgoing | RenderedParts | RenderFailure


class Leave(Enum):
    """Told to the subprocess instead of a batch."""

    #: close the connections to the provider
    PROVIDER = 1
    #: and forget everything, until somebody else has work
    EVERYTHING = 2


@dataclass(frozen=True, slots=True)
class RenderBatch:
    """Messages to render in the subprocess, and to send from there if it says so.

    job: None if the subprocess has it already.  send: what the session there is told; None to return the messages.
    """

    key: int
    job: RenderJob | None
    recipients: Sequence[Recipient]
    send: SendOrder | None = None


@dataclass(frozen=True, slots=True)
class SendOrder:
    """How a batch is sent. session: only with the first; see ``channels.types.RemoteSession`` for the others."""

    session: RemoteSession | None
    connections: int
    deadline: float


@dataclass(frozen=True, slots=True)
class Silence:
    """The provider has not replied for so many seconds; the report follows."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LinkRewriter:
    """Rewrites the links of a dispatch: appends campaign tags and leads through the tracking endpoint."""

    tracker: Tracker | None
    tags: Mapping[str, str]

    def token(self, message_id: int) -> str:
        """Return the token of a message in its tracking URLs; empty without tracking."""
        return "" if self.tracker is None else self.tracker.token(message_id)

    def rewrite_links(self, html: str, token: str, opt_out_url: str) -> str:
        """Return the HTML with its links rewritten."""
        if self.tags:
            html = add_link_tags(html, self.tags, exclude=opt_out_url)
        return (
            html if self.tracker is None else self.tracker.rewrite_links(html, token, exclude=(opt_out_url,))
        )

    def add_open_pixel(self, html: str, token: str) -> str:
        """Return the HTML with the open pixel, if the dispatch tracks opens and there is HTML."""
        return html if self.tracker is None or not html else self.tracker.add_open_pixel(html, token)


def add_link_tags(html: str, tags: Mapping[str, str], *, exclude: str) -> str:
    """Append campaign tags to the web links of a text. A tag already in the URL is kept."""

    def tagged(found: re.Match[str]) -> str:
        before, quoted = found.groups()
        url = unescape(quoted[1:-1]).strip()
        if url == exclude or not is_web_address(url):
            return found[0]
        return f'{before}"{escape(url_with_tags(url, tags))}"'

    return LINK.sub(tagged, html)
