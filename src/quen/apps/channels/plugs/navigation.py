"""The channels room's entries in the sidebar."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from quen.apps.channels import queries
from quen.apps.team.types import Right
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
            here=("channels:smtp", "channels:tests", "channels:sender_new", "channels:sender"),
        )
    )
    registry.add(
        NavEntry(
            key="sandbox",
            label=_("Sandbox inbox"),
            icon="inbox",
            url_name="channels:sandbox",
            group="outreach",
            order=60,
            right=Right.VIEW_MESSAGES,
            here=("channels:sandbox_message",),
            shown=_sandbox_is_on,
        )
    )


def _sandbox_is_on(_request: HttpRequest) -> bool:
    return queries.sandbox_was_on()
