"""Campaigns in the palette: found by the words of their names, accents ignored."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.campaigns import queries
from quen.apps.campaigns.types import CampaignRight
from quen.apps.team import registry
from quen.core import text

_LIMIT = 5
_SEARCH_LIMIT = 500


def register() -> None:
    """Register the finder."""
    registry.command_palette("campaigns", find)


def find(*, member: Any, query: str) -> list[dict[str, str]]:
    """Give what fits: campaigns by name, and a new one when that is what is typed."""
    terms = [text.fold(term) for term in query.split()]
    if not terms or not member.can(CampaignRight.VIEW):
        return []
    found = []
    if member.can(CampaignRight.EDIT) and _matches(_("New campaign"), terms):
        found.append(
            {
                "title": _("New campaign"),
                "hint": "",
                "icon": "plus",
                "href": reverse("campaigns:campaign_new"),
            }
        )
    latest = queries.campaigns().order_by("-updated_at", "-id").only("pk", "name", "state")[:_SEARCH_LIMIT]
    matching = [each for each in latest if _matches(each.name, terms)]
    return found + [
        {
            "title": each.name,
            "hint": each.get_state_display(),
            "icon": "megaphone",
            "href": reverse("campaigns:campaign", args=[each.pk]),
        }
        for each in matching[:_LIMIT]
    ]


def _matches(name: str, terms: list[str]) -> bool:
    words = text.fold(name).split()
    return all(any(word.startswith(term) for word in words) for term in terms)
