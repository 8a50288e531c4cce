"""What the room offers on the pages of customers: saving the list's filter, and the segments of a person."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry
from quen.apps.contacts.types import ContactRight
from quen.apps.segments.types import SegmentRight


def register() -> None:
    """Register both."""
    registry.register_filter_action(
        "segments",
        label=_("Save as a segment"),
        icon="chart-pie",
        right=SegmentRight.EDIT,
        url=lambda tree: f"{reverse('segments:segment_new')}?{urlencode({'rules': tree})}",
    )
    registry.register_contact_panel(
        registry.ContactPanel(
            "segments",
            title=_("Segments"),
            order=10,
            right=ContactRight.VIEW,
            url=lambda contact_id: reverse("segments:contact_segments", args=[contact_id]),
        )
    )
