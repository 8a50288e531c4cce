"""An email ready to be rendered for many: plain strings in frozen dataclasses, so any process can render it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape, unescape
from typing import Final
from zoneinfo import ZoneInfo

from liquid import BoundTemplate

from quen.apps.content.rules import liquid
from quen.apps.content.rules.formatting import format_value
from quen.apps.content.types import RenderedMessage

#: the unsubscribe URL; both names work
OPT_OUT_KEYS: Final = ("unsubscribe_url", "opt_out_url")
_HREF: Final = re.compile(r'<a\s[^<>]*?\bhref="(https?://[^"]+)"', re.IGNORECASE)
TagValues = Mapping[str, str | int | list[str]]
TemplatePart = str | liquid.Slot


@dataclass(frozen=True, slots=True)
class CompiledVersion:
    """The text of one language as Liquid source: sanitized, laid out, with inlined CSS and the footer."""

    subject: str
    preview: str
    #: empty for a text-only email, which therefore has nothing to track
    html: str
    text: str
    #: words of the author that a reader of the HTML would miss
    lost_words: tuple[str, ...] = ()

    def parts(self, *, html: bool) -> tuple[TemplatePart, ...] | None:
        """Return literal text and slots in order; None if the text has anything else, such as a condition."""
        found = liquid.plain_parts(self.html if html else self.text)
        return None if found is None else tuple(found)


@dataclass(frozen=True, slots=True)
class CompiledContent:
    """An email in all its languages.

    keys: the merge tags of all versions.  shared: values that are the same for every recipient (the shop's tags).
    """

    default_language: str
    versions: Mapping[str, CompiledVersion]
    keys: frozenset[str]
    zone: str
    shared: Mapping[str, object] = field(default_factory=dict)

    def version(self, language: str) -> CompiledVersion:
        """Return the version of a language; the default one for an unknown language (R-38)."""
        return self.versions.get(language) or self.versions[self.default_language]

    def tag_values(self, language: str, values: Mapping[str, object], opt_out_url: str) -> TagValues:
        """Return the formatted merge tag values for one recipient."""
        if language not in self.versions:
            language = self.default_language
        zone = _zone(self.zone)
        texts: dict[str, str | int | list[str]] = {}
        for source in (self.shared, values):
            for key, value in source.items():
                if key in self.keys:
                    texts[key] = format_value(value, language=language, zone=zone)
        for key in OPT_OUT_KEYS:
            texts[key] = opt_out_url
        return texts

    def slot_text(self, slot: liquid.Slot, values: TagValues, *, html: bool) -> str:
        """Return the text of a slot for one recipient."""
        return _slot_text(slot, values, html)

    def is_opt_out(self, slot: liquid.Slot) -> bool:
        """Return whether a slot prints the unsubscribe URL, unfiltered."""
        return slot.key in OPT_OUT_KEYS and not slot.web

    def subject(self, language: str, values: TagValues) -> str:
        """Return the subject for one recipient."""
        return _one_line(_fill(self.version(language).subject, values, False))

    def render(self, language: str, values: Mapping[str, object], opt_out_url: str) -> RenderedMessage:
        """Return the email for one recipient. Pure.

        Never raises, whatever ``values`` hold: what cannot be rendered is left out.
        """
        version = self.version(language)
        tag_values = self.tag_values(language, values, opt_out_url)
        html = _fill(version.html, tag_values, True) if version.html else ""
        return RenderedMessage(
            subject=self.subject(language, tag_values),
            preview=_one_line(_fill(version.preview, tag_values, False)),
            html=html,
            text=_fill(version.text, tag_values, False),
            links=_links(html, opt_out_url),
        )


def _slot_text(slot: liquid.Slot, values: TagValues, html: bool) -> str:
    value = values.get(slot.key, "")
    text = ", ".join(value) if isinstance(value, list) else str(value)
    text = text or slot.fallback
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if slot.web:
        text = liquid.web_address(text)
    return _escaped(text) if html else text


def _fill(source: str, values: TagValues, html: bool) -> str:
    parts, template = _parsed(source, html)
    if template is not None:
        return template.render(**_nested(values))
    return "".join([part if isinstance(part, str) else _slot_text(part, values, html) for part in parts])


@lru_cache(maxsize=128)
def _parsed(source: str, html: bool) -> tuple[tuple[TemplatePart, ...], BoundTemplate | None]:
    """Return the parts of a text with plain tags only (most emails), else its Liquid template. Cached per process."""
    found = liquid.plain_parts(source)
    if found is not None:
        return tuple(found), None
    return (), liquid.parse(source, html=html, strict=False)


def _nested(values: TagValues) -> dict[str, object]:
    """Return "custom.size" as {"custom": {"size": …}}, the form in which Liquid looks it up."""
    nested: dict[str, object] = {}
    for key, value in values.items():
        head, _dot, rest = key.partition(".")
        if not rest:
            nested[head] = _JoinedList(value) if isinstance(value, list) else value
        else:
            children = nested.setdefault(head, {})
            if isinstance(children, dict):
                children[rest] = _JoinedList(value) if isinstance(value, list) else value
    return nested


class _JoinedList(tuple[str, ...]):
    """A list that prints with commas and can be looped over."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(self)


def _escaped(text: str) -> str:
    return escape(text, quote=True) if _SPECIAL.search(text) else text


_SPECIAL: Final = re.compile("[&<>\"']")


def _one_line(text: str) -> str:
    """Return text on one line, so that no value can break out of a header."""
    return " ".join(text.split())


def _links(html: str, opt_out_url: str) -> tuple[str, ...]:
    found = dict.fromkeys(unescape(address) for address in _HREF.findall(html))
    found.pop(opt_out_url, None)
    return tuple(found)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
