"""The channels room's entries in the sidebar."""

from django.utils.translation import gettext_lazy as _

from quen.rooms.team.types import Right
from quen.ui.nav import NavEntry, registry


def register() -> None:
    """Register them."""
    registry.add(
        NavEntry(
            key="channels",
            label=_("Sending channels"),
            icon="send",
            url_name="channels:channels",
            group="settings",
            order=30,
            right=Right.CONFIGURE_SENDING,
        )
    )
