"""Groups in the command palette: found by the beginning of any word of the name, accents ignored."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.contacts.types import ContactRight
from quen.apps.groups import queries
from quen.core.text import fold

_MAX_FOUND = 5


def search(*, member: Any, query: str) -> list[dict[str, str]]:
    """Return the matching groups by name."""
    words = fold(query).split()
    if not member.can(ContactRight.VIEW) or not words:
        return []
    found = [
        group for group in queries.groups() if all(f" {word}" in f" {fold(group.name)}" for word in words)
    ]
    return [
        {
            "title": group.name,
            "hint": _("Group") if group.active else _("Group, not in use"),
            "icon": "users-round",
            "href": reverse("groups:group", args=[group.pk]),
        }
        for group in found[:_MAX_FOUND]
    ]
