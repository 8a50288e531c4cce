"""A mail ready to be rendered for many: plain strings in frozen dataclasses, so that another process can do it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from typing import Final
from zoneinfo import ZoneInfo

from liquid import BoundTemplate

from quen.rooms.content.rules import liquid
from quen.rooms.content.rules.words import words_of
from quen.rooms.content.types import Rendered

#: the link by which the reader refuses; both names work
OPT_OUT_KEYS: Final = ("unsubscribe_url", "opt_out_url")
_HREF: Final = re.compile(r'<a\s[^<>]*?\bhref="(https?://[^"]+)"', re.IGNORECASE)
Words = Mapping[str, str | int | list[str]]


@dataclass(frozen=True, slots=True)
class CompiledVersion:
    """The words of one language: Liquid sources, cleaned, laid out, with CSS inlined and the footer in place."""

    subject: str
    preview: str
    #: empty for a text-only mail, which therefore has nothing to track
    html: str
    text: str


@dataclass(frozen=True, slots=True)
class Compiled:
    """One mail in all its languages.

    keys: the merge tags of all versions. shared: what every reader is told alike (the shop's tags).
    """

    default_language: str
    versions: Mapping[str, CompiledVersion]
    keys: frozenset[str]
    zone: str
    shared: Mapping[str, object] = field(default_factory=dict)

    def render(self, language: str, values: Mapping[str, object], opt_out_url: str) -> Rendered:
        """Give the mail in the words of one reader. Pure; an unknown language gets the default one (R-38).

        Never raises for whatever ``values`` hold: what can't be said is left out.
        """
        if language not in self.versions:
            language = self.default_language
        version = self.versions[language]
        zone = _zone(self.zone)
        words: dict[str, str | int | list[str]] = {}
        for known in (self.shared, values):
            for key, value in known.items():
                if key in self.keys:
                    words[key] = words_of(value, language=language, zone=zone)
        for key in OPT_OUT_KEYS:
            words[key] = opt_out_url
        html = _fill(version.html, words, True) if version.html else ""
        return Rendered(
            subject=_one_line(_fill(version.subject, words, False)),
            preview=_one_line(_fill(version.preview, words, False)),
            html=html,
            text=_fill(version.text, words, False),
            links=_links(html, opt_out_url),
        )


def _fill(source: str, words: Words, html: bool) -> str:
    parts, template = _plan(source, html)
    if template is not None:
        return template.render(**_nested(words))
    said: list[str] = []
    for part in parts:
        if isinstance(part, str):
            said.append(part)
            continue
        value = words.get(part.key, "")
        text = ", ".join(value) if isinstance(value, list) else str(value)
        text = text or part.fallback
        if part.web:
            text = liquid.web_address(text)
        said.append(_escaped(text) if html else text)
    return "".join(said)


@lru_cache(maxsize=128)
def _plan(source: str, html: bool) -> tuple[tuple[str | liquid.Slot, ...], BoundTemplate | None]:
    """Give the parts of a text with plain tags only (most mails), else its Liquid template. Read once a process."""
    found = liquid.pieces(source)
    if found is not None:
        return tuple(found), None
    return (), liquid.parse(source, html=html, strict=False)


def _nested(words: Words) -> dict[str, object]:
    """custom.size under custom, as Liquid looks it up."""
    found: dict[str, object] = {}
    for key, value in words.items():
        head, _dot, rest = key.partition(".")
        if not rest:
            found[head] = _Several(value) if isinstance(value, list) else value
        else:
            below = found.setdefault(head, {})
            if isinstance(below, dict):
                below[rest] = _Several(value) if isinstance(value, list) else value
    return found


class _Several(tuple[str, ...]):
    """Words that are printed with commas between them and can be walked through."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)


def _escaped(text: str) -> str:
    return escape(text, quote=True) if _SPECIAL.search(text) else text


_SPECIAL: Final = re.compile("[&<>\"']")


def _one_line(text: str) -> str:
    """No value may break out of a header."""
    return " ".join(text.split())


def _links(html: str, opt_out_url: str) -> tuple[str, ...]:
    found = dict.fromkeys(unescape(address) for address in _HREF.findall(html))
    found.pop(opt_out_url, None)
    return tuple(found)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
