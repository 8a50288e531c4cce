"""The message log's place in the sidebar."""

from django.utils.translation import gettext_lazy as _

from quen.apps.team.types import Right
from quen.ui.nav import NavEntry, registry


def register() -> None:
    """Register it; the group is of the campaigns room."""
    registry.add(
        NavEntry(
            key="messages",
            label=_("Message log"),
            icon="mails",
            url_name="delivery:message_list",
            group="outreach",
            order=50,
            right=Right.VIEW_MESSAGES,
            active_for=("delivery:",),
        )
    )
