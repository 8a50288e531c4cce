"""The room's place in the sidebar."""

from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.types import ContactRight
from quen.ui.nav import NavEntry, registry


def register() -> None:
    """Register the list in the group of the customers."""
    registry.add(
        NavEntry(
            key="segments",
            label=_("Segments"),
            icon="chart-pie",
            url_name="segments:segment_list",
            group="customers",
            order=30,
            right=ContactRight.VIEW,
            active_for=("segments:",),
            shortcut="p",
        )
    )
