"""The one tag library `ui`, and the two things every component needs."""

from collections.abc import Mapping

from django import template
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


def draw(component: str, **values: object) -> SafeString:
    """The component's template, given nothing but its values."""
    return mark_safe(render_to_string(f"ui/parts/{component}.html", values).strip())  # noqa: S308  # a template escaped it


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
