"""Lucide icons as inline SVG. The build writes `dist/icons.json`; nothing is fetched at run time."""

import json
from functools import cache
from pathlib import Path

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

DIST = Path(__file__).parent / "dist"
THICK_UP_TO_PX = 20


class NoSuchIcon(LookupError):
    """The name is not one of Lucide's."""


@cache
def bodies() -> dict[str, str]:
    """Return the content of each icon's `<svg>` by name. Raises FileNotFoundError before the first build."""
    icons: dict[str, str] = json.loads((DIST / "icons.json").read_text(encoding="utf-8"))
    return icons


@cache
def svg(name: str, size: int = 16, classes: str = "", label: str = "") -> SafeString:
    """Return one icon, hidden from screen readers unless it has a label. Raises NoSuchIcon."""
    try:
        body = bodies()[name]
    except KeyError:
        raise NoSuchIcon(name) from None
    aria = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    stroke = "1.75" if size <= THICK_UP_TO_PX else "1.5"
    return mark_safe(  # noqa: S308  # our own build wrote the body, the rest is escaped
        f'<svg class="i {escape(classes)}" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" '
        f'stroke="currentColor" stroke-width="{stroke}" stroke-linecap="round" stroke-linejoin="round" '
        f"{aria}>{body}</svg>"
    )
