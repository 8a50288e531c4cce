"""The words of a launch in one language, ready to be filled: links led through us, static text encoded once.

Only for words with plain merge tags; a mail with conditions or loops is written as a whole (see writing).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from quen.apps.channels.registry import PreparedMail
from quen.apps.channels.types import MailParts
from quen.apps.delivery.rules.tracking import LINK

if TYPE_CHECKING:
    from quen.apps.content.queries import Compiled, Part, Words
    from quen.apps.delivery.press.writing import Item, Leading

#: a gap while HTML is still in one piece, and the message's token in an address; signs that no text has
_OPEN, _CLOSE, _TOKEN = "\ue000", "\ue001", "\ue002"
_GAP = re.compile(f"{_OPEN}(\\d+){_CLOSE}|({_TOKEN})")
_PRIVATE = re.compile(f"[{_OPEN}{_CLOSE}{_TOKEN}]")


class Prepared:
    """All mails of a launch in one language, but for what only their readers know."""

    def __init__(
        self, compiled: Compiled, language: str, leading: Leading, parts: MailParts, *, bulk: bool
    ) -> None:
        self._compiled, self._language, self._leading, self._bulk = compiled, language, leading, bulk
        version = compiled.version(language)
        self._text = _Gaps(compiled, version.parts(html=False) or (), leading, html=False)
        self._html = _Gaps(compiled, version.parts(html=True) or (), leading, html=True)
        self._mail = PreparedMail(
            parts,
            text=self._text.pieces if version.text else None,
            html=self._html.pieces if version.html else None,
        )

    def mail(self, item: Item, message_id: str) -> list[bytes]:
        """Give the mail of one reader in pieces."""
        words = self._compiled.words(item.language, item.values, item.opt_out_url)
        token = self._leading.token(item.id)
        return self._mail.fill(
            to_address=item.address,
            subject=self._compiled.subject(item.language, words),
            message_id=message_id,
            one_click_url=item.one_click_url if self._bulk else "",
            text=self._text.values(words, token, item.opt_out_url),
            html=self._html.values(words, token, item.opt_out_url),
        )


def can_prepare(compiled: Compiled, language: str) -> bool:
    """Say whether the words of a language hold nothing but text and plain tags."""
    version = compiled.version(language)
    parts = (version.parts(html=False), version.parts(html=True))
    texts = [part for several in parts for part in several or () if isinstance(part, str)]
    return None not in parts and bool(version.text or version.html) and not any(map(_PRIVATE.search, texts))


class _Gaps:
    """Text or HTML taken apart: ``pieces`` that never change, and what stands between them."""

    def __init__(self, compiled: Compiled, parts: Sequence[Part], leading: Leading, *, html: bool) -> None:
        self._compiled, self._html, self._leading = compiled, html, leading
        self._slots = [part for part in parts if not isinstance(part, str)]
        numbers = iter(range(len(self._slots)))
        whole = "".join(
            part if isinstance(part, str) else f"{_OPEN}{next(numbers)}{_CLOSE}" for part in parts
        )
        #: links of which a reader's values are a part, by the number of their gap
        self._links: dict[int, str] = {}
        if html:
            whole = leading.with_image(LINK.sub(self._link, whole), _TOKEN)
        found = _GAP.split(whole)
        self.pieces = found[0::3]
        #: what stands in each gap: a number of the distinct ones
        self._order: list[int] = []
        self._distinct: list[int | None] = []
        known: dict[object, int] = {}
        for number in (
            None if mark else int(digits) for digits, mark in zip(found[1::3], found[2::3], strict=True)
        ):
            what = number if number is None or number in self._links else self._slots[number]
            if what not in known:
                known[what] = len(self._distinct)
                self._distinct.append(number)
            self._order.append(known[what])

    def values(self, words: Words, token: str, opt_out_url: str) -> list[str]:
        """Give what fills the gaps for one reader."""
        said = [self._value(number, words, token, opt_out_url) for number in self._distinct]
        return [said[place] for place in self._order]

    def _value(self, number: int | None, words: Words, token: str, opt_out_url: str) -> str:
        if number is None:
            return token
        link = self._links.get(number)
        if link is None:
            return self._compiled.said(self._slots[number], words, html=self._html)
        return self._leading.with_links(self._filled(link, words), token, opt_out_url)

    def _filled(self, link: str, words: Words) -> str:
        return _GAP.sub(
            lambda gap: self._compiled.said(self._slots[int(gap[1])], words, html=self._html), link
        )

    def _link(self, found: re.Match[str]) -> str:
        address = found[2][1:-1]
        gaps = list(_GAP.finditer(address))
        if not gaps:
            # What is no gap is the same for everybody, and so is where it leads.
            return self._leading.with_links(found[0], _TOKEN, "")
        alone = gaps[0] if gaps[0][0] == address else None
        if alone is not None and self._compiled.is_opt_out(self._slots[int(alone[1])]):
            return found[0]
        number = len(self._slots) + len(self._links)
        self._links[number] = found[0]
        return f"{_OPEN}{number}{_CLOSE}"
