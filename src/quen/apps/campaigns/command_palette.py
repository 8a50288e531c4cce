"""Campaigns in the command palette: found by the beginning of any word of the name, accents ignored."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.campaigns import queries
from quen.apps.campaigns.types import CampaignRight
from quen.core import text

_MAX_FOUND = 5
_SEARCH_LIMIT = 500


def search(*, member: Any, query: str) -> list[dict[str, str]]:
    """Return the matching campaigns, the latest first, and "New campaign" when that matches."""
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
    matching = [campaign for campaign in latest if _matches(campaign.name, terms)]
    return found + [
        {
            "title": campaign.name,
            "hint": campaign.get_state_display(),
            "icon": "megaphone",
            "href": reverse("campaigns:campaign", args=[campaign.pk]),
        }
        for campaign in matching[:_MAX_FOUND]
    ]


def _matches(name: str, terms: list[str]) -> bool:
    words = text.fold(name).split()
    return all(any(word.startswith(term) for word in words) for term in terms)
