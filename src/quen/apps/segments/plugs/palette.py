"""Segments in the palette: found by the beginning of any word, accents ignored."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.contacts.types import ContactRight
from quen.apps.segments import listing
from quen.apps.team import registry
from quen.core.text import fold
from quen.ui.tags.filters import num

_LIMIT = 5


def register() -> None:
    """Register the finder."""
    registry.command_palette("segments", find)


def find(*, member: Any, query: str) -> list[dict[str, str]]:
    """Give the segments that fit, by name."""
    if not member.can(ContactRight.VIEW) or not fold(query).strip():
        return []
    return [
        {
            "title": segment.name,
            "hint": _("Calculating") if segment.computing else _size_text(segment.size),
            "icon": "chart-pie",
            "href": reverse("segments:segment", args=[segment.pk]),
        }
        for segment in listing.search_by_name(query, limit=_LIMIT)
    ]


def _size_text(size: int) -> str:
    return ngettext("%(n)s customer", "%(n)s customers", size) % {"n": num(size)}
