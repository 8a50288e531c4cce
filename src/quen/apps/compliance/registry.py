"""Extension points: the policies of channels, the channels a workspace uses, and what has been sent."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from quen.apps.compliance.types import ChannelPolicy

if TYPE_CHECKING:
    # Not when it runs: the process that sends has no database, and starts sooner without its driver.
    from quen.core.sql import Relation

_policies: dict[str, ChannelPolicy] = {}
_used_channels: list[Callable[[], Collection[str]]] = []
_claim_blocks: list[Callable[[], None]] = []
_recent_messages: list[Callable[[datetime], Relation]] = []


def register_policy(policy: ChannelPolicy) -> None:
    """Register the policy of a channel."""
    _policies[policy.channel] = policy


def policy(channel: str) -> ChannelPolicy:
    """Return the policy of a channel. Raises KeyError."""
    return _policies[str(channel)]


def policies() -> list[ChannelPolicy]:
    """Return the policies of all channels, in order of registration."""
    return list(_policies.values())


def channels_with_address(address: Literal["email", "phone"]) -> tuple[str, ...]:
    """Return the channels that use this kind of address."""
    return tuple(policy.channel for policy in _policies.values() if policy.address == address)


def register_used_channels(channels: Callable[[], Collection[str]]) -> None:
    """Register a function that returns the channels the current workspace can send on."""
    _used_channels[:] = [channels]


def used_policies() -> list[ChannelPolicy]:
    """Return the policies of the channels the current workspace can send on; the first policy always."""
    used = {channel for channels in _used_channels for channel in channels()}
    return [policy for index, policy in enumerate(_policies.values()) if index == 0 or policy.channel in used]


def register_sending(
    *, block_claims: Callable[[], None], recent_messages: Callable[[datetime], Relation]
) -> None:
    """Register what the start of sharing needs to know about messages.

    block_claims: waits for batches being claimed and blocks further ones until the current transaction ends.
    recent_messages: returns the advertising messages that may have been sent since an instant: message_id, channel,
    address, at; at is NULL while the outcome is unknown.
    """
    _claim_blocks[:], _recent_messages[:] = [block_claims], [recent_messages]


def block_claims() -> None:
    """Wait for batches being claimed, and block further ones until the current transaction ends."""
    for block in _claim_blocks:
        block()


def recent_messages(*, since: datetime) -> Relation | None:
    """Return the advertising messages that may have been sent since an instant; None without an app that sends."""
    return next((recent(since) for recent in _recent_messages), None)
