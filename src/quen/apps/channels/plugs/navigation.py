"""The channels room's entries in the sidebar."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from quen.apps.channels import services
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
            active_for=("channels:smtp", "channels:send_test", "channels:sender_new", "channels:sender"),
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
            active_for=("channels:sandbox_message",),
            visible=_sandbox_is_on,
        )
    )


def _sandbox_is_on(_request: HttpRequest) -> bool:
    return services.sandbox_is_on_cached()
