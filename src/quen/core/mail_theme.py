"""Showing an email as a program with a light or a dark theme does, whatever theme the viewer has. Pure."""

from __future__ import annotations

import re

_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"
DARK, LIGHT = "dark", "light"


def with_theme(html: str, theme: str) -> str:
    """Return an email whose media queries on the theme hold for this one: DARK, or LIGHT."""
    return _PREFERS.sub(lambda query: _ALWAYS if query[1].lower() == theme else _NEVER, html)


def read_theme(raw: str | None) -> str:
    """Return the theme an address asks for, LIGHT by default."""
    return DARK if raw == DARK else LIGHT
