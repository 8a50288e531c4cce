"""Merge tags in plain text. Pure."""

from __future__ import annotations

import re

#: what a tag without a fallback counts as: about a name; frontend/src/editor/line.ts counts the same
_TAG_CHARS = 10
#: {{ key }} and {{ key | default: "…" }}, the tags the editor shows as chips
_TAG = re.compile(r'\{\{\s*[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*\s*(?:\|\s*default\s*:\s*"([^"]*)"\s*)?\}\}')


def shown_length(text: str) -> int:
    """Return how many characters a text has with its tags filled in: each as its fallback, or as about a name."""
    tags = list(_TAG.finditer(text))
    plain = len(text) - sum(len(tag[0]) for tag in tags)
    return plain + sum(len(tag[1] or "") or _TAG_CHARS for tag in tags)
