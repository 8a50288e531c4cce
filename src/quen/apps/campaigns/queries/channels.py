"""The channels that campaigns can be sent on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from quen.apps.campaigns.models import Campaign
from quen.apps.channels import queries as channels
from quen.apps.channels import registry
from quen.apps.channels.registry import MessageChannel
from quen.apps.channels.types import NoConnection

if TYPE_CHECKING:
    from quen.apps.channels.models import Connection
    from quen.apps.delivery.models import Dispatch


def channel_of(campaign: Campaign) -> MessageChannel:
    """Return the channel of a campaign."""
    return registry.channel(campaign.channel)


def usable_channels() -> list[MessageChannel]:
    """Return the connected channels; while none is connected the first one, so that drafts can be written."""
    connected = channels.connected_channels()
    found = [channel for channel in registry.channels() if channel.key in connected]
    return found or registry.channels()[:1]


def delivers(connection: Connection | None) -> bool:
    """Return whether messages sent over a connection really leave the system."""
    return connection is not None and registry.adapter(connection.channel, connection.adapter).delivers


def is_in_sandbox(dispatch: Dispatch) -> bool:
    """Return whether a dispatch's messages reached the sandbox only."""
    try:
        connection = channels.get_connection(dispatch.connection_id)
    except NoConnection:
        return False
    return not delivers(connection)


def is_sandboxed(campaign: Campaign) -> bool:
    """Return whether messages of a campaign would only reach the sandbox."""
    connection = channels.find_active_connection(campaign.channel)
    return connection is not None and not delivers(connection)
