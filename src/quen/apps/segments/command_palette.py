"""Segments in the command palette: found by the beginning of any word of the name, accents ignored."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.contacts.types import ContactRight
from quen.apps.segments import listing
from quen.core.text import fold
from quen.ui.tags.filters import num

_MAX_FOUND = 5


def search(*, member: Any, query: str) -> list[dict[str, str]]:
    """Return the matching segments by name."""
    if not member.can(ContactRight.VIEW) or not fold(query).strip():
        return []
    return [
        {
            "title": segment.name,
            "hint": _("Calculating") if segment.computing else _size_text(segment.size),
            "icon": "chart-pie",
            "href": reverse("segments:segment", args=[segment.pk]),
        }
        for segment in listing.search_by_name(query, limit=_MAX_FOUND)
    ]


def _size_text(size: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", size) % {"n": num(size)}
