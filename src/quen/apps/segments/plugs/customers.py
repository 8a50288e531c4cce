"""What the room offers on the pages of customers: saving the list's filter, and the segments of a person."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry
from quen.apps.team.types import Right


def register() -> None:
    """Register both."""
    registry.register_filter_action(
        "segments",
        label=_("Save as a segment"),
        icon="chart-pie",
        right=Right.EDIT_SEGMENTS,
        url=lambda tree: f"{reverse('segments:segment_new')}?{urlencode({'rules': tree})}",
    )
    registry.register_contact_panel(
        "segments",
        title=_("Segments"),
        order=10,
        right=Right.VIEW_CONTACTS,
        url=lambda contact_id: reverse("segments:contact_segments", args=[contact_id]),
    )
