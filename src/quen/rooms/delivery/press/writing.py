"""One mail for one reader: words, links, bytes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape, unescape
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from quen.rooms.channels.registry import build_mail
from quen.rooms.channels.types import MailParts, Outgoing
from quen.rooms.content.types import Rendered
from quen.rooms.delivery.rules.tracking import Tracker, is_web_address

if TYPE_CHECKING:
    from quen.rooms.content.queries import Compiled

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


def write_all(order: Order, items: Sequence[Item]) -> list[Outgoing | Unwritten]:
    """Give the mails of a batch in its order; one that fails does not sink the others."""
    return [_write_or_say(order, item) for item in items]


def _write_or_say(order: Order, item: Item) -> Outgoing | Unwritten:
    try:
        return write(order, item)
    except Exception as error:  # whatever it is, it is about this mail only
        return Unwritten(item.id, f"{type(error).__name__}: {error}"[:300])


def write(order: Order, item: Item) -> Outgoing:
    """Give one mail, ready to travel."""
    said = _words(order, item)
    html = said.html
    if html:
        if order.link_tags:
            html = with_tags(html, order.link_tags, leave=item.opt_out_url)
        if order.tracker is not None:
            html = order.tracker.rewrite(html, item.id, leave=(item.opt_out_url,))
    parts = MailParts(
        from_name=order.from_name,
        from_address=order.from_address,
        to_address=item.address,
        subject=said.subject,
        at=order.at,
        html=html,
        text=said.text,
        reply_to=order.reply_to,
        message_id=f"{order.workspace_id}.{item.id}.{item.attempt}",
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

    return _LINK.sub(tagged, html)


def _tagged(url: str, tags: Mapping[str, str]) -> str:
    parts = urlsplit(url)
    known = {pair.partition("=")[0] for pair in parts.query.split("&")}
    more = urlencode({key: value for key, value in tags.items() if value and key not in known})
    query = "&".join(filter(None, (parts.query, more)))
    return urlunsplit(parts._replace(query=query))
