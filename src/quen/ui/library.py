"""The one tag library `ui`, and the two things every component needs."""

from collections.abc import Mapping
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()


#: a component made of these alone looks the same each time it is drawn
_PLAIN = frozenset({str, SafeString, int, float, bool, type(None)})


def draw(component: str, **values: object) -> SafeString:
    """The component's template, given nothing but its values.

    A list of fifty people draws the same state, tag and icon again and again: what is made of plain values is kept.
    """
    if all(map(_is_plain, values.values())):
        # The types are part of the key: a safe text and the same text unescaped are equal, but look different.
        named = tuple((name, _kind(value), value) for name, value in values.items())
        return _drawn(component, get_language(), named)
    return _draw(component, values)


def _is_plain(value: object) -> bool:
    return type(value) in _PLAIN or (type(value) is tuple and all(type(each) in _PLAIN for each in value))


def _kind(value: object) -> object:
    return tuple(map(type, value)) if isinstance(value, tuple) else type(value)


@lru_cache(maxsize=4096)
def _drawn(component: str, language: str | None, named: tuple[tuple[str, object, object], ...]) -> SafeString:
    return _draw(component, {name: value for name, _type, value in named})


def _draw(component: str, values: Mapping[str, object]) -> SafeString:
    return mark_safe(render_to_string(f"ui/parts/{component}.html", dict(values)).strip())  # noqa: S308  # a template escaped it


def attributes(extra: Mapping[str, object]) -> SafeString:
    """` hx-post="…" disabled` from `hx_post="…", disabled=True`.

    `_` is written `-`, `__` is written `:`; None and False leave the attribute out.
    """
    pairs = [
        (name.rstrip("_").replace("__", ":").replace("_", "-"), value)
        for name, value in extra.items()
        if value is not None and value is not False and value != ""
    ]
    return format_html_join(
        "",
        " {}",
        ((name if value is True else format_html('{}="{}"', name, value),) for name, value in pairs),
    )
