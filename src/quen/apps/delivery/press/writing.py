"""One mail for one reader: words, links, bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape, unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from quen.apps.channels.registry import build_mail
from quen.apps.channels.types import MailParts, Outgoing
from quen.apps.content.types import Rendered
from quen.apps.delivery.press.prepared import Prepared, can_prepare
from quen.apps.delivery.rules.tracking import LINK, Tracker, is_web_address

if TYPE_CHECKING:
    from quen.apps.content.queries import Compiled

_LINK = re.compile(r"(<(?:a|area)\b[^<>]*?\shref\s*=\s*)(\"[^\"]*\"|'[^']*')", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """What all mails of a launch have in common.

    compiled: the words; None when ``ready`` has them.  link_tags: appended to links.  bulk: advertising.
    shown: the parts go along, for an adapter that shows a mail instead of sending it.
    """

    key: int
    workspace_id: int
    compiled: Compiled | None
    ready: Mapping[str, str]
    tracker: Tracker | None
    link_tags: Mapping[str, str]
    from_name: str
    from_address: str
    reply_to: str
    bulk: bool
    at: datetime
    shown: bool = False


class Item(NamedTuple):
    """Whom one mail is for, and what is known of them."""

    id: int
    contact_id: int
    address: str
    language: str
    attempt: int
    tries: int
    values: Mapping[str, object]
    opt_out_url: str
    one_click_url: str


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A mail that could not be made, and why."""

    key: int
    text: str = field(default="")


class Pieces(NamedTuple):
    """A mail made of prepared parts. What it shares with its batch goes from process to process once."""

    key: int
    recipient: str
    pieces: Sequence[bytes]


Mail = Outgoing | Pieces | Unwritten


@dataclass(frozen=True, slots=True)
class Leading:
    """Where the links of a launch lead: with the tags of the campaign, through us, or straight on."""

    tracker: Tracker | None
    tags: Mapping[str, str]

    def token(self, message_id: int) -> str:
        """Give what stands for a message in its addresses."""
        return "" if self.tracker is None else self.tracker.token(message_id)

    def with_links(self, html: str, token: str, opt_out_url: str) -> str:
        """Lead the links of a text."""
        if self.tags:
            html = with_tags(html, self.tags, leave=opt_out_url)
        return html if self.tracker is None else self.tracker.with_links(html, token, leave=(opt_out_url,))

    def with_image(self, html: str, token: str) -> str:
        """Add the image that tells of an opening, where the launch wants it and there is HTML."""
        return html if self.tracker is None or not html else self.tracker.with_image(html, token)


class Writer:
    """Writes the mails of one launch; what they have in common is prepared with the first one of each language."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._leading = Leading(order.tracker, order.link_tags)
        self._prepared: dict[str, Prepared | None] = {}

    def write_all(self, items: Sequence[Item]) -> list[Mail]:
        """Give the mails of a batch in its order; one that fails does not sink the others."""
        return [self._write_or_say(item) for item in items]

    def _write_or_say(self, item: Item) -> Mail:
        try:
            return self._write(item)
        except Exception as error:  # whatever it is, it is about this mail only
            return Unwritten(item.id, f"{type(error).__name__}: {error}"[:300])

    def _write(self, item: Item) -> Outgoing | Pieces:
        ready = self._ready(item.language)
        if ready is None:
            return write(self._order, item)
        return Pieces(item.id, item.address, ready.mail(item, _message_id(self._order, item)))

    def _ready(self, language: str) -> Prepared | None:
        if language not in self._prepared:
            self._prepared[language] = self._prepare(language)
        return self._prepared[language]

    def _prepare(self, language: str) -> Prepared | None:
        order, compiled = self._order, self._order.compiled
        if compiled is None or order.shown or not can_prepare(compiled, language):
            return None
        parts = MailParts(
            from_name=order.from_name,
            from_address=order.from_address,
            to_address="",
            subject="",
            at=order.at,
            reply_to=order.reply_to,
            bulk=order.bulk,
        )
        return Prepared(compiled, language, self._leading, parts, bulk=order.bulk)


def bound(order: Order, mail: Outgoing | Pieces) -> Outgoing:
    """Give a mail in one piece: just before it leaves, for a batch of whole mails is long to carry."""
    if isinstance(mail, Outgoing):
        return mail
    return Outgoing(mail.key, order.from_address, mail.recipient, b"".join(mail.pieces), clean=True)


def write(order: Order, item: Item) -> Outgoing:
    """Give one mail, ready to travel, written as a whole."""
    said, leading = _words(order, item), Leading(order.tracker, order.link_tags)
    token = leading.token(item.id)
    html = leading.with_image(leading.with_links(said.html, token, item.opt_out_url), token)
    parts = MailParts(
        from_name=order.from_name,
        from_address=order.from_address,
        to_address=item.address,
        subject=said.subject,
        at=order.at,
        html=html,
        text=said.text,
        reply_to=order.reply_to,
        message_id=_message_id(order, item),
        one_click_url=item.one_click_url if order.bulk else "",
        bulk=order.bulk,
    )
    return Outgoing(
        key=item.id,
        sender=order.from_address,
        recipient=item.address,
        body=build_mail(parts),
        parts=_shown(order, said, html, parts.one_click_url) if order.shown else {},
    )


def _message_id(order: Order, item: Item) -> str:
    return f"{order.workspace_id}.{item.id}.{item.attempt}"


def _shown(order: Order, said: Rendered, html: str, one_click_url: str) -> dict[str, str]:
    return {
        "subject": said.subject,
        "html": html,
        "text": said.text,
        "from": f"{order.from_name} <{order.from_address}>",
        "reply_to": order.reply_to,
        "list_unsubscribe": one_click_url,
    }


def _words(order: Order, item: Item) -> Rendered:
    if order.compiled is None:
        return Rendered(subject=order.ready["subject"], preview="", html="", text=order.ready["text"])
    return order.compiled.render(item.language, item.values, item.opt_out_url)


def with_tags(html: str, tags: Mapping[str, str], *, leave: str) -> str:
    """Append campaign tags to the web links of a mail; a tag the address has already stays as it is."""

    def tagged(found: re.Match[str]) -> str:
        before, quoted = found.groups()
        url = unescape(quoted[1:-1]).strip()
        if url == leave or not is_web_address(url):
            return found[0]
        return f'{before}"{escape(_tagged(url, tags))}"'

    return LINK.sub(tagged, html)


def _tagged(url: str, tags: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    known = {pair.partition("=")[0] for pair in parts.query.split("&")}
    more = urlencode({key: value for key, value in tags.items() if value and key not in known})
    query = "&".join(filter(None, (parts.query, more)))
    return urlunsplit(parts._replace(query=query))
