"""The tag library `ui`, and the two functions every component uses."""

from collections.abc import Hashable, Mapping
from functools import lru_cache
from html import escape

from django import template
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()


#: values of these types are hashable and immutable, so the rendered component can be cached
_CACHEABLE_TYPES = frozenset({str, SafeString, int, float, bool, type(None)})


def render_component(component: str, **values: object) -> SafeString:
    """Return the rendered template of a component. The template sees only the values given.

    A list of fifty rows renders the same badges, tags and icons again and again, so components made of plain
    values are cached. A text still to be translated is translated here: the language is part of the key.
    """
    for name, value in values.items():
        if isinstance(value, Promise):
            values[name] = str(value)
    if all(map(_is_cacheable, values.values())):
        # The types are part of the key: a safe string and the same string unescaped are equal, but render differently.
        arguments = tuple((name, _type_key(value), value) for name, value in values.items())
        return _render_cached(component, get_language(), arguments)
    return _render(component, values)


def _is_cacheable(value: object) -> bool:
    return type(value) in _CACHEABLE_TYPES or (
        type(value) is tuple and all(type(item) in _CACHEABLE_TYPES for item in value)
    )


def _type_key(value: object) -> object:
    return tuple(map(type, value)) if isinstance(value, tuple) else type(value)


@lru_cache(maxsize=4096)
def _render_cached(
    component: str, language: str | None, arguments: tuple[tuple[str, object, object], ...]
) -> SafeString:
    return _render(component, {name: value for name, _type, value in arguments})


def _render(component: str, values: Mapping[str, object]) -> SafeString:
    return mark_safe(render_to_string(f"ui/parts/{component}.html", dict(values)).strip())  # noqa: S308  # a template escaped it


def render_layout(part: str, **values: Hashable) -> SafeString:
    """Return a part of the layout, cached: it is the same on most pages. The template sees only the values given.

    The values are immutable and hold text and numbers of the declared types: the key does not tell types apart.
    """
    return _layout_cached(part, get_language(), tuple(values.items()))


@lru_cache(maxsize=512)
def _layout_cached(part: str, language: str | None, values: tuple[tuple[str, Hashable], ...]) -> SafeString:
    return mark_safe(render_to_string(f"ui/layout/{part}.html", dict(values)))  # noqa: S308  # a template escaped it


def escaped(value: object) -> str:
    """Return a value as HTML text; HTML stays as it is. As Django's conditional_escape, in a third of its time."""
    return str(value.__html__()) if hasattr(value, "__html__") else escape(str(value))


def attributes(extra: Mapping[str, object]) -> SafeString:
    """Return HTML attributes: ` hx-post="…" disabled` from `hx_post="…", disabled=True`.

    `_` becomes `-`, `__` becomes `:`; None, False and "" leave the attribute out.
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
