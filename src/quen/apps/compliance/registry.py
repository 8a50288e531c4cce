"""Extension points: the policies of channels, and the channels a workspace uses."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal

from quen.apps.compliance.types import ChannelPolicy

_policies: dict[str, ChannelPolicy] = {}
_used_channels: list[Callable[[], Collection[str]]] = []


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
