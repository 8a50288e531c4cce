"""The content of a dispatch in one language, prepared once: links rewritten, static text encoded.

Only content with plain merge tags can be prepared. Conditions or loops are rendered whole (see render).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from quen.apps.delivery.rules.tracking import LINK

if TYPE_CHECKING:
    from quen.apps.channels.registry import PreparedContent, PreparingRenderer
    from quen.apps.channels.types import Envelope
    from quen.apps.content.queries import CompiledContent, TagValues, TemplatePart
    from quen.apps.delivery.rendering.types import LinkRewriter, Recipient

#: marks of a slot while the HTML is one string, and of the message's token in a URL; private-use characters
_OPEN, _CLOSE, _TOKEN = "\ue000", "\ue001", "\ue002"
_SLOT = re.compile(f"{_OPEN}(\\d+){_CLOSE}|({_TOKEN})")
_MARKER_CHARS = re.compile(f"[{_OPEN}{_CLOSE}{_TOKEN}]")


class PreparedTemplate:
    """Everything that the messages of a dispatch in one language share; only the slots differ by recipient."""

    def __init__(
        self, compiled: CompiledContent, text: _SlottedText, html: _SlottedText, content: PreparedContent
    ) -> None:
        self._compiled, self._text, self._html, self._content = compiled, text, html, content

    def fill(self, recipient: Recipient, envelope: Envelope) -> Sequence[bytes]:
        """Return the parts of one recipient's message."""
        values = self._compiled.tag_values(recipient.language, recipient.values, recipient.opt_out_url)
        token = self._html.token(recipient.id)
        return self._content.fill(
            envelope,
            subject=self._compiled.subject(recipient.language, values),
            text=self._text.fill(values, token, recipient.opt_out_url),
            html=self._html.fill(values, token, recipient.opt_out_url),
        )


def prepare(
    compiled: CompiledContent, language: str, link_rewriter: LinkRewriter, renderer: PreparingRenderer
) -> PreparedTemplate | None:
    """Return the prepared content of a language; None when it has more than text and plain merge tags.

    Also None when the channel has no faster way than building each message.
    """
    version = compiled.version(language)
    parts = (version.parts(html=False), version.parts(html=True))
    texts = [part for several in parts for part in several or () if isinstance(part, str)]
    if None in parts or not (version.text or version.html) or any(map(_MARKER_CHARS.search, texts)):
        return None
    text = _SlottedText(compiled, parts[0] or (), link_rewriter, html=False)
    html = _SlottedText(compiled, parts[1] or (), link_rewriter, html=True)
    content = renderer.prepare(
        text=text.static_parts if version.text else None, html=html.static_parts if version.html else None
    )
    return None if content is None else PreparedTemplate(compiled, text, html, content)


class _SlottedText:
    """Text or HTML split into ``static_parts`` and the slots between them."""

    def __init__(
        self,
        compiled: CompiledContent,
        parts: Sequence[TemplatePart],
        link_rewriter: LinkRewriter,
        *,
        html: bool,
    ) -> None:
        self._compiled, self._html, self._link_rewriter = compiled, html, link_rewriter
        self._slots = [part for part in parts if not isinstance(part, str)]
        numbers = iter(range(len(self._slots)))
        marked_text = "".join(
            part if isinstance(part, str) else f"{_OPEN}{next(numbers)}{_CLOSE}" for part in parts
        )
        #: links that contain merge tags, by the number of their slot
        self._links: dict[int, str] = {}
        if html:
            marked_text = link_rewriter.add_open_pixel(LINK.sub(self._link, marked_text), _TOKEN)
        found = _SLOT.split(marked_text)
        self.static_parts = found[0::3]
        #: for each slot, its index in _distinct
        self._order: list[int] = []
        self._distinct: list[int | None] = []
        known: dict[object, int] = {}
        for number in (
            None if mark else int(digits) for digits, mark in zip(found[1::3], found[2::3], strict=True)
        ):
            slot = number if number is None or number in self._links else self._slots[number]
            if slot not in known:
                known[slot] = len(self._distinct)
                self._distinct.append(number)
            self._order.append(known[slot])

    def token(self, message_id: int) -> str:
        """Return the token of a message in its tracking URLs; empty without tracking."""
        return self._link_rewriter.token(message_id)

    def fill(self, values: TagValues, token: str, opt_out_url: str) -> list[str]:
        """Return what fills the slots for one recipient."""
        texts = [self._value(number, values, token, opt_out_url) for number in self._distinct]
        return [texts[index] for index in self._order]

    def _value(self, number: int | None, values: TagValues, token: str, opt_out_url: str) -> str:
        if number is None:
            return token
        link = self._links.get(number)
        if link is None:
            return self._compiled.slot_text(self._slots[number], values, html=self._html)
        return self._link_rewriter.rewrite_links(self._fill_link(link, values), token, opt_out_url)

    def _fill_link(self, link: str, values: TagValues) -> str:
        return _SLOT.sub(
            lambda match: self._compiled.slot_text(self._slots[int(match[1])], values, html=self._html), link
        )

    def _link(self, found: re.Match[str]) -> str:
        address = found[2][1:-1]
        slots = list(_SLOT.finditer(address))
        if not slots:
            # A link without slots is the same in every message.
            return self._link_rewriter.rewrite_links(found[0], _TOKEN, "")
        only_slot = slots[0] if slots[0][0] == address else None
        if only_slot is not None and self._compiled.is_opt_out(self._slots[int(only_slot[1])]):
            return found[0]
        number = len(self._slots) + len(self._links)
        self._links[number] = found[0]
        return f"{_OPEN}{number}{_CLOSE}"
